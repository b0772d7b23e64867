using System.CommandLine.Parsing;

namespace Roadstead.Cli.Commands;

/// <summary>A command as it is typed.</summary>
internal static class CommandPath
{
    public static string Of(SymbolResult result)
    {
        var words = new Stack<string>();
        for (var at = result; at is not null; at = at.Parent)
        {
            if (at is CommandResult command)
            {
                words.Push(command.Parent is null ? "roadstead" : command.Command.Name);
            }
        }

        return string.Join(' ', words);
    }
}
