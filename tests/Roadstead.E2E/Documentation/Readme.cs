using System.Runtime.CompilerServices;
using System.Text.RegularExpressions;

namespace Roadstead.E2E.Documentation;

/// <summary>The text that operators copy from.</summary>
internal static partial class Readme
{
    public static string Root { get; } = FindRoot();

    /// <summary>Its blocks of a language, in order.</summary>
    public static List<string> Blocks(string language) =>
        [.. Fences().Matches(File.ReadAllText(Path.Combine(Root, "README.md"))).Where(match => match.Groups[1].Value == language).Select(match => match.Groups[2].Value.Trim())];

    /// <summary>The blocks of any language between two headings, each with the line feed at its end.</summary>
    public static List<string> Chapter(string from, string to)
    {
        var text = File.ReadAllText(Path.Combine(Root, "README.md"));
        var start = text.IndexOf(from, StringComparison.Ordinal);
        return [.. Fences().Matches(text[start..text.IndexOf(to, start, StringComparison.Ordinal)]).Select(match => match.Groups[2].Value)];
    }

    /// <summary>The one block of a language that holds these words.</summary>
    public static string Block(string language, string words) => Blocks(language).Single(block => block.Contains(words, StringComparison.Ordinal));

    private static string FindRoot([CallerFilePath] string here = "")
    {
        var folder = Path.GetDirectoryName(here)!;
        while (!File.Exists(Path.Combine(folder, "Roadstead.slnx")))
        {
            folder = Path.GetDirectoryName(folder) ?? throw new InvalidOperationException("The tests are not within the repository.");
        }

        return folder;
    }

    [GeneratedRegex(@"^```(\w*)\n(.*?)^```$", RegexOptions.Multiline | RegexOptions.Singleline)]
    private static partial Regex Fences();
}
