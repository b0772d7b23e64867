using System.CommandLine;
using Roadstead.Cli.Output;

namespace Roadstead.Cli.Commands;

/// <summary><c>roadstead node list</c>: what the nodes report to a server, and how far a roll-out is.</summary>
internal static class NodeListCommand
{
    public static Command Create()
    {
        var server = new ServerOptions(takesToken: true);
        var output = new Option<string>("--output") { Description = "How to print", DefaultValueFactory = _ => "table" };
        output.AcceptOnlyFromAmong("table", "json", "yaml");
        var command = new Command("list", "Show the nodes that report to the server, and how far a roll-out is.");
        server.AddTo(command);
        command.Options.Add(output);
        command.SetAction((parse, cancellation) => server.Run(
            parse,
            client => client.Nodes(cancellation),
            nodes => parse.InvocationConfiguration.Output.Write(NodeListText.Of(nodes, parse.GetRequiredValue(output), TimeProvider.System.GetUtcNow(), TerminalWidth())),
            cancellation));
        return command;
    }

    // Null in a pipe: whoever reads on wants whole lines.
    private static int? TerminalWidth() => Console.IsOutputRedirected || Console.WindowWidth <= 0 ? null : Console.WindowWidth;
}
