using System.CommandLine;
using System.CommandLine.Invocation;
using Roadstead.Cli;
using Roadstead.Cli.Commands;
using Roadstead.Cli.Output;

using var terminal = new TerminalKeys();

// A password or URL may begin with @, which must not name a file of further arguments.
var parse = RoadsteadCommand.Create().Parse(args, new ParserConfiguration { ResponseFileTokenReplacer = null });
if (parse.Action is ParseErrorAction)
{
    foreach (var error in parse.Errors)
    {
        Console.Error.WriteLine($"roadstead: {error.Message}");
    }

    Console.Error.WriteLine($"{CommandPath.Of(parse.CommandResult)} --help shows what there is.");
    return ExitCode.WrongUsage;
}

try
{
    // After Ctrl-C there may be images and files to take away.
    return await parse.InvokeAsync(new InvocationConfiguration { EnableDefaultExceptionHandler = false, ProcessTerminationTimeout = TimeSpan.FromSeconds(20) }).ConfigureAwait(false);
}
catch (OperationCanceledException)
{
    // Ctrl-C, or SIGTERM.
    return ExitCode.Failed;
}
