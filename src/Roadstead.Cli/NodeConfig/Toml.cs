using System.Globalization;
using System.Text;

namespace Roadstead.Cli.NodeConfig;

/// <summary>Words of TOML.</summary>
internal static class Toml
{
    /// <summary>A basic string. TOML 1.0, "String".</summary>
    public static string Quote(string text)
    {
        var quoted = new StringBuilder("\"");
        foreach (var c in text)
        {
            _ = c switch
            {
                '"' or '\\' => quoted.Append('\\').Append(c),
                < ' ' or '\x7f' => quoted.Append(CultureInfo.InvariantCulture, $"\\u{(int)c:x4}"),
                _ => quoted.Append(c),
            };
        }

        return quoted.Append('"').ToString();
    }

    public static string List(params IEnumerable<string> items) => $"[{string.Join(", ", items.Select(Quote))}]";
}
