using System.Buffers;

namespace Roadstead.Oci.Client;

/// <summary>Reads bodies that must be small, whatever their length claims.</summary>
internal static class BoundedBody
{
    /// <summary>True if the bytes are not those of what was asked for but an encoding of them, which no request here allows.</summary>
    public static bool IsEncoded(HttpContent content) =>
        content.Headers.ContentEncoding.Any(encoding => !encoding.Equals("identity", StringComparison.OrdinalIgnoreCase));

    /// <summary>The whole body; null if it is longer than <paramref name="limit"/> bytes.</summary>
    public static async Task<byte[]?> Read(HttpContent content, int limit, CancellationToken cancellation)
    {
        if (content.Headers.ContentLength > limit)
        {
            return null;
        }

        using var stream = await content.ReadAsStreamAsync(cancellation).ConfigureAwait(false);
        var bytes = new ArrayBufferWriter<byte>(16 * 1024);
        while (true)
        {
            var read = await stream.ReadAsync(bytes.GetMemory(16 * 1024), cancellation).ConfigureAwait(false);
            if (read == 0)
            {
                return bytes.WrittenSpan.ToArray();
            }

            bytes.Advance(read);
            if (bytes.WrittenCount > limit)
            {
                return null;
            }
        }
    }
}
