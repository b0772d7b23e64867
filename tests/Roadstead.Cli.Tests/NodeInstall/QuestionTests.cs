using Roadstead.Testing;

namespace Roadstead.Cli.Tests.NodeInstall;

/// <summary>A person at a terminal is asked before anything is written.</summary>
public class QuestionTests
{
    /// <summary>Types once the question stands there; the terminal stays open until the end, as a person's does. (What is recorded begins with the command itself, which must not look like its end; and whoever types must be no child of script, which would wait for it.)</summary>
    private const string AtTerminal = """
        screen=$1 keys=$2; shift 2
        seen() { while [[ $text != *"$1"* ]] && IFS= read -r -N 1 letter; do text+=$letter; done; }
        type() { seen 'Write this?'; printf "$keys" >&3; seen 'exit code'; }
        exec 4< <(type 3>&1 < <(tail --pid=$$ -n +1 -F "$screen" 2>/dev/null))
        script --quiet --flush --command "trap : INT; $(printf '%q ' "$@"); echo 'exit' 'code' \$?" "$screen" <&4
        """;

    [Theory]
    [InlineData(@"\003", false, false)]
    [InlineData(@"n\n", true, false)]
    [InlineData(@"y\n", false, true)]
    public async Task What_is_answered_holds_and_Ctrl_C_is_an_answer(string keys, bool isDeclined, bool isWritten)
    {
        using var node = new NodeTree("podman");
        using var screen = new TemporaryFolder("screen");
        var before = await node.Snapshot();
        var shown = (await node.RunBy(["bash", "-c", AtTerminal, "bash", screen["screen"], keys], "install", NodeTree.Mirror)).OrThrow().Output;
        Assert.Contains("Write this? [y/N]", shown, StringComparison.Ordinal);
        Assert.Contains($"exit code {(isWritten ? 0 : 1)}", shown, StringComparison.Ordinal);
        Assert.Equal(isDeclined, shown.Contains("Nothing was changed.", StringComparison.Ordinal));
        Assert.Equal(isWritten, before != await node.Snapshot());
    }
}
