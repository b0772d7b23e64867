using System.Globalization;
using System.Text.RegularExpressions;
using Roadstead.Cli.NodeInstall;

namespace Roadstead.Cli.NodeMerge;

/// <summary>The name of our drop-in in a folder whose files count in the order of their names.</summary>
/// <param name="Path">Where it is to be.</param>
/// <param name="Old">Where it was under other names.</param>
internal sealed partial record DropInName(string Path, IReadOnlyList<string> Old)
{
    /// <summary>True if a file of ours may be called so.</summary>
    public static bool IsName(string path) => Form().IsMatch(System.IO.Path.GetFileName(path));

    /// <param name="wanted">The name it has where nothing stands against it, as <c>50-mirror.conf</c>.</param>
    /// <param name="isOurs">Whether a file of such a name is our drop-in, and not somebody's own.</param>
    /// <param name="earlier">Files that must come before it.</param>
    public static DropInName Choose(NodeFiles before, string folder, string wanted, Func<string, bool> isOurs, IEnumerable<string> earlier)
    {
        var extension = System.IO.Path.GetExtension(wanted);
        List<string> ours = [.. before.FilesIn(folder, $"-mirror{extension}").Where(path => IsName(path) && isOurs(path))];
        var last = earlier.Select(path => System.IO.Path.GetFileName(path)).Order(StringComparer.Ordinal).LastOrDefault();
        bool Fits(string path) => last is null || string.CompareOrdinal(System.IO.Path.GetFileName(path), last) > 0;

        // One that is there and comes late enough stays, so that a second run finds the node as the first left it.
        var path = ours.LastOrDefault(Fits) ?? Names(wanted, extension, last).Select(name => $"{folder}/{name}").First(candidate => Fits(candidate) && (ours.Contains(candidate) || !before.HasFile(candidate)));
        return new DropInName(path, [.. ours.Where(other => other != path)]);
    }

    private static IEnumerable<string> Names(string wanted, string extension, string? last)
    {
        yield return wanted;
        for (var number = 51; number < 100; number++)
        {
            yield return string.Create(CultureInfo.InvariantCulture, $"{number}-mirror{extension}");
        }

        for (var letters = "zz"; letters.Length < 64; letters += "z")
        {
            yield return $"{letters}-mirror{extension}";
        }

        // Behind a name of many z.
        for (var number = 1; number < 100; number++)
        {
            yield return string.Create(CultureInfo.InvariantCulture, $"{System.IO.Path.GetFileNameWithoutExtension(last)}{number:00}-mirror{extension}");
        }
    }

    [GeneratedRegex(@"^(?:\d\d|z{2,}|.*\d\d)-mirror\.")]
    private static partial Regex Form();
}
