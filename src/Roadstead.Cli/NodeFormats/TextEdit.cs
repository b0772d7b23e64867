using System.Text;

namespace Roadstead.Cli.NodeFormats;

/// <summary>One change of a text; all around it stays byte for byte.</summary>
/// <param name="Start">Where, in characters.</param>
/// <param name="Length">How many characters go; zero: the text is put in.</param>
internal sealed record TextEdit(int Start, int Length, string Text)
{
    /// <summary>The text with every edit made; of edits at one place the first given comes first.</summary>
    public static string Apply(string text, IEnumerable<TextEdit> edits)
    {
        var edited = new StringBuilder();
        var at = 0;
        foreach (var edit in edits.OrderBy(edit => edit.Start))
        {
            edited.Append(text, at, Math.Max(0, edit.Start - at)).Append(edit.Text);
            at = Math.Max(at, edit.Start + edit.Length);
        }

        return edited.Append(text, at, text.Length - at).ToString();
    }

    /// <summary>Where the line begins that a place is in.</summary>
    public static int LineStart(string text, int at) => at == 0 ? 0 : text.LastIndexOf('\n', at - 1) + 1;

    /// <summary>Where the line after it begins.</summary>
    public static int NextLine(string text, int at) => text.IndexOf('\n', Math.Min(at, text.Length)) is >= 0 and var end ? end + 1 : text.Length;

    /// <summary>White space between the beginning of a place's line and the first sign on it.</summary>
    public static string Indent(string text, int at)
    {
        var start = LineStart(text, at);
        var end = start;
        while (end < text.Length && text[end] is ' ' or '\t')
        {
            end++;
        }

        return text[start..end];
    }
}
