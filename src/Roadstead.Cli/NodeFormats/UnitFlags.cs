using System.Text.RegularExpressions;
using Roadstead.Cli.NodeInstall;

namespace Roadstead.Cli.NodeFormats;

/// <summary>Options that a unit of systemd starts a daemon with, where a word of its file would be set twice.</summary>
internal static class UnitFlags
{
    /// <summary>Where an option stands, and its value if it has one on the same line.</summary>
    /// <param name="option">As <c>--registry-mirror</c>.</param>
    public static IEnumerable<(string Path, int Line, string? Value)> Find(NodeFiles node, string unit, string option)
    {
        // Drop-ins of all folders are read.
        var main = SystemdUnits.Folders.Select(folder => $"{folder}/{unit}.service").FirstOrDefault(node.HasFile);
        string[] paths = [.. main is null ? Array.Empty<string>() : [main], .. SystemdUnits.Folders.SelectMany(folder => node.FilesIn($"{folder}/{unit}.service.d", ".conf")), $"/etc/default/{unit}", $"/etc/sysconfig/{unit}"];
        // systemd passes over links that lead nowhere.
        foreach (var path in paths.Where(node.HasFile).DistinctBy(node.Locate))
        {
            var lines = node.Text(path)?.Split('\n') ?? [];
            for (var line = 0; line < lines.Length; line++)
            {
                if (!lines[line].TrimStart().StartsWith('#') && !lines[line].TrimStart().StartsWith(';') && Option(option).Match(lines[line]) is { Success: true } match)
                {
                    yield return (path, line + 1, match.Groups[1].Success ? match.Groups[1].Value : null);
                }
            }
        }
    }

    private static Regex Option(string option) => new($@"(?:^|[\s""'=]){Regex.Escape(option)}(?:[=\s]+[""']?([^\s""'\\]+))?(?=$|[\s""'\\])", RegexOptions.CultureInvariant);
}
