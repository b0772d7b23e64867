using System.Security.Cryptography;

namespace Roadstead.Testing.Images;

/// <summary>Digests as strings, worked out apart from the code under test.</summary>
public static class ContentDigest
{
    public static string Sha256(ReadOnlySpan<byte> bytes) => "sha256:" + Convert.ToHexStringLower(SHA256.HashData(bytes));

    public static string Sha512(ReadOnlySpan<byte> bytes) => "sha512:" + Convert.ToHexStringLower(SHA512.HashData(bytes));

    /// <param name="algorithm">sha256 or sha512.</param>
    public static string Of(ReadOnlySpan<byte> bytes, string algorithm) => algorithm switch
    {
        "sha256" => Sha256(bytes),
        "sha512" => Sha512(bytes),
        _ => throw new ArgumentOutOfRangeException(nameof(algorithm), algorithm, "sha256 or sha512"),
    };
}
