using System.Text.RegularExpressions;

namespace Roadstead.Server.Projects;

/// <summary>Globs over names of repositories or tags, whole ones: <c>*</c> stands for anything but a slash, <c>**</c> for anything, <c>?</c> for one character.</summary>
internal sealed class RepositoryPatterns(IEnumerable<string> patterns)
{
    private readonly Regex[] _patterns = [.. patterns.Select(Compile)];

    public bool IsEmpty => _patterns.Length == 0;

    public bool Match(string name) => _patterns.Any(pattern => pattern.IsMatch(name));

    // NonBacktracking: a pattern cannot make a request slow.
    private static Regex Compile(string glob)
    {
        var body = Regex.Escape(glob).Replace(@"\*\*", ".*", StringComparison.Ordinal).Replace(@"\*", "[^/]*", StringComparison.Ordinal).Replace(@"\?", "[^/]", StringComparison.Ordinal);
        return new Regex($"^{body}$", RegexOptions.NonBacktracking | RegexOptions.CultureInvariant);
    }
}
