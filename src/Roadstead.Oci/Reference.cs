using System.Buffers;
using System.Diagnostics.CodeAnalysis;

namespace Roadstead.Oci;

/// <summary>What names a manifest within a repository: a tag or a digest.</summary>
/// <remarks>OCI distribution specification, "Pulling manifests".</remarks>
public readonly record struct Reference
{
    /// <summary>The longest tag in characters.</summary>
    public const int MaxTagLength = 128;

    private static readonly SearchValues<char> TagCharacters = SearchValues.Create("ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789._-");
    private readonly string? _text;

    private Reference(string text, Digest? digest)
    {
        _text = text;
        Digest = digest;
    }

    /// <summary>A reference by digest.</summary>
    public Reference(Digest digest) : this(digest.ToString(), digest)
    {
    }

    /// <summary>The digest; null where the reference is a tag.</summary>
    public Digest? Digest { get; }

    /// <summary>True for a tag, which may name another manifest tomorrow.</summary>
    public bool IsTag => Digest is null;

    /// <summary>Reads a tag, or a digest where the text holds a colon, which no tag may.</summary>
    public static bool TryParse([NotNullWhen(true)] string? text, out Reference reference)
    {
        reference = default;
        if (text is null)
        {
            return false;
        }

        if (text.Contains(':', StringComparison.Ordinal))
        {
            if (!Oci.Digest.TryParse(text, out var digest))
            {
                return false;
            }

            reference = new Reference(digest);
            return true;
        }

        if (!IsTagText(text))
        {
            return false;
        }

        reference = new Reference(text, null);
        return true;
    }

    /// <summary>Reads a reference that is known to be valid.</summary>
    /// <exception cref="FormatException">It is not.</exception>
    public static Reference Parse(string text) =>
        TryParse(text, out var reference) ? reference : throw new FormatException($"'{text}' is not a reference.");

    private static bool IsTagText(ReadOnlySpan<char> text) =>
        text.Length is > 0 and <= MaxTagLength
        && (char.IsAsciiLetterOrDigit(text[0]) || text[0] == '_')
        && !text.ContainsAnyExcept(TagCharacters);

    /// <summary>The tag, or the digest's canonical form.</summary>
    public override string ToString() => _text ?? throw new InvalidOperationException("An empty reference has no text.");
}
