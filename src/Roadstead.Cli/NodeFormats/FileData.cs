namespace Roadstead.Cli.NodeFormats;

/// <summary>What a file says, whatever form it is written in: to tell whether an edit says what it is to say, and nothing else.</summary>
internal abstract record FileData
{
    private FileData()
    {
    }

    /// <param name="Text">Null: no value.</param>
    public sealed record Word(string? Text) : FileData;

    public sealed record List(IReadOnlyList<FileData> Items) : FileData
    {
        public override long Size => 1 + Items.Sum(item => item.Size);
    }

    public sealed record Map(IReadOnlyDictionary<string, FileData> Entries) : FileData
    {
        public static readonly Map Empty = new(new Dictionary<string, FileData>());

        public override long Size => 1 + Entries.Values.Sum(entry => entry.Size);
    }

    /// <summary>How many values it has in it.</summary>
    public virtual long Size => 1;

    /// <summary>What stands at a path; null: nothing.</summary>
    public FileData? At(params ReadOnlySpan<string> path)
    {
        FileData? at = this;
        foreach (var key in path)
        {
            at = (at as Map)?.Entries.GetValueOrDefault(key);
        }

        return at;
    }

    /// <summary>The same with a value at a path, for which maps are made.</summary>
    public FileData With(ReadOnlySpan<string> path, FileData value)
    {
        if (path.Length == 0)
        {
            return value;
        }

        var map = this as Map ?? Map.Empty;
        return new Map(new Dictionary<string, FileData>(map.Entries) { [path[0]] = (map.Entries.GetValueOrDefault(path[0]) ?? Map.Empty).With(path[1..], value) });
    }

    /// <summary>The same without what stands at a path, and without the maps on the way that are empty then.</summary>
    public FileData Without(params ReadOnlySpan<string> path)
    {
        if (At(path) is null || this is not Map map)
        {
            return this;
        }

        var entries = new Dictionary<string, FileData>(map.Entries);
        if (path.Length > 1 && entries[path[0]].Without(path[1..]) is Map { Entries.Count: > 0 } rest)
        {
            entries[path[0]] = rest;
        }
        else
        {
            entries.Remove(path[0]);
        }

        return new Map(entries);
    }

    /// <summary>The path of the first that is not the same in both; null: they say the same.</summary>
    public static IReadOnlyList<string>? Difference(FileData? one, FileData? other) => (one, other) switch
    {
        (Map { Entries: var ones }, Map { Entries: var others }) => ones.Keys.Union(others.Keys)
            .Select(key => Difference(ones.GetValueOrDefault(key), others.GetValueOrDefault(key)) is { } rest ? [key, .. rest] : (IReadOnlyList<string>?)null).FirstOrDefault(path => path is not null),
        (List { Items: var ones }, List { Items: var others }) => ones.Count == others.Count && ones.Zip(others).All(pair => Difference(pair.First, pair.Second) is null) ? null : [],
        (Word { Text: var text }, Word { Text: var words }) => text == words ? null : [],
        (null, null) => null,
        _ => [],
    };
}
