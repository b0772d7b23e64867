using System.CommandLine;
using Roadstead.Cli.NodeInstall;

namespace Roadstead.Cli.Commands;

/// <summary><c>roadstead node uninstall</c>: puts back what was there before.</summary>
internal static class NodeUninstallCommand
{
    public static Command Create()
    {
        var force = new Option<bool>("--force") { Description = "Also put files back that somebody changed since they were installed; their changes are lost" };
        var node = new NodeOptions();
        var command = new Command("uninstall", "Put every file of this node back as it was before node install, byte for byte.") { force };
        node.AddTo(command);
        command.SetAction(async (parse, cancellation) =>
        {
            var request = new UninstallRequest(node.Files(parse), node.IsDry(parse), node.IsLive(parse), node.MayRestart(parse), parse.GetValue(force));
            return node.Print(parse, await new Uninstallation(request, node.Agreement(parse, cancellation), TimeProvider.System).Run(cancellation).ConfigureAwait(false));
        });
        return command;
    }
}
