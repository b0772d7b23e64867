namespace Roadstead.Server.Configuration;

/// <summary>Where a value was written: a line of the file or a variable; neither for what nobody wrote.</summary>
internal readonly record struct ConfigurationOrigin(int? Line, string? Variable);

/// <summary>A value of the configuration before it has a type, with its key's path and where it was written.</summary>
internal abstract record ConfigurationNode(string Path, ConfigurationOrigin Origin)
{
    public static string ChildPath(string parent, string key) => parent.Length == 0 ? key : $"{parent}.{key}";

    public static string ItemPath(string parent, int index) => $"{parent}[{index}]";

    public abstract string Kind { get; }

    /// <summary>Says nothing of the value: it may be a secret.</summary>
    public sealed override string ToString() => $"{Kind} {Path}";
}

/// <summary>Text as written; null for YAML's null, which counts as not set.</summary>
internal sealed record ScalarNode(string Path, ConfigurationOrigin Origin, string? Text) : ConfigurationNode(Path, Origin)
{
    public override string Kind => "single value";
}

internal sealed record ListNode(string Path, ConfigurationOrigin Origin, IReadOnlyList<ConfigurationNode> Items)
    : ConfigurationNode(Path, Origin)
{
    public override string Kind => "list";
}

internal sealed record MapNode(string Path, ConfigurationOrigin Origin, IReadOnlyDictionary<string, ConfigurationNode> Entries)
    : ConfigurationNode(Path, Origin)
{
    public override string Kind => "mapping";

    public static MapNode Empty(string path) => new(path, default, new Dictionary<string, ConfigurationNode>());

    /// <summary>Null where the key is absent or empty.</summary>
    public ConfigurationNode? Child(string key) =>
        Entries.TryGetValue(key, out var node) && node is not ScalarNode { Text: null } ? node : null;
}

/// <summary>Something whose fault is already reported; readers pass over it in silence.</summary>
internal sealed record UnreadableNode(string Path, ConfigurationOrigin Origin) : ConfigurationNode(Path, Origin)
{
    public override string Kind => "unreadable value";
}
