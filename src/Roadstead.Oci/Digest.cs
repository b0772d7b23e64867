using System.Buffers;
using System.Diagnostics.CodeAnalysis;
using System.Security.Cryptography;

namespace Roadstead.Oci;

/// <summary>The hash functions of digests that a registry must know.</summary>
/// <remarks>OCI image specification, descriptor.md, "Registered algorithms".</remarks>
public enum DigestAlgorithm
{
    /// <summary>SHA-256, 64 hexadecimal digits.</summary>
    Sha256,

    /// <summary>SHA-512, 128 hexadecimal digits.</summary>
    Sha512,
}

/// <summary>The identity of content: an algorithm and the hash of the bytes, as <c>sha256:…</c>.</summary>
/// <remarks>
/// Only what <see cref="TryParse"/> accepts can be held, so a digest is safe in a path or a query. OCI image
/// specification, descriptor.md, "Digests".
/// </remarks>
public readonly record struct Digest
{
    private static readonly SearchValues<char> HexDigits = SearchValues.Create("0123456789abcdef");
    private readonly string? _text;

    private Digest(string text, DigestAlgorithm algorithm)
    {
        _text = text;
        Algorithm = algorithm;
    }

    /// <summary>The hash function.</summary>
    public DigestAlgorithm Algorithm { get; }

    /// <summary>The hash in lower-case hexadecimal digits.</summary>
    public ReadOnlySpan<char> Hex => ToString().AsSpan(PrefixLength);

    /// <summary>The algorithm's name as digests write it: <c>sha256</c> or <c>sha512</c>.</summary>
    public string AlgorithmName => Algorithm == DigestAlgorithm.Sha256 ? "sha256" : "sha512";

    // "sha256:" and "sha512:" are of one length.
    private const int PrefixLength = 7;

    /// <summary>Reads a digest in its canonical form; upper-case digits and unknown algorithms are refused.</summary>
    public static bool TryParse([NotNullWhen(true)] string? text, out Digest digest)
    {
        digest = default;
        if (text is null || text.Length < PrefixLength)
        {
            return false;
        }

        DigestAlgorithm algorithm;
        int digits;
        if (text.StartsWith("sha256:", StringComparison.Ordinal))
        {
            (algorithm, digits) = (DigestAlgorithm.Sha256, 64);
        }
        else if (text.StartsWith("sha512:", StringComparison.Ordinal))
        {
            (algorithm, digits) = (DigestAlgorithm.Sha512, 128);
        }
        else
        {
            return false;
        }

        var hex = text.AsSpan(PrefixLength);
        if (hex.Length != digits || hex.ContainsAnyExcept(HexDigits))
        {
            return false;
        }

        digest = new Digest(text, algorithm);
        return true;
    }

    /// <summary>Reads a digest that is known to be valid.</summary>
    /// <exception cref="FormatException">It is not.</exception>
    public static Digest Parse(string text) =>
        TryParse(text, out var digest) ? digest : throw new FormatException($"'{text}' is not a digest.");

    /// <summary>The digest of <paramref name="content"/>.</summary>
    public static Digest Of(ReadOnlySpan<byte> content, DigestAlgorithm algorithm = DigestAlgorithm.Sha256) =>
        FromHash(algorithm == DigestAlgorithm.Sha256 ? SHA256.HashData(content) : SHA512.HashData(content), algorithm);

    /// <summary>The digest whose hash is <paramref name="hash"/>.</summary>
    public static Digest FromHash(ReadOnlySpan<byte> hash, DigestAlgorithm algorithm) =>
        Parse((algorithm == DigestAlgorithm.Sha256 ? "sha256:" : "sha512:") + Convert.ToHexStringLower(hash));

    /// <summary>A running hash of this digest's algorithm.</summary>
    public IncrementalHash CreateHash() => IncrementalHash.CreateHash(
        Algorithm == DigestAlgorithm.Sha256 ? HashAlgorithmName.SHA256 : HashAlgorithmName.SHA512);

    /// <summary>True if <paramref name="hash"/>'s bytes so far hash to this digest. Resets the hash.</summary>
    public bool Matches(IncrementalHash hash)
    {
        ArgumentNullException.ThrowIfNull(hash);
        return FromHash(hash.GetHashAndReset(), Algorithm) == this;
    }

    /// <summary>The canonical form.</summary>
    public override string ToString() => _text ?? throw new InvalidOperationException("An empty digest has no text.");
}
