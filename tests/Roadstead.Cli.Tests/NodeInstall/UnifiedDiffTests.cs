using Roadstead.Cli.Output;
using Roadstead.Testing;
using Roadstead.Testing.Processes;

namespace Roadstead.Cli.Tests.NodeInstall;

/// <summary>The diff, compared with what diff -u says.</summary>
public class UnifiedDiffTests
{
    private static readonly string Twenty = string.Concat(Enumerable.Range(1, 20).Select(number => $"line {number}\n"));

    public static TheoryData<string, string> Pairs => new()
    {
        { "a\nb\nc\n", "a\nB\nc\n" },
        { Twenty, Twenty.Replace("line 5\n", "", StringComparison.Ordinal) },
        { Twenty, Twenty.Replace("line 2\n", "line 2\nnew\n", StringComparison.Ordinal).Replace("line 18\n", "other\n", StringComparison.Ordinal) },
        { Twenty, Twenty.Replace("line 8\n", "eight\n", StringComparison.Ordinal).Replace("line 14\n", "fourteen\n", StringComparison.Ordinal) },
        { Twenty, Twenty + "last" },
        { "a\nb", "a\nb\n" },
        { "a\nb\n", "a\nb" },
        { "one\n", "" },
        { "", "one\ntwo\n" },
    };

    [Theory]
    [MemberData(nameof(Pairs))]
    public async Task It_is_what_diff_says(string before, string after)
    {
        using var folder = new TemporaryFolder();
        await File.WriteAllTextAsync(folder["before"], before, TestContext.Current.CancellationToken);
        await File.WriteAllTextAsync(folder["after"], after, TestContext.Current.CancellationToken);
        var expected = (await Command.Run("diff", ["-u", "--label", "/etc/x", "--label", "/etc/x", folder["before"], folder["after"]])).Output;
        Assert.Equal(expected, UnifiedDiff.Of("/etc/x", before, after));
    }

    [Fact]
    public void Line_ends_count() => Assert.Contains("-a\r\n+a\n", UnifiedDiff.Of("/etc/x", "a\r\n", "a\n"), StringComparison.Ordinal);
}
