using System.Globalization;

namespace Roadstead.Bench.Profiling;

/// <summary>What <c>perf script</c> prints, as lines of <c>outermost;…;innermost count</c>, which flame graphs are drawn from.</summary>
internal static class FoldedStacks
{
    private const double LeastShare = 0.3;

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

    /// <summary>Each function with the share of samples in which it was under way, itself or by what it called: for asynchronous code the only one that adds up.</summary>
    /// <param name="folded">Lines of folded stacks.</param>
    public static IEnumerable<string> Inclusive(IReadOnlyCollection<string> folded)
    {
        var counts = new Dictionary<string, int>(StringComparer.Ordinal);
        var all = 0;
        foreach (var line in folded)
        {
            var end = line.LastIndexOf(' ');
            var count = int.Parse(line.AsSpan(end + 1), CultureInfo.InvariantCulture);
            all += count;
            foreach (var function in line[..end].Split(';').Distinct(StringComparer.Ordinal))
            {
                counts[function] = counts.GetValueOrDefault(function) + count;
            }
        }

        return counts.OrderByDescending(count => count.Value)
            .Select(count => (count.Key, Share: 100.0 * count.Value / all))
            .TakeWhile(count => count.Share >= LeastShare)
            .Select(count => string.Create(CultureInfo.InvariantCulture, $"{count.Share,5:0.0} % {count.Key}"));
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
