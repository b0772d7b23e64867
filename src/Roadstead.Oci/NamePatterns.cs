using System.Diagnostics.CodeAnalysis;
using System.Text;
using System.Text.RegularExpressions;

namespace Roadstead.Oci;

/// <summary>
/// Globs over names of repositories or tags, whole ones: <c>*</c> stands for anything but a slash, <c>**</c> for anything, <c>?</c> for one character, <c>{a,b}</c> for either, <c>[a-z]</c> for one of a
/// set and <c>[!a-z]</c> for one of no such.
/// </summary>
/// <param name="patterns">One that is malformed, as <see cref="TryParse"/> has it, means no name.</param>
/// <remarks>What Harbor's policies mean by doublestar: https://github.com/bmatcuk/doublestar#patterns</remarks>
public sealed class NamePatterns(IEnumerable<string> patterns)
{
    private readonly Regex?[] _patterns = [.. patterns.Select(pattern => Read(pattern).Regex)];

    /// <summary>True if there is none.</summary>
    public bool IsEmpty => _patterns.Length == 0;

    /// <summary>True if one of them means the name.</summary>
    public bool Match(string name) => _patterns.Any(pattern => pattern?.IsMatch(name) == true);

    /// <summary>Tells whether a glob is one.</summary>
    /// <param name="glob">What was given.</param>
    /// <param name="fault">What is wrong with it; continues a sentence that begins with it.</param>
    public static bool TryParse(string glob, [NotNullWhen(false)] out string? fault)
    {
        ArgumentNullException.ThrowIfNull(glob);
        fault = Read(glob).Fault;
        return fault is null;
    }

    private static (Regex? Regex, string? Fault) Read(string glob)
    {
        var body = new StringBuilder();
        var isOpen = false;
        for (var i = 0; i < glob.Length; i++)
        {
            switch (glob[i])
            {
                case '*' when i + 1 < glob.Length && glob[i + 1] == '*':
                    body.Append(".*");
                    i++;
                    break;
                case '*':
                    body.Append("[^/]*");
                    break;
                case '?':
                    body.Append("[^/]");
                    break;
                case '{' when isOpen:
                    return (null, "has { within {, which is not taken");
                case '{':
                    body.Append("(?:");
                    isOpen = true;
                    break;
                case ',' when isOpen:
                    body.Append('|');
                    break;
                case '}' when isOpen:
                    body.Append(')');
                    isOpen = false;
                    break;
                case '}' or ']' or '\\':
                    return (null, $"has {glob[i]} where it means nothing");
                case '[':
                    var (set, end) = Set(glob, i);
                    if (set is null)
                    {
                        return (null, "has [ without a set and its ]");
                    }

                    body.Append(set);
                    i = end;
                    break;
                default:
                    body.Append(Regex.Escape(glob[i].ToString()));
                    break;
            }
        }

        // NonBacktracking: a pattern cannot make a request slow.
        return isOpen ? (null, "has { without its }") : (new Regex($"^(?:{body})$", RegexOptions.NonBacktracking | RegexOptions.CultureInvariant), null);
    }

    private static (string? Set, int End) Set(string glob, int start)
    {
        var end = glob.IndexOf(']', start + 1);
        var text = end < 0 ? "" : glob[(start + 1)..end];
        var isNegated = text.StartsWith('!') || text.StartsWith('^');
        text = isNegated ? text[1..] : text;
        if (text.Length == 0 || text.Any(letter => !char.IsAsciiLetterOrDigit(letter) && letter is not ('-' or '.' or '_')) || !IsInOrder(text))
        {
            return (null, start);
        }

        // One at an edge stands for itself, whatever comes to stand beside it.
        var hyphen = text[0] == '-' || text[^1] == '-' ? "\\-" : "";
        return ($"[{(isNegated ? "^/" : "")}{text.Trim('-').Replace(".", "\\.", StringComparison.Ordinal)}{hyphen}]", end);
    }

    // A hyphen is of a range, or stands first or last.
    private static bool IsInOrder(string set)
    {
        for (var i = 1; i + 1 < set.Length; i++)
        {
            if (set[i] == '-' && (set[i - 1] > set[i + 1] || set[i - 1] == '-' || set[i + 1] == '-' || (i > 2 && set[i - 2] == '-')))
            {
                return false;
            }
        }

        return true;
    }
}
