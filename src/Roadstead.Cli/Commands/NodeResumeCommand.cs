using System.CommandLine;

namespace Roadstead.Cli.Commands;

/// <summary><c>roadstead node resume</c>: has a roll-out go on that a node has stopped.</summary>
internal static class NodeResumeCommand
{
    public static Command Create()
    {
        var server = new ServerOptions(takesToken: false);
        var command = new Command("resume", "Let a roll-out go on that a node has stopped.");
        server.AddTo(command);
        command.SetAction((parse, cancellation) => server.Run(parse, client => client.Resume(cancellation), _ => { }, cancellation));
        return command;
    }
}
