using Roadstead.Cli.NodeInstall;
using Tomlyn.Parsing;
using Tomlyn.Syntax;

namespace Roadstead.Cli.NodeFormats;

/// <summary>A file of TOML: its tables, and the place of every key in its text.</summary>
internal sealed class TomlFile
{
    private TomlFile(string path, string text, TomlTable root, IReadOnlyList<TomlHeader> headers) => (Path, Text, Root, Headers) = (path, text, root, headers);

    public string Path { get; }

    /// <summary>Without a byte-order mark.</summary>
    public string Text { get; }

    public TomlTable Root { get; }

    /// <summary>In the order of the file.</summary>
    public IReadOnlyList<TomlHeader> Headers { get; }

    /// <summary>Null: it does not parse, and the faults say where.</summary>
    /// <param name="consequence">What the runtime does with such a file, and what the operator is to do: a sentence or two.</param>
    public static TomlFile? Read(string path, string text, List<NodeFault> faults, string consequence)
    {
        text = ByteOrderMark.Without(text);
        var document = SyntaxParser.Parse(text, path, validate: true);
        IReadOnlyList<TomlHeader> headers = [.. document.Tables.Select(TomlTable.HeaderOf)];

        // What follows the first is often its echo.
        if (document.Diagnostics.FirstOrDefault(diagnostic => diagnostic.Kind == DiagnosticMessageKind.Error && !IsOfFormerElement(diagnostic, headers)) is { } first)
        {
            faults.Add(new NodeFault(path, TomlCause.Line(text) ?? (first.Span.Start.Line + 1), TomlCause.Of(text, first.Message), consequence));
            return null;
        }

        var twice = new List<TomlTwice>();
        var root = TomlTable.Of(document, text, twice);
        if (twice.Count > 0)
        {
            faults.Add(new NodeFault(path, twice[0].Line, $"is not valid TOML: {twice[0].Key} is given twice, first on line {twice[0].First}", consequence));
            return null;
        }

        return new TomlFile(path, text, root, headers);
    }

    /// <summary>
    /// The parser holds a key of one element of an array of tables for the same key of an element before it, where the first is a table with a header and the second is
    /// written on one line: what was there before the element began cannot be given twice in it. What is given twice in one element, <see cref="TomlTable"/> finds.
    /// </summary>
    private static bool IsOfFormerElement(DiagnosticMessage diagnostic, IReadOnlyList<TomlHeader> headers)
    {
        var line = diagnostic.Span.Start.Line + 1;
        return TomlCause.FirstOfTwo(diagnostic.Message) is { } known
            && headers.LastOrDefault(header => header.Place.Line <= line) is { } below
            && headers.LastOrDefault(header => header.IsElement && header.Place.Line <= line && below.IsUnder(header.Path) && !(header == below && below.Place.Line == line)) is { } element
            && known < element.Place.Line;
    }
}
