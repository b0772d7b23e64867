using System.Globalization;

namespace Roadstead.Cli.NodeFormats;

/// <summary>What a file of YAML says, as its readers take it: aliases stand for what they refer to, and merge keys for what they bring.</summary>
internal static class YamlData
{
    private const string MergeKey = "<<";

    // Aliases of aliases can stand for more than fits into memory; readers have limits too.
    private const long MaxSize = 100_000;

    /// <exception cref="FormatException">An alias refers to nothing that stands before it, or to too much; the message is its line.</exception>
    public static FileData Of(YamlFile file) => file.Root is { } root ? Of(root, []) : FileData.Map.Empty;

    /// <summary>The line of a path in a file, or of the alias or merge key that has the rest of it.</summary>
    public static int Line(YamlFile file, IReadOnlyList<string> path)
    {
        var (at, line) = (file.Root, file.Root?.Line ?? 1);
        foreach (var key in path)
        {
            var entry = at?.Entry(key);
            line = (entry ?? at?.Entry(MergeKey))?.Line ?? line;
            at = entry?.Value;
        }

        return line;
    }

    private static FileData Of(YamlNode node, Dictionary<string, FileData> anchors)
    {
        var data = node switch
        {
            { Alias: { } alias } => anchors.GetValueOrDefault(alias) ?? throw new FormatException(node.Line.ToString(CultureInfo.InvariantCulture)),
            { Items: { } items } => new FileData.List([.. items.Select(item => Of(item, anchors))]),
            { Entries: { } entries } => Map(entries, anchors),
            _ => new FileData.Word(node.IsNull ? null : node.Text),
        };
        if (data.Size > MaxSize)
        {
            throw new FormatException(node.Line.ToString(CultureInfo.InvariantCulture));
        }

        if (node.Anchor is { } anchor)
        {
            anchors[anchor] = data;
        }

        return data;
    }

    // What a map says itself holds; of merged maps the first.
    private static FileData.Map Map(IReadOnlyList<YamlEntry> entries, Dictionary<string, FileData> anchors)
    {
        var map = new Dictionary<string, FileData>(StringComparer.Ordinal);
        var merged = new List<FileData>();
        foreach (var entry in entries)
        {
            var value = Of(entry.Value, anchors);
            if (entry.Key == MergeKey)
            {
                merged.AddRange(value is FileData.List { Items: var items } ? items : [value]);
            }
            else
            {
                map[entry.Key] = value;
            }
        }

        foreach (var (key, value) in merged.OfType<FileData.Map>().SelectMany(other => other.Entries))
        {
            map.TryAdd(key, value);
        }

        return new FileData.Map(map);
    }
}
