using System.Buffers.Binary;

namespace Roadstead.Server.Registry;

/// <summary>Gzip without compression: no compressor's version changes its bytes.</summary>
/// <remarks>RFC 1952, with one stored block of RFC 1951 section 3.2.4.</remarks>
internal static class StoredGzip
{
    private const int HeaderLength = 10;
    private const int BlockHeaderLength = 5;
    private const uint Polynomial = 0xedb88320;

    /// <param name="content">At most 65535 bytes.</param>
    public static byte[] Of(ReadOnlySpan<byte> content)
    {
        var length = checked((ushort)content.Length);
        var gzip = new byte[HeaderLength + BlockHeaderLength + length + 8];

        // Deflate; no name and no time; of an unknown system.
        ReadOnlySpan<byte> header = [0x1f, 0x8b, 8, 0, 0, 0, 0, 0, 0, 255];
        header.CopyTo(gzip);
        var block = gzip.AsSpan(HeaderLength);
        block[0] = 1;
        BinaryPrimitives.WriteUInt16LittleEndian(block[1..], length);
        BinaryPrimitives.WriteUInt16LittleEndian(block[3..], (ushort)~length);
        content.CopyTo(block[BlockHeaderLength..]);
        var tail = block[(BlockHeaderLength + length)..];
        BinaryPrimitives.WriteUInt32LittleEndian(tail, Checksum(content));
        BinaryPrimitives.WriteUInt32LittleEndian(tail[4..], length);
        return gzip;
    }

    private static uint Checksum(ReadOnlySpan<byte> content)
    {
        var sum = uint.MaxValue;
        foreach (var letter in content)
        {
            sum ^= letter;
            for (var bit = 0; bit < 8; bit++)
            {
                sum = (sum & 1) == 0 ? sum >> 1 : (sum >> 1) ^ Polynomial;
            }
        }

        return ~sum;
    }
}
