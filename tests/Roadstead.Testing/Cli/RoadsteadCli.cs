using Roadstead.Testing.Processes;
using Roadstead.Testing.Server;

namespace Roadstead.Testing.Cli;

/// <summary>The real command line, as it was built together with these tests.</summary>
public static class RoadsteadCli
{
    /// <summary>A shell's function <c>roadstead</c>, for commands as a person types them who has it in PATH.</summary>
    public static string ShellFunction
    {
        get
        {
            var (program, words) = BuiltProgram.Command("Roadstead.Cli", "roadstead.dll");
            return $"roadstead() {{ '{program}' '{words[0]}' \"$@\"; }}\n";
        }
    }

    /// <summary>Runs it to its end.</summary>
    public static Task<CommandResult> Run(params string[] arguments)
    {
        var (program, words) = BuiltProgram.Command("Roadstead.Cli", "roadstead.dll", arguments);
        return Command.Run(program, words, BuiltProgram.EnvironmentWith(new Dictionary<string, string?>()), timeout: TimeSpan.FromMinutes(1));
    }
}
