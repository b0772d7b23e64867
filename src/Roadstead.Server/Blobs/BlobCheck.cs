using System.Buffers;
using Roadstead.Oci;

namespace Roadstead.Server.Blobs;

/// <summary>What a look at a blob's bytes found.</summary>
internal enum BlobFinding
{
    /// <summary>They hash to the digest.</summary>
    Right,

    /// <summary>They do not, or the disk has lost some.</summary>
    Damaged,
}

/// <summary>Reads a blob again, to see whether its bytes are still those of its digest.</summary>
internal static class BlobCheck
{
    private const int LargestChunk = 1024 * 1024;

    // What a disk or file system says of bytes that it has lost: EIO, EBADMSG (a checksum of XFS, ext4 or NFS), EUCLEAN (a damaged structure). .NET
    // hands errno on as the exception's HResult.
    private const int InputOutput = 5;
    private const int BadMessage = 74;
    private const int NeedsCleaning = 117;

    /// <param name="store">Where it is.</param>
    /// <param name="digest">Which.</param>
    /// <param name="read">Told how many bytes were read, after each few; what it returns is awaited before the next.</param>
    /// <param name="chunk">The most bytes to read at once.</param>
    /// <returns>What was found; null if the store does not hold it.</returns>
    /// <exception cref="IOException">It could not be read for a reason that says nothing of its bytes, as too many open files.</exception>
    /// <exception cref="UnauthorizedAccessException">It may not be read, which says nothing of its bytes either.</exception>
    public static async Task<BlobFinding?> Run(FileBlobStore store, Digest digest, Func<int, Task> read, int chunk = LargestChunk)
    {
        var buffer = ArrayPool<byte>.Shared.Rent(Math.Min(chunk, LargestChunk));
        try
        {
            using var blob = store.Open(digest);
            return blob is null ? null : await Hash(blob, digest, read, buffer.AsMemory(0, Math.Min(chunk, LargestChunk))).ConfigureAwait(false);
        }
        catch (IOException exception) when (exception.HResult is InputOutput or BadMessage or NeedsCleaning)
        {
            // What the disk can no longer read is as lost as what it reads wrong.
            return BlobFinding.Damaged;
        }
        finally
        {
            ArrayPool<byte>.Shared.Return(buffer);
        }
    }

    private static async Task<BlobFinding> Hash(StoredBlob blob, Digest digest, Func<int, Task> read, Memory<byte> buffer)
    {
        using var hash = digest.CreateHash();
        for (long position = 0; position < blob.Size;)
        {
            var count = RandomAccess.Read(blob.File, buffer.Span, position);
            if (count == 0)
            {
                return BlobFinding.Damaged;
            }

            hash.AppendData(buffer.Span[..count]);
            position += count;
            await read(count).ConfigureAwait(false);
        }

        return digest.Matches(hash) ? BlobFinding.Right : BlobFinding.Damaged;
    }
}
