using System.CommandLine;
using Roadstead.Cli.NodeConfig;
using Roadstead.Cli.Output;

namespace Roadstead.Cli.Commands;

/// <summary><c>roadstead node render</c>: prints a runtime's configuration, and changes nothing.</summary>
internal static class NodeRenderCommand
{
    public static Command Create()
    {
        var runtime = RuntimeOption.One();
        var directory = new Option<string?>("--directory") { Description = "Write the files below this folder instead of printing them", HelpName = "DIR" };
        var output = new Option<string>("--output") { Description = "How to print: files under their paths, or all of it as JSON or YAML", DefaultValueFactory = _ => "table" };
        output.AcceptOnlyFromAmong("table", "json", "yaml");
        var plan = new PlanOptions();
        var command = new Command("render", "Print the configuration that makes a runtime pull through the mirror.") { runtime };
        plan.AddTo(command);
        command.Options.Add(directory);
        command.Options.Add(output);
        command.SetAction(async (parse, cancellation) =>
        {
            var terminal = parse.InvocationConfiguration;
            switch (await PlanSource.Plan(plan.Read(parse), cancellation).ConfigureAwait(false))
            {
                case PlanSource.Outcome.WrongUsage(var messages):
                    return Say(terminal.Error, messages, ExitCode.WrongUsage);
                case PlanSource.Outcome.Failed(var message):
                    return Say(terminal.Error, [message], ExitCode.Failed);
                case PlanSource.Outcome.Ready(var ready):
                    return parse.GetRequiredValue(runtime)!.Render(ready) switch
                    {
                        RenderResult.Rendered(var configuration) => Print(terminal, configuration, parse.GetValue(directory), parse.GetRequiredValue(output)),
                        RenderResult.Faulty(var faults) => Say(terminal.Error, faults.Select(fault => fault.ToString()), ExitCode.Failed),
                        _ => throw new InvalidOperationException("Unknown result."),
                    };
                default:
                    throw new InvalidOperationException("Unknown outcome.");
            }
        });
        return command;
    }

    private static int Print(InvocationConfiguration terminal, RuntimeConfiguration configuration, string? directory, string output)
    {
        if (directory is not null && ConfigTree.Write(configuration, directory) is { } fault)
        {
            return Say(terminal.Error, [fault], ExitCode.Failed);
        }

        var (text, notes) = ConfigurationText.Of(configuration, output, directory);
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
