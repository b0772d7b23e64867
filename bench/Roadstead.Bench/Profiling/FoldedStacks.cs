namespace Roadstead.Bench.Profiling;

/// <summary>What <c>perf script</c> prints, as lines of <c>outermost;…;innermost count</c>, which flame graphs are drawn from.</summary>
internal static class FoldedStacks
{
    public static IEnumerable<string> Of(string script)
    {
        var counts = new Dictionary<string, int>(StringComparer.Ordinal);
        foreach (var sample in script.Split("\n\n", StringSplitOptions.RemoveEmptyEntries))
        {
            var lines = sample.Split('\n', StringSplitOptions.RemoveEmptyEntries);
            var stack = string.Join(';', lines.Skip(1).Select(Symbol).Reverse().Prepend(lines[0].Trim()));
            counts[stack] = counts.GetValueOrDefault(stack) + 1;
        }

        return counts.OrderByDescending(count => count.Value).Select(count => $"{count.Key} {count.Value}");
    }

    // "    7f12 method (where it is)"
    private static string Symbol(string line)
    {
        var text = line.Trim();
        text = text[(text.IndexOf(' ', StringComparison.Ordinal) + 1)..];
        var from = text.LastIndexOf(" (", StringComparison.Ordinal);
        return (from < 0 ? text : text[..from] is "[unknown]" ? Path.GetFileName(text[(from + 2)..].TrimEnd(')')) : text[..from]).Replace(';', ':');
    }
}
