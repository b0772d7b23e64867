using System.Text;
using Microsoft.Win32.SafeHandles;
using Roadstead.Cli.NodeInstall;
using Roadstead.Oci;

namespace Roadstead.Cli.ImageLayout;

/// <summary>A layout in a folder. A blob is under its name only when it is whole, right and on disk; the index names an image only when all of it is there.</summary>
internal sealed class FolderTarget : ILayoutTarget
{
    private readonly LayoutIndex _index;
    private readonly HashSet<string> _changed = new(StringComparer.Ordinal);
    private readonly SafeFileHandle _lock;

    private FolderTarget(string place, LayoutIndex index, SafeFileHandle held) => (Place, _index, _lock) = (place, index, held);

    public string Place { get; }

    public string Interrupted => "What has come stays, and the same command goes on from there.";

    /// <param name="place">The folder, which is made where it is not there.</param>
    /// <returns>The layout, or what is in its way, as a sentence; exactly one of the two is null.</returns>
    /// <exception cref="IOException">It cannot be read or made.</exception>
    public static (FolderTarget? Target, string? Fault) Open(string place)
    {
        Directory.CreateDirectory(place);
        if (SystemCalls.Lock(place) is not { } held)
        {
            return (null, $"{place}: another roadstead writes there just now. Wait for it and run this again.");
        }

        var isEmpty = !Directory.EnumerateFileSystemEntries(place).Any(entry => Path.GetFileName(entry) != LayoutNames.Partial);
        LayoutIndex? index = null;
        if (!isEmpty && Fault(new FolderSource(place), out index) is { } fault)
        {
            held.Dispose();
            return (null, $"{place} {fault}. Name a folder that is empty or an OCI image layout.");
        }

        Directory.CreateDirectory(Path.Combine(place, LayoutNames.Partial));
        if (isEmpty)
        {
            Write(place, LayoutNames.Marker, Encoding.UTF8.GetBytes(LayoutNames.MarkerText));
            Write(place, LayoutNames.Index, new LayoutIndex().Write());
        }

        return (new FolderTarget(place, index ?? new LayoutIndex(), held), null);
    }

    public bool IsAllOrNothing => false;

    public bool Names(LayoutImage image) => _index.Images.Contains(image);

    public bool Has(Digest digest, long size) => new FolderSource(Place).Size(LayoutNames.PathOf(digest)) == size;

    public byte[]? Manifest(Digest digest) => Path.Combine(Place, LayoutNames.PathOf(digest)) is var path && new FileInfo(path) is { Exists: true, Length: <= ManifestReader.MaxSize }
        && File.ReadAllBytes(path) is var bytes && Digest.Of(bytes, digest.Algorithm) == digest ? bytes : null;

    public async Task<MoveEnd> Add(Digest digest, BlobDownload download, Transfer transfer, TimeProvider time, CancellationToken cancellation)
    {
        var partial = Path.Combine(Place, LayoutNames.Partial, $"{digest.AlgorithmName}-{digest.Hex}");
        var end = await download.Into(partial, transfer, time, cancellation).ConfigureAwait(false);
        if (end is MoveEnd.Done)
        {
            Publish(partial, digest);
        }

        return end;
    }

    public void Add(Digest digest, byte[] manifest)
    {
        var partial = Path.Combine(Place, LayoutNames.Partial, $"{digest.AlgorithmName}-{digest.Hex}");
        WriteWhole(partial, manifest);
        Publish(partial, digest);
    }

    public void Finish(IReadOnlyList<LayoutImage> images)
    {
        foreach (var image in images)
        {
            _index.Set(image);
        }

        // What an index names must outlive a loss of power that the index outlives.
        foreach (var folder in _changed)
        {
            LayoutNames.SyncFolder(folder);
        }

        Write(Place, LayoutNames.Index, _index.Write());
        LayoutNames.SyncFolder(Place);
    }

    public void Dispose()
    {
        var partial = Path.Combine(Place, LayoutNames.Partial);
        if (Directory.Exists(partial) && !Directory.EnumerateFileSystemEntries(partial).Any())
        {
            Directory.Delete(partial);
        }

        _lock.Dispose();
    }

    /// <summary>A folder that an earlier run only began may have no index yet.</summary>
    private static string? Fault(FolderSource source, out LayoutIndex? index)
    {
        index = null;
        return LayoutReader.MarkerFault(source) ?? (Path.Exists(Path.Combine(source.Place, LayoutNames.Index)) ? LayoutReader.ReadIndex(source, out index) : null);
    }

    private void Publish(string partial, Digest digest)
    {
        var folder = Path.Combine(Place, LayoutNames.FolderOf(digest));
        if (_changed.Add(folder) && !Directory.Exists(folder))
        {
            Directory.CreateDirectory(folder);
            _changed.Add(Path.Combine(Place, "blobs"));
        }

        File.Move(partial, Path.Combine(Place, LayoutNames.PathOf(digest)), overwrite: true);
    }

    private static void Write(string place, string name, byte[] bytes)
    {
        var partial = Path.Combine(place, LayoutNames.Partial, name);
        WriteWhole(partial, bytes);
        File.Move(partial, Path.Combine(place, name), overwrite: true);
    }

    private static void WriteWhole(string path, byte[] bytes)
    {
        using var file = new FileStream(path, FileMode.Create, FileAccess.Write, FileShare.None, bufferSize: 0);
        file.Write(bytes);
        SystemCalls.Sync(file.SafeFileHandle, path);
    }
}
