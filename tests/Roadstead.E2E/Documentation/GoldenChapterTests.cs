namespace Roadstead.E2E.Documentation;

/// <summary>What the README says that each runtime needs is what <c>roadstead node render</c> writes, to the letter.</summary>
public class GoldenChapterTests
{
    // Said beside what is rendered: one file for all registries, the server's own listener, partial pulls.
    private static readonly string[] Other = ["[host.\"http://mirror.example:5000\"]", "listen: [", "pull_options"];

    [Fact]
    public void Its_files_are_those_of_the_golden_ones()
    {
        var golden = Directory.EnumerateFiles(Path.Combine(Readme.Root, "tests", "Roadstead.Cli.Tests", "Golden")).Select(File.ReadAllText).ToList();
        var blocks = Readme.Chapter("## What each runtime needs", "### Where images are").Where(block => !block.StartsWith("skopeo", StringComparison.Ordinal) && !block.StartsWith("CONTAINERS_", StringComparison.Ordinal)
            && !block.StartsWith("roadstead", StringComparison.Ordinal) && !Array.Exists(Other, word => block.Contains(word, StringComparison.Ordinal))).ToList();
        Assert.Equal(8, blocks.Count);
        Assert.All(blocks, block => Assert.Contains(golden, text => text.Contains($"\n{block}", StringComparison.Ordinal)));
    }
}
