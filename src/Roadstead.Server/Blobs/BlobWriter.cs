using Microsoft.Win32.SafeHandles;
using Roadstead.Oci;

namespace Roadstead.Server.Blobs;

/// <summary>A blob that is being written. Its file can be read by others up to <see cref="Length"/>; disposed before <see cref="Commit"/>, it is gone.</summary>
public sealed class BlobWriter : IDisposable
{
    private readonly FileBlobStore _store;
    private readonly string _path;
    private bool _committed;

    internal BlobWriter(FileBlobStore store, string path, long size)
    {
        _store = store;
        _path = path;
        File = System.IO.File.OpenHandle(
            path, FileMode.CreateNew, FileAccess.ReadWrite, FileShare.ReadWrite | FileShare.Delete, FileOptions.None, preallocationSize: size);
    }

    /// <summary>The bytes so far. Closed by its owner, not by this writer, for readers outlive it.</summary>
    public SafeFileHandle File { get; }

    /// <summary>How many bytes are written.</summary>
    public long Length { get; private set; }

    /// <exception cref="IOException">The disk is full or fails.</exception>
    public void Append(ReadOnlySpan<byte> bytes)
    {
        RandomAccess.Write(File, bytes, Length);
        Length += bytes.Length;
    }

    /// <summary>Starts anew from the first byte.</summary>
    public void Restart() => Length = 0;

    /// <summary>Makes the bytes, which the caller has found to be those of <paramref name="digest"/>, the store's. On disk when it returns.</summary>
    /// <exception cref="IOException">The disk fails; the blob is then not held.</exception>
    public void Commit(Digest digest)
    {
        RandomAccess.SetLength(File, Length);
        DurableFile.Sync(File);
        _store.Publish(_path, digest);
        _committed = true;
    }

    public void Dispose()
    {
        if (!_committed)
        {
            System.IO.File.Delete(_path);
        }
    }
}
