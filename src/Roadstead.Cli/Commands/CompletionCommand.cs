using System.CommandLine;

namespace Roadstead.Cli.Commands;

/// <summary>
/// <c>roadstead completion</c>: a script for a shell that asks this program itself, by the library's directive <c>[suggest:position]</c>, what may stand at the cursor; so it
/// knows each command and option of the program that is installed. Where nothing is suggested, as for a file's name, the shell's own completion takes over.
/// </summary>
internal static class CompletionCommand
{
    // -h, /h and -? beside --help are noise.
    private const string Wanted = "grep -E '^(--)?[a-z0-9]'";

    private const string Bash = $$"""
        _roadstead() {
          local IFS=$'\n'
          COMPREPLY=($(compgen -W "$("$1" "[suggest:$COMP_POINT]" "$COMP_LINE" 2>/dev/null | {{Wanted}})" -- "$2"))
        }
        complete -o default -F _roadstead roadstead

        """;

    private const string Zsh = $$"""
        #compdef roadstead
        _roadstead() {
          local line="${(j: :)words[1,CURRENT]}"
          local -a found
          found=(${(f)"$("${words[1]}" "[suggest:${#line}]" "$line" 2>/dev/null | {{Wanted}})"})
          if (( ${#found} )); then compadd -- $found; else _files; fi
        }
        if (( ${+functions[compdef]} )); then compdef _roadstead roadstead; fi

        """;

    private const string Fish = $$"""
        function __roadstead_complete
            set -l line (commandline --current-process --cut-at-cursor | string collect)
            set -l found (roadstead "[suggest:"(string length -- $line)"]" "$line" 2>/dev/null | {{Wanted}})
            if test (count $found) -gt 0
                printf '%s\n' $found
            else
                __fish_complete_path (commandline --current-token)
            end
        end
        complete --command roadstead --no-files --arguments '(__roadstead_complete)'

        """;

    public static Command Create()
    {
        var shell = new Argument<string>("SHELL") { Description = "bash: source <(roadstead completion bash); zsh: the same after compinit; fish: roadstead completion fish | source" };
        shell.AcceptOnlyFromAmong("bash", "zsh", "fish");
        var command = new Command("completion", "Print what has a shell complete this program's commands and options.") { shell };
        command.SetAction(parse => parse.InvocationConfiguration.Output.Write(parse.GetRequiredValue(shell) switch
        {
            "bash" => Bash,
            "zsh" => Zsh,
            _ => Fish,
        }));
        return command;
    }
}
