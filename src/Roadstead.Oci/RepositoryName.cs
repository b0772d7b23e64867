using System.Diagnostics.CodeAnalysis;

namespace Roadstead.Oci;

/// <summary>The name of a repository within a registry, as <c>library/nginx</c>.</summary>
/// <remarks>OCI distribution specification, "Pulling manifests": path components of <c>[a-z0-9]+((\.|_|__|-+)[a-z0-9]+)*</c>.</remarks>
public readonly record struct RepositoryName
{
    /// <summary>The longest name in characters that clients accept.</summary>
    public const int MaxLength = 255;

    private readonly string? _text;

    private RepositoryName(string text) => _text = text;

    /// <summary>Reads a name; nothing is normalised.</summary>
    public static bool TryParse([NotNullWhen(true)] string? text, out RepositoryName name)
    {
        name = default;
        if (string.IsNullOrEmpty(text) || text.Length > MaxLength)
        {
            return false;
        }

        foreach (var component in text.AsSpan().Split('/'))
        {
            if (!IsComponent(text.AsSpan(component)))
            {
                return false;
            }
        }

        name = new RepositoryName(text);
        return true;
    }

    /// <summary>Reads a name that is known to be valid.</summary>
    /// <exception cref="FormatException">It is not.</exception>
    public static RepositoryName Parse(string text) =>
        TryParse(text, out var name) ? name : throw new FormatException($"'{text}' is not a repository name.");

    /// <summary>True for one path component of a name.</summary>
    public static bool IsComponent(ReadOnlySpan<char> text)
    {
        if (text.IsEmpty || !char.IsAsciiLetterOrDigit(text[0]) || !char.IsAsciiLetterOrDigit(text[^1]))
        {
            return false;
        }

        for (var i = 0; i < text.Length;)
        {
            if (char.IsAsciiLetterLower(text[i]) || char.IsAsciiDigit(text[i]))
            {
                i++;
                continue;
            }

            var run = text[i..].IndexOfAnyExcept(text[i]);
            var allowed = text[i] switch { '.' => run == 1, '_' => run <= 2, '-' => true, _ => false };
            if (!allowed || !char.IsAsciiLetterOrDigit(text[i + run]))
            {
                return false;
            }

            i += run;
        }

        return true;
    }

    /// <summary>True if the name has one component, as Docker Hub's official images are written.</summary>
    public bool IsSingle => !ToString().Contains('/', StringComparison.Ordinal);

    /// <summary>The name as it was given.</summary>
    public override string ToString() => _text ?? throw new InvalidOperationException("An empty name has no text.");
}
