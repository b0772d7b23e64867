using System.CommandLine;
using Roadstead.Api;
using Roadstead.Cli.Output;

namespace Roadstead.Cli.Commands;

/// <summary><c>roadstead node list</c>: what the nodes report to a server, and how far a roll-out is.</summary>
internal static class NodeListCommand
{
    public static Command Create()
    {
        var server = new ServerOptions(takesToken: true);
        var output = new OutputOption();
        var command = new Command("list", "Show the nodes that report to the server, and how far a roll-out is.");
        server.AddTo(command);
        output.AddTo(command);
        command.SetAction((parse, cancellation) => server.Run(
            parse,
            client => client.Nodes(cancellation, withImages: !output.IsTable(parse)),
            nodes => output.Print(parse, nodes, ApiJson.Default.NodeList, width => NodeListText.Of(nodes, TimeProvider.System.GetUtcNow(), width)),
            cancellation));
        return command;
    }
}
