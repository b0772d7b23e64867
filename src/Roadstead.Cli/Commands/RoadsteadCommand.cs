using System.CommandLine;
using System.CommandLine.Help;

namespace Roadstead.Cli.Commands;

/// <summary>The tool of the operator and of the node.</summary>
internal static class RoadsteadCommand
{
    public static RootCommand Create()
    {
        var completion = CompletionCommand.Create();
        (string Path, Command Command)[] survival = [("inventory", InventoryCommand.Create()), ("adopt", AdoptCommand.Create()), ("drill", ClusterCommands.Drill())];
        (string Path, Command Command)[] declaration = [("apply", ApplyCommand.Create()), ("diff", DiffCommand.Create()), ("export", ExportCommand.Create())];
        CommandGroup[] groups =
        [
            new("On a node", ("node install", NodeInstallCommand.Create()), ("node verify", NodeVerifyCommand.Create()), ("node uninstall", NodeUninstallCommand.Create()), ("node agent", NodeAgentCommand.Create())),
            new("For nodes, from anywhere", ("node render", NodeRenderCommand.Create()), ("node credentials", NodeCredentialsCommand.Create())),
            new("All nodes, at the server", ("node list", NodeListCommand.Create()), ("node forget", NodeForgetCommand.Create()), ("node resume", NodeResumeCommand.Create())),
            new(
                "The mirror, at the server",
                ("endpoint list", EndpointCommands.List()), ("endpoint show", EndpointCommands.Show()), ("endpoint set", EndpointCommands.Set()), ("endpoint delete", EndpointCommands.Delete()), ("endpoint test", EndpointCommands.Test()),
                ("project list", ProjectCommands.List()), ("project show", ProjectCommands.Show()), ("project set", ProjectCommands.Set()), ("project delete", ProjectCommands.Delete()),
                ("quota list", ProjectCommands.Quotas()), ("quota set", ProjectCommands.SetQuota()),
                ("image list", ImageCommands.List()), ("image show", ImageCommands.Show()), ("image fetch", ImageFetchCommand.Create()), ("image delete", ImageCommands.Delete()), ("image pin", ImageCommands.Pin()), ("image unpin", ImageCommands.Unpin()),
                ("image export", ImageExportCommand.Create()), ("image import", ImageImportCommand.Create()),
                ("cache status", CacheCommands.Status()), ("cache clean", CacheCommands.Clean())),
            new("A cluster and what it runs", [.. survival, ("cluster list", ClusterCommands.List()), ("cluster show", ClusterCommands.Show()), ("cluster forget", ClusterCommands.Forget())]),
            new("The mirror, as a file declares it", declaration),
            new("In a shell", ("completion", completion)),
        ];
        var root = new RootCommand("Manages Roadstead, and has the nodes of a cluster pull their images through it.") { completion };
        Array.ForEach(survival, known => root.Subcommands.Add(known.Command));
        Array.ForEach(declaration, known => root.Subcommands.Add(known.Command));
        (string Name, string Description)[] nouns =
        [
            ("node", "The configuration of nodes."),
            ("endpoint", "The registries that the server mirrors from."),
            ("project", "What the server mirrors as what."),
            ("quota", "How much projects may hold."),
            ("image", "The images that the server holds."),
            ("cluster", "The clusters whose images the server keeps."),
            ("cache", "The server's store."),
        ];
        foreach (var (name, description) in nouns)
        {
            var noun = new Command(name, description);
            foreach (var (_, command) in groups.SelectMany(group => group.Commands).Where(command => command.Path.StartsWith(name + " ", StringComparison.Ordinal)))
            {
                noun.Subcommands.Add(command);
            }

            root.Subcommands.Add(noun);
        }

        var help = root.Options.OfType<HelpOption>().Single();
        help.Action = new GroupedHelp((HelpAction)help.Action!, groups);
        return root;
    }
}
