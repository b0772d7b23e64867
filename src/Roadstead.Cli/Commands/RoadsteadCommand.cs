using System.CommandLine;
using System.CommandLine.Help;

namespace Roadstead.Cli.Commands;

/// <summary>The tool of the operator and of the node.</summary>
internal static class RoadsteadCommand
{
    public static RootCommand Create()
    {
        CommandGroup[] groups =
        [
            new("On a node", ("node install", NodeInstallCommand.Create()), ("node verify", NodeVerifyCommand.Create()), ("node uninstall", NodeUninstallCommand.Create()), ("node agent", NodeAgentCommand.Create())),
            new("For nodes, from anywhere", ("node render", NodeRenderCommand.Create()), ("node credentials", NodeCredentialsCommand.Create())),
            new("All nodes, at the server", ("node list", NodeListCommand.Create()), ("node forget", NodeForgetCommand.Create()), ("node resume", NodeResumeCommand.Create())),
        ];
        var node = new Command("node", "The configuration of nodes.");
        foreach (var (_, command) in groups.SelectMany(group => group.Commands))
        {
            node.Subcommands.Add(command);
        }

        var root = new RootCommand("Has the nodes of a cluster pull their images through Roadstead.") { node };
        var help = root.Options.OfType<HelpOption>().Single();
        help.Action = new GroupedHelp((HelpAction)help.Action!, groups);
        return root;
    }
}
