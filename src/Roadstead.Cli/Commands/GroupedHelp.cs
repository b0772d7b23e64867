using System.CommandLine;
using System.CommandLine.Help;
using System.CommandLine.Invocation;
using System.Text;

namespace Roadstead.Cli.Commands;

/// <summary>Commands that are for one kind of work.</summary>
internal sealed record CommandGroup(string Title, params IReadOnlyList<(string Path, Command Command)> Commands);

/// <summary><c>roadstead --help</c> shows all commands of all levels in groups; the help of a command is the library's.</summary>
internal sealed class GroupedHelp(HelpAction ofCommand, params CommandGroup[] groups) : SynchronousCommandLineAction
{
    public override int Invoke(ParseResult parseResult)
    {
        if (parseResult.CommandResult.Parent is not null)
        {
            return ofCommand.Invoke(parseResult);
        }

        var text = new StringBuilder($"{parseResult.CommandResult.Command.Description}\n\nusage: roadstead <command> [options]\n");
        foreach (var group in groups)
        {
            text.Append('\n').Append(group.Title).Append(":\n");
            foreach (var (path, command) in group.Commands)
            {
                text.Append("  ").Append(path.PadRight(20)).Append(command.Description).Append('\n');
            }
        }

        text.Append("\nroadstead <command> --help shows a command's options, roadstead --version the version.\nExit codes: 0 done, 1 failed, 2 wrong usage, 3 done in part.\n");
        parseResult.InvocationConfiguration.Output.Write(text);
        return ExitCode.Done;
    }
}
