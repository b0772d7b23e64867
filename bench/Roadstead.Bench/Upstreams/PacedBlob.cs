using System.Security.Cryptography;

namespace Roadstead.Bench.Upstreams;

/// <summary>A blob of a few bytes of its own and then the same random ones over and over, so that many large ones need little memory.</summary>
internal sealed class PacedBlob
{
    private const int HeadSize = 32;

    private static readonly byte[] Filling = RandomNumberGenerator.GetBytes(16 * 1024 * 1024);

    private readonly byte[] _head = RandomNumberGenerator.GetBytes(HeadSize);

    private PacedBlob(long size)
    {
        Size = size;
        using var hash = IncrementalHash.CreateHash(HashAlgorithmName.SHA256);
        for (long position = 0; position < size;)
        {
            var chunk = At(position, 1024 * 1024);
            hash.AppendData(chunk.Span);
            position += chunk.Length;
        }

        Digest = "sha256:" + Convert.ToHexStringLower(hash.GetHashAndReset());
    }

    public string Digest { get; }

    public long Size { get; }

    public static PacedBlob New(long size) => new(size);

    /// <summary>Some of its bytes, at most <paramref name="most"/>.</summary>
    public ReadOnlyMemory<byte> At(long position, int most)
    {
        var left = (int)Math.Min(most, Size - position);
        if (position < HeadSize)
        {
            var head = _head.AsMemory((int)position);
            return head[..Math.Min(left, head.Length)];
        }

        var filling = Filling.AsMemory((int)((position - HeadSize) % Filling.Length));
        return filling[..Math.Min(left, filling.Length)];
    }
}
