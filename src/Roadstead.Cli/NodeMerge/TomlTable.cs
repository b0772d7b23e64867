using System.Diagnostics.CodeAnalysis;
using Tomlyn.Syntax;

namespace Roadstead.Cli.NodeMerge;

/// <summary>A table of a <see cref="TomlFile"/>, whatever form it was written in.</summary>
[SuppressMessage("Naming", "CA1710", Justification = "It is TOML's own word.")]
internal sealed class TomlTable
{
    private readonly List<TomlItem> _items = [];

    private TomlTable(int line) => Line = line;

    /// <summary>Where it is opened, or first named.</summary>
    public int Line { get; private set; }

    /// <summary>The <c>[header]</c> and what stands below it; null: it is the root, inline, dotted, or only implied.</summary>
    public TableSyntaxBase? Header { get; private set; }

    /// <summary>In the order of the file.</summary>
    public IReadOnlyList<TomlItem> Items => _items;

    public TomlItem? this[string key] => _items.Find(item => item.Key == key);

    /// <summary>The table of a path; null: there is none.</summary>
    public TomlTable? Table(params ReadOnlySpan<string> path)
    {
        var table = this;
        foreach (var key in path)
        {
            table = table?[key]?.Table;
        }

        return table;
    }

    public static TomlTable Of(DocumentSyntax document, string text)
    {
        var root = new TomlTable(1);
        root.Add(document.KeyValues, text);
        foreach (var header in document.Tables)
        {
            var path = Parts(header.Name!);
            var parent = path[..^1].Aggregate(root, (table, key) => table.Below(key, Place(header)));
            var table = header is TableArraySyntax ? parent.Further(path[^1], Place(header)) : parent.Below(path[^1], Place(header));
            (table.Header, table.Line) = (header, Place(header).Line);
            table.Add(header.Items, text);
        }

        return root;
    }

    public static TomlHeader HeaderOf(TableSyntaxBase header) => new([.. Parts(header.Name!)], Place(header));

    private void Add(IEnumerable<KeyValueSyntax> statements, string text)
    {
        foreach (var statement in statements)
        {
            var path = Parts(statement.Key!);
            var table = path[..^1].Aggregate(this, (table, key) => table.Below(key, Place(statement)));
            table._items.Add(Read(path[^1], Place(statement), statement.Value!, text));
        }
    }

    private static TomlItem Read(string key, TomlPlace place, ValueSyntax value, string text)
    {
        var raw = text[value.Span.Start.Offset..(value.Span.End.Offset + 1)];
        return value switch
        {
            InlineTableSyntax inline => new TomlItem(key, place, value, raw) { Table = Inline(inline, text) },
            ArraySyntax array when array.Items.All(item => item.Value is InlineTableSyntax) && array.Items.ChildrenCount > 0 =>
                new TomlItem(key, place, value, raw) { Tables = [.. array.Items.Select(item => Inline((InlineTableSyntax)item.Value!, text))] },
            _ => new TomlItem(key, place, value, raw),
        };
    }

    private static TomlTable Inline(InlineTableSyntax inline, string text)
    {
        var table = new TomlTable(inline.Span.Start.Line + 1);
        table.Add(inline.Items.Select(item => item.KeyValue!), text);
        return table;
    }

    private TomlTable Below(string key, TomlPlace place)
    {
        if (this[key] is { } known)
        {
            return known.Table ?? known.Tables![^1];
        }

        var table = new TomlTable(place.Line);
        _items.Add(new TomlItem(key, place, null, "") { Table = table });
        return table;
    }

    private TomlTable Further(string key, TomlPlace place)
    {
        if (this[key] is not { } item)
        {
            _items.Add(item = new TomlItem(key, place, null, "") { Tables = [] });
        }

        var table = new TomlTable(place.Line);
        item.Tables!.Add(table);
        return table;
    }

    private static string[] Parts(KeySyntax key) => [Word(key.Key!), .. key.DotKeys.Select(part => Word(part.Key!))];

    private static string Word(BareKeyOrStringValueSyntax word) => word is StringValueSyntax text ? text.Value! : ((BareKeySyntax)word).Key!.Text!;

    private static TomlPlace Place(SyntaxNode node) => new(node.Span.Start.Line + 1, node.Span.Start.Offset, node.Span.End.Offset + 1);
}
