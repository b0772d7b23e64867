using System.Formats.Tar;
using System.Text;
using Roadstead.Cli.NodeInstall;
using Roadstead.Oci;

namespace Roadstead.Cli.ImageLayout;

/// <summary>A layout in a tar, which has its name only when it is whole. The same images make the same bytes.</summary>
internal sealed class TarTarget : ILayoutTarget
{
    private const UnixFileMode Mode = UnixFileMode.UserRead | UnixFileMode.UserWrite | UnixFileMode.GroupRead | UnixFileMode.OtherRead;

    private readonly string _unfinished;
    private readonly string _blob;
    private readonly FileStream _file;
    private readonly TarWriter _tar;
    private readonly HashSet<Digest> _written = [];
    private readonly Dictionary<Digest, byte[]> _manifests = [];

    private TarTarget(string place, string unfinished, FileStream file)
    {
        (Place, _unfinished, _file) = (place, unfinished, file);
        _blob = unfinished + "-blob";
        _tar = new TarWriter(file, TarEntryFormat.Pax, leaveOpen: true);
        Write(LayoutNames.Marker, new MemoryStream(Encoding.UTF8.GetBytes(LayoutNames.MarkerText)));
    }

    public string Place { get; }

    public string Interrupted => "A tar is written whole or not at all: what was there before is as it was. A folder would go on where it was.";

    /// <param name="place">The file; one that is there is replaced.</param>
    /// <exception cref="IOException">It cannot be made.</exception>
    public static TarTarget Create(string place)
    {
        // Hidden, beside it: on the same disk; and of one name, so that what was killed leaves no more than one.
        var unfinished = Path.Combine(Path.GetDirectoryName(Path.GetFullPath(place))!, $".{Path.GetFileName(place)}.roadstead-new");
        return new TarTarget(place, unfinished, new FileStream(unfinished, FileMode.Create, FileAccess.ReadWrite, FileShare.None));
    }

    public bool IsAllOrNothing => true;

    public bool Names(LayoutImage image) => false;

    public bool Has(Digest digest, long size) => _written.Contains(digest);

    public byte[]? Manifest(Digest digest) => _manifests.GetValueOrDefault(digest);

    public async Task<MoveEnd> Add(Digest digest, BlobDownload download, Transfer transfer, TimeProvider time, CancellationToken cancellation)
    {
        // First beside the tar, from which nothing could be taken back.
        File.Delete(_blob);
        var end = await download.Into(_blob, transfer, time, cancellation).ConfigureAwait(false);
        if (end is MoveEnd.Done)
        {
            using var blob = new FileStream(_blob, FileMode.Open, FileAccess.Read, FileShare.None, bufferSize: 0);
            Write(LayoutNames.PathOf(digest), blob);
            _written.Add(digest);
        }

        return end;
    }

    public void Add(Digest digest, byte[] manifest)
    {
        if (_manifests.TryAdd(digest, manifest))
        {
            Write(LayoutNames.PathOf(digest), new MemoryStream(manifest));
        }
    }

    public void Finish(IReadOnlyList<LayoutImage> images)
    {
        var index = new LayoutIndex();
        foreach (var image in images)
        {
            index.Set(image);
        }

        Write(LayoutNames.Index, new MemoryStream(index.Write()));
        _tar.Dispose();
        _file.Flush();
        SystemCalls.Sync(_file.SafeFileHandle, _unfinished);
        _file.Dispose();
        File.Move(_unfinished, Place, overwrite: true);
        LayoutNames.SyncFolder(Path.GetDirectoryName(Path.GetFullPath(Place))!);
    }

    public void Dispose()
    {
        try
        {
            _tar.Dispose();
            _file.Dispose();
        }
        catch (IOException)
        {
            // A disk that is full takes no end of the tar either, which goes in any case.
        }

        File.Delete(_blob);
        File.Delete(_unfinished);
    }

    private void Write(string name, Stream content) =>
        _tar.WriteEntry(new PaxTarEntry(TarEntryType.RegularFile, name) { DataStream = content, Mode = Mode, ModificationTime = DateTimeOffset.UnixEpoch });
}
