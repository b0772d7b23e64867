using System.CommandLine;

namespace Roadstead.Cli.Commands;

/// <summary><c>roadstead node forget</c>: takes a node that is no more out of the server's list.</summary>
internal static class NodeForgetCommand
{
    public static Command Create()
    {
        var name = new Argument<string>("NAME") { Description = "The node, as node list shows it" };
        var server = new ServerOptions(takesToken: false);
        var command = new Command("forget", "Take a node that is no more out of the server's list.") { name };
        server.AddTo(command);
        command.SetAction((parse, cancellation) => server.Run(parse, client => client.Forget(parse.GetRequiredValue(name), cancellation), _ => { }, cancellation));
        return command;
    }
}
