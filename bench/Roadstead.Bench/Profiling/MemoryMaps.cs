using System.Globalization;
using System.Text.RegularExpressions;

namespace Roadstead.Bench.Profiling;

/// <summary>What a process has resident, summed by the file that is mapped and how.</summary>
/// <seealso href="https://man7.org/linux/man-pages/man5/proc_pid_smaps.5.html"/>
internal static partial class MemoryMaps
{
    /// <param name="smaps">Lines of /proc/PID/smaps.</param>
    /// <returns>A head, and a line for each kind of mapping, in kB, the largest first.</returns>
    public static IEnumerable<string> Of(IEnumerable<string> smaps)
    {
        var kinds = new Dictionary<string, (long Resident, long Dirty)>(StringComparer.Ordinal);
        var kind = "";
        foreach (var line in smaps)
        {
            if (Head().Match(line) is { Success: true } head)
            {
                var file = Path.GetFileName(head.Groups["file"].Value);
                kind = $"{head.Groups["rights"].Value} {(file.Length == 0 ? "(no file)" : file)}";
            }
            else if (Value(line, "Rss:") is { } resident)
            {
                kinds[kind] = (kinds.GetValueOrDefault(kind).Resident + resident, kinds.GetValueOrDefault(kind).Dirty);
            }
            else if (Value(line, "Private_Dirty:") is { } dirty)
            {
                kinds[kind] = (kinds.GetValueOrDefault(kind).Resident, kinds.GetValueOrDefault(kind).Dirty + dirty);
            }
        }

        return kinds.OrderByDescending(entry => entry.Value.Resident).Where(entry => entry.Value.Resident > 0)
            .Select(entry => string.Create(CultureInfo.InvariantCulture, $"{entry.Value.Resident,9} {entry.Value.Dirty,9} {entry.Key}"))
            .Prepend(" resident     dirty kB");
    }

    private static long? Value(string line, string key) =>
        line.StartsWith(key, StringComparison.Ordinal) ? long.Parse(line.AsSpan(key.Length).Trim(" kB"), CultureInfo.InvariantCulture) : null;

    [GeneratedRegex("^[0-9a-f]+-[0-9a-f]+ (?<rights>[rwx-]{3}). [0-9a-f]+ [0-9a-f:]+ [0-9]+ *(?<file>.*)$")]
    private static partial Regex Head();
}
