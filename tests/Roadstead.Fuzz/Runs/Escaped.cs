using System.Globalization;
using System.Text;

namespace Roadstead.Fuzz.Runs;

/// <summary>Text as a literal of C#, so that a failure can be copied into a test.</summary>
internal static class Escaped
{
    private const int MaxShown = 2000;

    public static string Text(string text)
    {
        var shown = new StringBuilder("\"");
        foreach (var letter in text.Take(MaxShown))
        {
            shown.Append(letter switch
            {
                '"' => "\\\"",
                '\\' => "\\\\",
                '\n' => "\\n",
                '\r' => "\\r",
                '\t' => "\\t",
                < ' ' or > '~' => string.Create(CultureInfo.InvariantCulture, $"\\u{(int)letter:x4}"),
                _ => letter.ToString(),
            });
        }

        return shown.Append(text.Length > MaxShown ? $"\"… ({text.Length} letters)" : "\"").ToString();
    }
}
