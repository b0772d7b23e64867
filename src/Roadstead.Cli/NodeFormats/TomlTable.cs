using System.Diagnostics.CodeAnalysis;
using Tomlyn.Syntax;

namespace Roadstead.Cli.NodeFormats;

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

    /// <param name="twice">Gets what stands where something else stands already.</param>
    public static TomlTable Of(DocumentSyntax document, string text, List<TomlTwice> twice)
    {
        var root = new TomlTable(1);
        root.Add(document.KeyValues, text, twice);
        foreach (var header in document.Tables)
        {
            var path = Parts(header.Name!);
            var parent = path[..^1].Aggregate(root, (table, key) => table.Below(key, Place(header), twice));
            var table = header is TableArraySyntax ? parent.Further(path[^1], Place(header), twice) : parent.Below(path[^1], Place(header), twice);
            (table.Header, table.Line) = (header, Place(header).Line);
            table.Add(header.Items, text, twice);
        }

        return root;
    }

    public static TomlHeader HeaderOf(TableSyntaxBase header) => new([.. Parts(header.Name!)], Place(header), header is TableArraySyntax);

    private void Add(IEnumerable<KeyValueSyntax> statements, string text, List<TomlTwice> twice)
    {
        foreach (var statement in statements)
        {
            var path = Parts(statement.Key!);
            var place = Place(statement);
            var table = path[..^1].Aggregate(this, (table, key) => table.Below(key, place, twice));
            if (table[path[^1]] is { } known)
            {
                twice.Add(new TomlTwice(place.Line, path[^1], known.Line));
            }

            table._items.Add(Read(path[^1], place, statement.Value!, text, twice));
        }
    }

    private static TomlItem Read(string key, TomlPlace place, ValueSyntax value, string text, List<TomlTwice> twice)
    {
        var raw = text[value.Span.Start.Offset..(value.Span.End.Offset + 1)];
        return value switch
        {
            InlineTableSyntax inline => new TomlItem(key, place, value, raw) { Table = Inline(inline, text, twice) },
            ArraySyntax array when array.Items.All(item => item.Value is InlineTableSyntax) && array.Items.ChildrenCount > 0 =>
                new TomlItem(key, place, value, raw) { Tables = [.. array.Items.Select(item => Inline((InlineTableSyntax)item.Value!, text, twice))] },
            _ => new TomlItem(key, place, value, raw),
        };
    }

    private static TomlTable Inline(InlineTableSyntax inline, string text, List<TomlTwice> twice)
    {
        var table = new TomlTable(inline.Span.Start.Line + 1);
        table.Add(inline.Items.Select(item => item.KeyValue!), text, twice);
        return table;
    }

    private TomlTable Below(string key, TomlPlace place, List<TomlTwice> twice)
    {
        if (this[key] is not { } known)
        {
            var table = new TomlTable(place.Line);
            _items.Add(new TomlItem(key, place, null, "") { Table = table });
            return table;
        }

        // A value is whole as it is written, a table on one line too.
        if (known.Value is null)
        {
            return known.Table ?? known.Tables![^1];
        }

        twice.Add(new TomlTwice(place.Line, key, known.Line));
        return new TomlTable(place.Line);
    }

    private TomlTable Further(string key, TomlPlace place, List<TomlTwice> twice)
    {
        var table = new TomlTable(place.Line);
        if (this[key] is not { } item)
        {
            _items.Add(new TomlItem(key, place, null, "") { Tables = [table] });
        }
        else if (item is { Value: null, Tables: { } tables })
        {
            tables.Add(table);
        }
        else
        {
            twice.Add(new TomlTwice(place.Line, key, item.Line));
        }

        return table;
    }

    private static string[] Parts(KeySyntax key) => [Word(key.Key!), .. key.DotKeys.Select(part => Word(part.Key!))];

    private static string Word(BareKeyOrStringValueSyntax word) => word is StringValueSyntax text ? text.Value! : ((BareKeySyntax)word).Key!.Text!;

    private static TomlPlace Place(SyntaxNode node) => new(node.Span.Start.Line + 1, node.Span.Start.Offset, node.Span.End.Offset + 1);
}
