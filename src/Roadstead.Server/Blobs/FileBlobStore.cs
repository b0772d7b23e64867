using Microsoft.Win32.SafeHandles;
using Roadstead.Oci;

namespace Roadstead.Server.Blobs;

/// <summary>A blob that is held, open for reading.</summary>
/// <param name="File">Its bytes; the owner of this value closes it.</param>
/// <param name="Size">Their number.</param>
public sealed record StoredBlob(SafeFileHandle File, long Size) : IDisposable
{
    public void Dispose() => File.Dispose();
}

/// <summary>Blobs as plain files of exactly their bytes, under <c>blobs/&lt;algorithm&gt;/&lt;first two digits&gt;/&lt;hash&gt;</c>.</summary>
/// <remarks>A file is there only when it is whole, verified and on disk; what is being written is under <c>spool</c>, which is emptied at start.</remarks>
public sealed class FileBlobStore
{
    private readonly string _blobs;
    private readonly string _spool;
    private readonly string _quarantine;

    public FileBlobStore(string root)
    {
        _blobs = Path.Combine(root, "blobs");
        _spool = Path.Combine(root, "spool");
        _quarantine = Path.Combine(root, "quarantine");
        Directory.CreateDirectory(_blobs);
        Directory.CreateDirectory(_spool);
        foreach (var left in Directory.EnumerateFiles(_spool))
        {
            File.Delete(left);
        }
    }

    /// <summary>The blob's size in bytes; null if it is not held.</summary>
    public long? Stat(Digest digest) => new FileInfo(PathOf(digest)) is { Exists: true } file ? file.Length : null;

    /// <summary>Opens a blob; null if it is not held.</summary>
    public StoredBlob? Open(Digest digest)
    {
        try
        {
            var file = File.OpenHandle(PathOf(digest), FileMode.Open, FileAccess.Read, FileShare.ReadWrite | FileShare.Delete);
            return new StoredBlob(file, RandomAccess.GetLength(file));
        }
        catch (Exception exception) when (exception is FileNotFoundException or DirectoryNotFoundException)
        {
            return null;
        }
    }

    /// <summary>Begins a blob whose bytes are to come.</summary>
    /// <param name="size">Their number, reserved on the disk at once; 0 where it is not known.</param>
    /// <exception cref="IOException">There is no room, or the folder cannot be written.</exception>
    public BlobWriter Begin(long size) => new(this, Path.Combine(_spool, Guid.NewGuid().ToString("n")), size);

    /// <summary>Removes a blob; nothing happens where it is not held.</summary>
    public void Delete(Digest digest)
    {
        try
        {
            File.Delete(PathOf(digest));
        }
        catch (DirectoryNotFoundException)
        {
            // Not even its folder was ever made.
        }
    }

    /// <summary>Takes a damaged blob out of the store.</summary>
    /// <returns>Where it is kept, for whoever wants to know what happened to it.</returns>
    public string Quarantine(Digest digest)
    {
        Directory.CreateDirectory(_quarantine);
        var kept = Path.Combine(_quarantine, $"{digest.AlgorithmName}-{digest.Hex}");
        File.Move(PathOf(digest), kept, overwrite: true);
        return kept;
    }

    /// <summary>Moves a synced spool file to its place.</summary>
    internal void Publish(string spoolFile, Digest digest)
    {
        var target = PathOf(digest);
        var folder = Path.GetDirectoryName(target)!;
        if (!Directory.Exists(folder))
        {
            Directory.CreateDirectory(folder);
            DurableFile.SyncFolder(Path.GetDirectoryName(folder)!);
            DurableFile.SyncFolder(_blobs);
        }

        File.Move(spoolFile, target, overwrite: true);
        DurableFile.SyncFolder(folder);
    }

    private string PathOf(Digest digest) =>
        Path.Combine(_blobs, digest.AlgorithmName, digest.Hex[..2].ToString(), digest.Hex.ToString());
}
