using System.Text;
using System.Text.Json;
using System.Text.RegularExpressions;

namespace Roadstead.Cli.NodeConfig;

/// <summary>Words of YAML, for readers of 1.1 and 1.2 alike.</summary>
internal static partial class Yaml
{
    /// <summary>Plain where no reader could take it for something else; else as JSON has it, which is YAML.</summary>
    public static string Scalar(string text) => Plain().IsMatch(text) && !Word().IsMatch(text) ? text : Quote(text);

    public static string Quote(string text) => $"\"{JsonEncodedText.Encode(text, System.Text.Encodings.Web.JavaScriptEncoder.UnsafeRelaxedJsonEscaping)}\"";

    /// <summary>A literal block for text of whole lines, indented by so many spaces; else quoted.</summary>
    public static string Block(string text, int indent)
    {
        if (!text.EndsWith('\n') || text.StartsWith(' ') || text.StartsWith('\n') || text.EndsWith("\n\n", StringComparison.Ordinal) || text.Any(c => c is < ' ' and not '\n' or >= '\x7f'))
        {
            return Quote(text);
        }

        var block = new StringBuilder("|");
        foreach (var line in text[..^1].Split('\n'))
        {
            block.Append('\n');
            if (line.Length > 0)
            {
                block.Append(' ', indent).Append(line);
            }
        }

        return block.ToString();
    }

    [GeneratedRegex(@"^[A-Za-z/][A-Za-z0-9._/-]*$")]
    private static partial Regex Plain();

    [GeneratedRegex("^(?:true|false|yes|no|on|off|y|n|null)$", RegexOptions.IgnoreCase)]
    private static partial Regex Word();
}
