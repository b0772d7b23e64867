using Roadstead.Cli.NodeConfig;

namespace Roadstead.Cli.NodeFormats;

/// <summary>A value that is to stand in a file of YAML, in whatever style is there. Scalars are as they are written.</summary>
internal abstract record YamlPiece
{
    private YamlPiece()
    {
    }

    public sealed record Scalar(string Raw) : YamlPiece;

    public sealed record List(IReadOnlyList<string> Items) : YamlPiece;

    public sealed record Map(IReadOnlyList<(string Key, YamlPiece Value)> Entries) : YamlPiece;

    public static YamlPiece Of(YamlNode node, string text) => node switch
    {
        { Entries: { } entries } => new Map([.. entries.Select(entry => (entry.Key, Of(entry.Value, text)))]),
        { Items: { } items } => new List([.. items.Select(item => text[item.Start..item.End])]),
        _ => new Scalar(text[node.Start..node.End]),
    };

    public string Flow() => this switch
    {
        Scalar(var raw) => raw,
        List(var items) => $"[{string.Join(", ", items)}]",
        Map(var entries) => $"{{{string.Join(", ", entries.Select(entry => $"{Key(entry.Key, isFlow: true)}: {entry.Value.Flow()}"))}}}",
        _ => throw new System.Diagnostics.UnreachableException(),
    };

    /// <summary>Lines of an entry in block style.</summary>
    public string Block(string key, int indent) => this switch
    {
        Scalar(var raw) => $"{Spaces(indent)}{Key(key, isFlow: false)}: {raw}\n",
        List(var items) => $"{Spaces(indent)}{Key(key, isFlow: false)}:\n{string.Concat(items.Select(item => $"{Spaces(indent + 2)}- {item}\n"))}",
        Map(var entries) => $"{Spaces(indent)}{Key(key, isFlow: false)}:\n{string.Concat(entries.Select(entry => entry.Value.Block(entry.Key, indent + 2)))}",
        _ => throw new System.Diagnostics.UnreachableException(),
    };

    public static string Key(string key, bool isFlow) => isFlow ? Yaml.Quote(key) : Yaml.Scalar(key);

    private static string Spaces(int count) => new(' ', count);
}
