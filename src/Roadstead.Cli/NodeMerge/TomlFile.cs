using System.Text.RegularExpressions;
using Roadstead.Cli.NodeInstall;
using Tomlyn.Parsing;
using Tomlyn.Syntax;

namespace Roadstead.Cli.NodeMerge;

/// <summary>A file of TOML: its tables, and the place of every key in its text.</summary>
internal sealed partial class TomlFile
{
    private TomlFile(string path, string text, TomlTable root, IReadOnlyList<TomlHeader> headers) => (Path, Text, Root, Headers) = (path, text, root, headers);

    public string Path { get; }

    public string Text { get; }

    public TomlTable Root { get; }

    /// <summary>In the order of the file.</summary>
    public IReadOnlyList<TomlHeader> Headers { get; }

    /// <summary>Null: it does not parse, and the faults say where.</summary>
    /// <param name="consequence">What the runtime does with such a file, and what the operator is to do: a sentence or two.</param>
    public static TomlFile? Read(string path, string text, List<NodeFault> faults, string consequence)
    {
        var document = SyntaxParser.Parse(text, path, validate: true);
        if (!document.HasErrors)
        {
            return new TomlFile(path, text, TomlTable.Of(document, text), [.. document.Tables.Select(TomlTable.HeaderOf)]);
        }

        // What follows the first is often its echo.
        var first = document.Diagnostics.First(diagnostic => diagnostic.Kind == DiagnosticMessageKind.Error);
        faults.Add(new NodeFault(path, first.Span.Start.Line + 1, $"is not valid TOML: {Explanation(first.Message)}. {consequence}"));
        return null;
    }

    /// <summary>What the parser quotes of a file may be a password.</summary>
    private static string Explanation(string message) => Twice().Match(message) is { Success: true } twice
        ? $"{twice.Groups[1].Value} is given twice, first on line {twice.Groups[2].Value}"
        : Quotation().Replace(message, "…").ReplaceLineEndings(" ").TrimEnd('.');

    [GeneratedRegex(@"^The key `([^`]+)` is already defined at \((\d+),")]
    private static partial Regex Twice();

    [GeneratedRegex("`[^`]{3,}`")]
    private static partial Regex Quotation();
}
