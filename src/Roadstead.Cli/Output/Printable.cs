namespace Roadstead.Cli.Output;

/// <summary>Text of others, so that it cannot command a terminal or break a line.</summary>
internal static class Printable
{
    public static string Line(string text) => text.Any(char.IsControl) ? string.Concat(text.Select(letter => char.IsControl(letter) ? ' ' : letter)) : text;
}
