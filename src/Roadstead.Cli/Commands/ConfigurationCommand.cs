using System.CommandLine;
using Roadstead.Cli.NodeConfig;
using Roadstead.Cli.Output;

namespace Roadstead.Cli.Commands;

/// <summary>What the commands have in common that print files made of a plan, and change nothing.</summary>
internal sealed class ConfigurationCommand
{
    private readonly PlanOptions _plan = new();
    private readonly Option<string?> _directory = new("--directory") { Description = "Write the files below this folder instead of printing them", HelpName = "DIR" };
    private readonly Option<string> _output = new("--output") { Description = "How to print: files under their paths, or all of it as JSON or YAML", DefaultValueFactory = _ => "table" };

    public ConfigurationCommand() => _output.AcceptOnlyFromAmong("table", "json", "yaml");

    /// <summary>Gives a command its options and what it does.</summary>
    /// <param name="render">Makes the files of a plan.</param>
    public void AddTo(Command command, Func<ParseResult, MirrorPlan, RenderResult> render)
    {
        _plan.AddTo(command);
        command.Options.Add(_directory);
        command.Options.Add(_output);
        command.SetAction(async (parse, cancellation) =>
        {
            var error = parse.InvocationConfiguration.Error;
            switch (await PlanSource.Plan(_plan.Read(parse), cancellation).ConfigureAwait(false))
            {
                case PlanSource.Outcome.WrongUsage(var messages):
                    return Say(error, messages, ExitCode.WrongUsage);
                case PlanSource.Outcome.Failed(var message):
                    return Say(error, [message], ExitCode.Failed);
                case PlanSource.Outcome.Ready(var plan):
                    return render(parse, plan) switch
                    {
                        RenderResult.Rendered(var configuration) => Print(parse, configuration),
                        RenderResult.Faulty(var faults) => Say(error, faults.Select(fault => fault.ToString()), ExitCode.Failed),
                        _ => throw new InvalidOperationException("Unknown result."),
                    };
                default:
                    throw new InvalidOperationException("Unknown outcome.");
            }
        });
    }

    private int Print(ParseResult parse, RuntimeConfiguration configuration)
    {
        var terminal = parse.InvocationConfiguration;
        var directory = parse.GetValue(_directory);
        if (directory is not null && ConfigTree.Write(configuration, directory) is { } fault)
        {
            return Say(terminal.Error, [fault], ExitCode.Failed);
        }

        var (text, notes) = ConfigurationText.Of(configuration, parse.GetRequiredValue(_output), directory);
        terminal.Output.Write(text);
        foreach (var note in notes)
        {
            terminal.Error.WriteLine($"note: {note}");
        }

        return ExitCode.Done;
    }

    private static int Say(TextWriter error, IEnumerable<string> messages, int exitCode)
    {
        foreach (var message in messages)
        {
            error.WriteLine($"roadstead: {message}");
        }

        return exitCode;
    }
}
