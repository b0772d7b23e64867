using Tomlyn.Syntax;

namespace Roadstead.Cli.NodeFormats;

/// <param name="Line">Counted from one.</param>
/// <param name="Start">Of the statement, in characters.</param>
/// <param name="End">Behind it and the end of its line.</param>
internal readonly record struct TomlPlace(int Line, int Start, int End);

/// <summary>A <c>[header]</c> with the statements below it.</summary>
/// <param name="IsElement">It begins an element of an array of tables, <c>[[header]]</c>.</param>
internal sealed record TomlHeader(IReadOnlyList<string> Path, TomlPlace Place, bool IsElement)
{
    public bool IsUnder(params IReadOnlyList<string> path) => Path.Count >= path.Count && path.Zip(Path).All(pair => pair.First == pair.Second);

    /// <summary>Takes it out of its text, with the empty lines behind it if there is one before it; comments of what follows stay.</summary>
    public TextEdit Removal(string text)
    {
        var start = TextEdit.LineStart(text, Place.Start);
        var end = Place.End;
        var isApart = start == 0 || string.IsNullOrWhiteSpace(text[TextEdit.LineStart(text, start - 1)..start]);
        while (isApart && end < text.Length && string.IsNullOrWhiteSpace(text[end..TextEdit.NextLine(text, end)]))
        {
            end = TextEdit.NextLine(text, end);
        }

        return new TextEdit(start, end - start, "");
    }
}

/// <summary>A key of a table and what it stands for.</summary>
/// <param name="Value">Null: it is no value, but a table of its own.</param>
/// <param name="Raw">The value as the file has it.</param>
internal sealed record TomlItem(string Key, TomlPlace Place, ValueSyntax? Value, string Raw)
{
    public int Line => Place.Line;

    public TomlTable? Table { get; init; }

    /// <summary>An array of tables.</summary>
    public List<TomlTable>? Tables { get; init; }

    /// <summary>Null: it is no string.</summary>
    public string? String => (Value as StringValueSyntax)?.Value;

    /// <summary>Null: it is no integer, in whatever base.</summary>
    public long? Integer => (Value as IntegerValueSyntax)?.Value;

    /// <summary>Null: it is neither true nor false.</summary>
    public bool? Flag => (Value as BooleanValueSyntax)?.Value;

    /// <summary>Null: it is no array of strings.</summary>
    public IReadOnlyList<string>? Strings => Value is ArraySyntax array && array.Items.All(item => item.Value is StringValueSyntax)
        ? [.. array.Items.Select(item => ((StringValueSyntax)item.Value!).Value!)] : null;

    /// <summary>Where the value begins, in characters.</summary>
    public int ValueStart => Value!.Span.Start.Offset;
}

/// <summary>A key that a table has already.</summary>
/// <param name="Line">Where it is given again.</param>
/// <param name="First">The line on which it is given first.</param>
internal sealed record TomlTwice(int Line, string Key, int First);
