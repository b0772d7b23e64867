using System.CommandLine;
using System.CommandLine.Help;

namespace Roadstead.Cli.Commands;

/// <summary>The tool of the operator and of the node.</summary>
internal static class RoadsteadCommand
{
    public static RootCommand Create()
    {
        var render = NodeRenderCommand.Create();
        var verify = NodeVerifyCommand.Create();
        var root = new RootCommand("Has the nodes of a cluster pull their images through Roadstead.")
        {
            new Command("node", "The configuration of nodes.") { render, verify },
        };
        var help = root.Options.OfType<HelpOption>().Single();
        help.Action = new GroupedHelp((HelpAction)help.Action!, new CommandGroup("Nodes", ("node render", render), ("node verify", verify)));
        return root;
    }
}
