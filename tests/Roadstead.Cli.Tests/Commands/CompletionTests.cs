using Roadstead.Testing.Cli;
using Roadstead.Testing.Clients;

namespace Roadstead.Cli.Tests.Commands;

/// <summary>The completion script in a real shell.</summary>
public class CompletionTests
{
    [Theory]
    [InlineData("roadstead im", "im", "image")]
    [InlineData("roadstead image ", "", "--help delete export fetch import list pin show unpin")]
    [InlineData("roadstead endpoint set a --upstream-p", "--upstream-p", "--upstream-password-file")]
    [InlineData("roadstead image list --output ", "", "json table yaml")]
    [InlineData("roadstead image list --output j", "j", "json")]
    [InlineData("roadstead project set a --public t", "t", "true")]
    [InlineData("roadstead image list --password-file ", "", "")]
    [InlineData("roadstead completion ", "", "--help bash fish zsh")]
    public async Task Bash_completes_commands_options_and_values(string line, string word, string expected)
    {
        using var shell = new Shell();
        var script = $"{RoadsteadCli.ShellFunction}eval \"$(roadstead completion bash)\"\ncomplete -p roadstead >&2\nCOMP_LINE='{line}'\nCOMP_POINT={line.Length}\n_roadstead roadstead '{word}' || true\necho \"${{COMPREPLY[*]}}\"";
        var result = (await shell.Type(script)).OrThrow();
        Assert.Equal(expected, result.Output.TrimEnd('\n'));
        Assert.Contains("-F _roadstead roadstead", result.Error, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Another_shell_is_wrong_usage()
    {
        var result = await RoadsteadCli.Run("completion", "tcsh");
        Assert.Equal((2, ""), (result.ExitCode, result.Output));
    }

    [Fact]
    public async Task The_help_shows_all_commands_in_groups()
    {
        var help = (await RoadsteadCli.Run("--help")).OrThrow().Output;
        Assert.Contains("\nThe mirror, at the server:\n  endpoint list       Show", help, StringComparison.Ordinal);
        Assert.Contains("\nIn a shell:\n  completion ", help, StringComparison.Ordinal);
    }
}
