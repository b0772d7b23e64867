using System.CommandLine;
using Roadstead.Cli.NodeInstall;

namespace Roadstead.Cli.Commands;

/// <summary><c>roadstead node install</c>: makes the runtimes of a node pull through the mirror.</summary>
internal static class NodeInstallCommand
{
    public static Command Create()
    {
        var runtimes = RuntimeOption.Several();
        var plan = new PlanOptions();
        var node = new NodeOptions();
        var command = new Command("install", "Make the runtimes of this node pull through the mirror: merged with what stands there, all files or none, reversible by node uninstall. "
            + "Without a server or registries it does what the install before did.")
        {
            runtimes,
        };
        plan.AddTo(command);
        node.AddTo(command);
        command.SetAction(async (parse, cancellation) =>
        {
            var request = new InstallRequest(node.Files(parse), parse.GetValue(runtimes) ?? [], plan.Read(parse), node.IsDry(parse), node.IsLive(parse), node.MayRestart(parse));
            return node.Print(parse, await new Installation(request, node.Agreement(parse, cancellation), TimeProvider.System).Run(cancellation).ConfigureAwait(false));
        });
        return command;
    }
}
