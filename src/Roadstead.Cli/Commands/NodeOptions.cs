using System.CommandLine;
using Roadstead.Cli.NodeInstall;
using Roadstead.Cli.Output;

namespace Roadstead.Cli.Commands;

/// <summary>The options of commands that change a node's files.</summary>
internal sealed class NodeOptions
{
    private readonly Option<string> _root = new("--root")
    {
        Description = "The folder that is / on the node, where it is not this machine's own",
        HelpName = "DIR",
        DefaultValueFactory = _ => "/",
    };

    private readonly Option<bool> _live = new("--live")
    {
        Description = "The node below --root runs, and its processes are seen from here, as from a container with the host's process name space: reload its runtimes too",
    };

    private readonly Option<bool> _dry = new("--dry-run") { Description = "Show what would be done, and change nothing" };
    private readonly Option<bool> _restart = new("--restart") { Description = "Restart runtimes that take a change up no other way; without it, what to run is printed and the exit code is 3" };
    private readonly Option<bool> _yes = new("--yes") { Description = "Do not ask before files are written. Nobody is asked either where input or output is no terminal" };

    private readonly Option<string> _output = new("--output")
    {
        Description = "How to print: a diff and what was done, or all of it as JSON or YAML",
        DefaultValueFactory = _ => "table",
    };

    public NodeOptions() => _output.AcceptOnlyFromAmong("table", "json", "yaml");

    public void AddTo(Command command)
    {
        Option[] options = [_root, _live, _dry, _restart, _yes, _output];
        Array.ForEach(options, command.Options.Add);
    }

    public NodeFiles Files(ParseResult parse) => new(parse.GetRequiredValue(_root));

    public bool IsLive(ParseResult parse) => parse.GetValue(_live);

    public bool IsDry(ParseResult parse) => parse.GetValue(_dry);

    public bool MayRestart(ParseResult parse) => parse.GetValue(_restart);

    /// <summary>Shows a plan to a person, and asks; a script is not asked, and gets all of it at the end.</summary>
    public Func<InstallReport, Task<bool>> Agreement(ParseResult parse, CancellationToken cancellation)
    {
        var asks = !parse.GetValue(_yes) && !Console.IsInputRedirected && !Console.IsOutputRedirected;
        var isTable = parse.GetRequiredValue(_output) == "table";
        var terminal = parse.InvocationConfiguration;
        return report =>
        {
            if (isTable)
            {
                terminal.Output.Write(InstallReportText.Plan(report));
            }

            return asks ? Question.Ask(terminal.Error, isTable ? "Write this?" : $"Write {string.Join(", ", report.Changes)}?", cancellation) : Task.FromResult(true);
        };
    }

    public int Print(ParseResult parse, NodeOutcome outcome)
    {
        var terminal = parse.InvocationConfiguration;
        switch (outcome)
        {
            case NodeOutcome.Failed(var messages):
                return Say(terminal, messages, ExitCode.Failed);
            case NodeOutcome.WrongUsage(var messages):
                return Say(terminal, messages, ExitCode.WrongUsage);
            case NodeOutcome.Ended(var report):
                return Print(terminal, report, parse.GetRequiredValue(_output));
            default:
                throw new InvalidOperationException("Unknown outcome.");
        }
    }

    private static int Print(InvocationConfiguration terminal, InstallReport report, string output)
    {
        if (output == "table")
        {
            // A plan that was agreed to stands there already.
            terminal.Output.Write(report.State is ReportState.Planned or ReportState.NothingToDo || report.ChangesNothing ? InstallReportText.Plan(report) + InstallReportText.Result(report) : InstallReportText.Result(report));
            foreach (var note in report.ChangesNothing ? [] : report.Notes)
            {
                terminal.Error.WriteLine($"note: {note}");
            }
        }
        else
        {
            terminal.Output.Write(InstallReportText.Json(report) is var json && output == "json" ? json : YamlText.OfJson(json));
        }

        foreach (var left in report.Kept.Concat(report.Reloads.OfType<ReloadOutcome.Left>().Select(reload => reload.Message)))
        {
            terminal.Error.WriteLine($"roadstead: {left}");
        }

        return report.State switch
        {
            ReportState.Declined => ExitCode.Failed,
            ReportState.DoneInPart => ExitCode.DoneInPart,
            _ => ExitCode.Done,
        };
    }

    private static int Say(InvocationConfiguration terminal, IEnumerable<string> messages, int exitCode)
    {
        foreach (var message in messages)
        {
            terminal.Error.WriteLine($"roadstead: {message}");
        }

        return exitCode;
    }
}
