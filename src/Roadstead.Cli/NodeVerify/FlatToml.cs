using Tomlyn.Parsing;
using Tomlyn.Syntax;

namespace Roadstead.Cli.NodeVerify;

/// <summary>One value of a file in TOML.</summary>
/// <param name="Path">Its tables and its key; an element of an array of tables is <c>#</c> with its place, counted from zero.</param>
/// <param name="Values">The text of a string, a boolean's word, or all strings of a list.</param>
/// <param name="Line">Counted from one.</param>
internal sealed record TomlEntry(IReadOnlyList<string> Path, IReadOnlyList<string> Values, int Line)
{
    public string Value => Values.Count == 1 ? Values[0] : "";

    public bool IsAt(params ReadOnlySpan<string> path) => Path.Count == path.Length && Path.ToArray().AsSpan().SequenceEqual(path);

    /// <summary>True if it lies in a table, at whatever depth.</summary>
    public bool IsIn(params ReadOnlySpan<string> table) => Path.Count > table.Length && Path.ToArray().AsSpan(0, table.Length).SequenceEqual(table);
}

/// <summary>What a runtime reads in a file of TOML, flat, or why it cannot.</summary>
/// <param name="Entries">In the order of the file.</param>
/// <param name="Tables">Headers of tables, with their lines.</param>
/// <param name="Fault">Null: it parses.</param>
internal sealed record FlatToml(IReadOnlyList<TomlEntry> Entries, IReadOnlyList<(IReadOnlyList<string> Path, int Line)> Tables, (int Line, string Message)? Fault)
{
    public static FlatToml Read(string text)
    {
        var document = SyntaxParser.Parse(text, "", true);
        if (document.Diagnostics.FirstOrDefault(message => message.Kind == DiagnosticMessageKind.Error) is { } fault)
        {
            return new FlatToml([], [], (fault.Span.Start.Line + 1, fault.Message));
        }

        var entries = new List<TomlEntry>();
        var tables = new List<(IReadOnlyList<string> Path, int Line)>();
        var counts = new Dictionary<string, int>();
        AddAll(document.KeyValues, [], entries);
        foreach (var table in document.Tables)
        {
            var path = Place(Names(table.Name!), table is TableArraySyntax, counts);
            tables.Add((path, table.Span.Start.Line + 1));
            AddAll(table.Items, path, entries);
        }

        return new FlatToml(entries, tables, null);
    }

    public TomlEntry? At(params string[] path) => Entries.FirstOrDefault(entry => entry.IsAt(path));

    /// <summary>A table belongs to the last element of every array of tables above it.</summary>
    private static List<string> Place(List<string> names, bool isElement, Dictionary<string, int> counts)
    {
        var path = new List<string>();
        foreach (var (at, name) in names.Index())
        {
            path.Add(name);
            var key = string.Join('\n', path);
            if (isElement && at == names.Count - 1)
            {
                counts[key] = counts.GetValueOrDefault(key, -1) + 1;
            }

            if (counts.TryGetValue(key, out var count))
            {
                path.Add($"#{count}");
            }
        }

        return path;
    }

    private static void AddAll(SyntaxList<KeyValueSyntax> items, IReadOnlyList<string> table, List<TomlEntry> entries)
    {
        foreach (var item in items)
        {
            Add([.. table, .. Names(item.Key!)], item.Value, item.Span.Start.Line + 1, entries);
        }
    }

    private static void Add(IReadOnlyList<string> path, ValueSyntax? value, int line, List<TomlEntry> entries)
    {
        if (value is InlineTableSyntax table)
        {
            foreach (var item in table.Items)
            {
                Add([.. path, .. Names(item.KeyValue!.Key!)], item.KeyValue.Value, line, entries);
            }

            return;
        }

        if (value is ArraySyntax tables && tables.Items.Any(item => item.Value is InlineTableSyntax))
        {
            foreach (var (at, item) in tables.Items.Index())
            {
                Add([.. path, $"#{at}"], item.Value, line, entries);
            }

            return;
        }

        entries.Add(new TomlEntry(path, value is ArraySyntax list ? [.. list.Items.Select(item => Text(item.Value))] : [Text(value)], line));
    }

    private static string Text(ValueSyntax? value) => value switch
    {
        StringValueSyntax text => text.Value ?? "",
        BooleanValueSyntax boolean => boolean.Value ? "true" : "false",
        _ => value?.ToString()?.Trim() ?? "",
    };

    private static List<string> Names(KeySyntax key) => [Name(key.Key), .. key.DotKeys.Select(part => Name(part.Key))];

    private static string Name(BareKeyOrStringValueSyntax? key) => key switch
    {
        StringValueSyntax text => text.Value ?? "",
        BareKeySyntax bare => bare.Key?.Text ?? "",
        _ => "",
    };
}
