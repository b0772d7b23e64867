using System.Globalization;
using System.Text.RegularExpressions;

namespace Roadstead.Cli.NodeFormats;

/// <summary>Why a text is no TOML, in words for people. The parser's own name its tokens and quote the text, which may be a password.</summary>
internal static partial class TomlCause
{
    private const string NotUtf8 = "Invalid UTF-16";

    // The first that is in the parser's words holds.
    private static readonly (string Sign, string Cause)[] Causes =
    [
        ("closebracket", "a bracket is missing or too much"),
        ("for an array", "a list in brackets lacks a comma or its end"),
        ("inline table", "a table in braces lacks a comma or its end"),
        ("while expecting a value", "a key has no value"),
        ("for a value", "the value is of no form that TOML has; a string must be in quotes"),
        ("after a key", "a key has no = behind it"),
        ("newline in a string", "a string is not closed on its line"),
        ("leading zero", "a number begins with a zero"),
        ("escape", "a string in double quotes has a backslash before what must not follow one; put it in single quotes, or write two"),
        ("newline`", "something stands behind a value that does not belong on its line"),
        ("Unexpected token [", "a line begins with what is no key"),
    ];

    /// <summary>What is wrong with the file, to be put after its name.</summary>
    /// <param name="message">The parser's.</param>
    public static string Of(string text, string message)
    {
        if (message.StartsWith(NotUtf8, StringComparison.Ordinal) || Line(text) is not null)
        {
            return "is not in UTF-8";
        }

        return $"is not valid TOML: {(Twice().Match(message) is { Success: true } twice
            ? $"{twice.Groups[1].Value} is given twice, first on line {twice.Groups[2].Value}"
            : Causes.FirstOrDefault(cause => message.Contains(cause.Sign, StringComparison.OrdinalIgnoreCase)).Cause ?? "something is missing or too much")}";
    }

    /// <summary>The first line of a text with a sign that stands for bytes that are no UTF-8; null: there is none.</summary>
    public static int? Line(string text) => text.IndexOf('\uFFFD', StringComparison.Ordinal) is >= 0 and var at ? 1 + text.AsSpan(0, at).Count('\n') : null;

    /// <summary>The line on which a key that the parser holds for given twice is given first; null: it is about something else.</summary>
    public static int? FirstOfTwo(string message) => Twice().Match(message) is { Success: true } twice ? int.Parse(twice.Groups[2].ValueSpan, CultureInfo.InvariantCulture) : null;

    [GeneratedRegex(@"^The key `([^`]+)` is already defined at \((\d+),")]
    private static partial Regex Twice();
}
