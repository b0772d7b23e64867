using Roadstead.Testing.Processes;
using Roadstead.Testing.Server;

namespace Roadstead.Testing.Cli;

/// <summary>The real command line, as it was built together with these tests.</summary>
public static class RoadsteadCli
{
    /// <summary>A shell's function <c>roadstead</c>, for commands as a person types them who has it in PATH.</summary>
    public static string ShellFunction => $"roadstead() {{ {ShellWords} \"$@\"; }}\n";

    /// <summary>The beginning of a command line for a shell, before the program's own words.</summary>
    public static string ShellWords
    {
        get
        {
            var (program, words) = BuiltProgram.Command("Roadstead.Cli", "roadstead.dll");
            return $"'{program}' '{words[0]}'";
        }
    }

    /// <summary>Runs it to its end.</summary>
    public static Task<CommandResult> Run(params string[] arguments) => Run([], new Dictionary<string, string?>(), arguments);

    /// <summary>Runs it to its end, by another program.</summary>
    /// <param name="by">A program that runs the one after its own words, as <c>unshare --mount --</c>; empty: none.</param>
    public static Task<CommandResult> Run(IReadOnlyList<string> by, IReadOnlyDictionary<string, string?> environment, params string[] arguments)
    {
        var (program, words) = BuiltProgram.Command("Roadstead.Cli", "roadstead.dll", arguments);
        string[] line = [.. by, program, .. words];
        return Command.Run(line[0], line[1..], BuiltProgram.EnvironmentWith(environment), timeout: TimeSpan.FromMinutes(1));
    }
}
