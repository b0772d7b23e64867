using System.Collections.Concurrent;
using Microsoft.Win32.SafeHandles;
using Roadstead.Oci;

namespace Roadstead.Server.Blobs;

/// <summary>A blob that is held, open for reading.</summary>
/// <param name="File">Its bytes; the owner of this value closes it.</param>
/// <param name="Size">Their number.</param>
/// <param name="Closed">Told when it is closed, once.</param>
public sealed record StoredBlob(SafeFileHandle File, long Size, Action? Closed = null) : IDisposable
{
    private int _isClosed;

    public void Dispose()
    {
        File.Dispose();
        if (Interlocked.Exchange(ref _isClosed, 1) == 0)
        {
            Closed?.Invoke();
        }
    }
}

/// <summary>Blobs as plain files of exactly their bytes, under <c>blobs/&lt;algorithm&gt;/&lt;first two digits&gt;/&lt;hash&gt;</c>.</summary>
/// <remarks>A file is there only when it is whole, verified and on disk; what is being written is under <c>spool</c>, which is emptied at start.</remarks>
public sealed class FileBlobStore
{
    private readonly string _blobs;
    private readonly string _spool;
    private readonly string _quarantine;
    private readonly ConcurrentDictionary<Digest, bool> _condemned = new();
    private readonly Lock _placing = new();

    /// <param name="root">The data folder.</param>
    /// <param name="clock">For when blobs were last open; null: the system's.</param>
    public FileBlobStore(string root, TimeProvider? clock = null)
    {
        Uses = new BlobUses(clock ?? TimeProvider.System);
        _blobs = Path.Combine(root, "blobs");
        _spool = Path.Combine(root, "spool");
        _quarantine = Path.Combine(root, "quarantine");
        Directory.CreateDirectory(_blobs);
        Directory.CreateDirectory(_spool);
        foreach (var left in Directory.EnumerateFiles(_spool))
        {
            File.Delete(left);
        }

        // Made now: when it is needed, the disk may have no room for a folder. Where it cannot be, damaged blobs are deleted instead.
        _ = Try(() => Directory.CreateDirectory(_quarantine));
    }

    /// <summary>Which blobs are open, or were lately.</summary>
    public BlobUses Uses { get; }

    /// <summary>The blob's size in bytes; null if it is not held.</summary>
    public long? Stat(Digest digest) => !IsCondemned(digest) && new FileInfo(PathOf(digest)) is { Exists: true } file ? file.Length : null;

    /// <summary>Opens a blob; null if it is not held.</summary>
    public StoredBlob? Open(Digest digest)
    {
        if (IsCondemned(digest))
        {
            return null;
        }

        try
        {
            var file = File.OpenHandle(PathOf(digest), FileMode.Open, FileAccess.Read, FileShare.ReadWrite | FileShare.Delete);
            Uses.Begin(digest);
            return new StoredBlob(file, RandomAccess.GetLength(file), () => Uses.End(digest));
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

    /// <summary>Has nobody find a blob from now on, that is to be discarded.</summary>
    internal void Condemn(Digest digest) => _condemned[digest] = true;

    /// <summary>Has a blob be found again that was condemned and is not to be discarded after all.</summary>
    internal void Reprieve(Digest digest) => _condemned.TryRemove(digest, out _);

    /// <summary>Deletes a blob that was condemned, unless it came anew in the meantime. Who has it open reads it to its end.</summary>
    /// <exception cref="IOException">The disk does not let it go; it stays condemned.</exception>
    internal void Discard(Digest digest)
    {
        var away = Path.Combine(_spool, Guid.NewGuid().ToString("n"));
        lock (_placing)
        {
            if (!IsCondemned(digest))
            {
                return;
            }

            if (File.Exists(PathOf(digest)))
            {
                File.Move(PathOf(digest), away);
            }

            _condemned.TryRemove(digest, out _);
        }

        // A large file takes a while, and nobody who places another one waits for that.
        File.Delete(away);
    }

    /// <summary>The files under the store's folder whose names are digests, with their sizes in bytes.</summary>
    internal IEnumerable<(Digest Digest, long Size)> Enumerate()
    {
        foreach (var file in new DirectoryInfo(_blobs).EnumerateFiles("*", SearchOption.AllDirectories))
        {
            if (file.Directory?.Parent is { } algorithm && Digest.TryParse($"{algorithm.Name}:{file.Name}", out var digest))
            {
                yield return (digest, file.Length);
            }
        }
    }

    /// <summary>True of a blob that is damaged and could not be taken away; to all others it is not held.</summary>
    internal bool IsCondemned(Digest digest) => _condemned.ContainsKey(digest);

    /// <summary>Takes a damaged blob out of the store, one way or another: nobody opens it from now on.</summary>
    internal TakenAway TakeAway(Digest digest)
    {
        // First of all, and undone last: there is no moment in which it can be had.
        _condemned[digest] = true;
        var path = PathOf(digest);
        var kept = Path.Combine(_quarantine, $"{digest.AlgorithmName}-{digest.Hex}");
        if (Try(() => Move(path, kept)) is not { } unmoved)
        {
            _condemned.TryRemove(digest, out _);
            return new TakenAway.Kept(kept);
        }

        if (Try(() => File.Delete(path)) is { } undeleted)
        {
            return new TakenAway.Condemned(undeleted);
        }

        _condemned.TryRemove(digest, out _);
        return new TakenAway.Deleted(unmoved);
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

        lock (_placing)
        {
            File.Move(spoolFile, target, overwrite: true);
            _condemned.TryRemove(digest, out _);
        }

        DurableFile.SyncFolder(folder);
    }

    // On disk before its row goes: a loss of power must not bring back a file that no row, and so no scrub, knows of.
    private static void Move(string path, string kept)
    {
        Directory.CreateDirectory(Path.GetDirectoryName(kept)!);
        File.Move(path, kept, overwrite: true);
        DurableFile.SyncFolder(Path.GetDirectoryName(kept)!);
        DurableFile.SyncFolder(Path.GetDirectoryName(path)!);
    }

    /// <returns>What the disk said against it; null if nothing.</returns>
    private static string? Try(Action change)
    {
        try
        {
            change();
            return null;
        }
        catch (Exception exception) when (exception is IOException or UnauthorizedAccessException)
        {
            return exception.Message;
        }
    }

    private string PathOf(Digest digest) =>
        Path.Combine(_blobs, digest.AlgorithmName, digest.Hex[..2].ToString(), digest.Hex.ToString());
}
