using System.Formats.Tar;
using Roadstead.Oci;

namespace Roadstead.Cli.ImageLayout;

/// <summary>A layout in a tar, of which only names that a layout can have are looked at: nothing is ever unpacked.</summary>
internal sealed class TarSource : ILayoutSource
{
    private static readonly byte[] Gzip = [0x1f, 0x8b];
    private static readonly byte[] Zstandard = [0x28, 0xb5, 0x2f, 0xfd];
    private static readonly byte[] Xz = [0xfd, 0x37, 0x7a, 0x58];

    private const int BlockSize = 512;

    private readonly FileStream _tar;
    private readonly Dictionary<string, (long Offset, long Size)> _files = new(StringComparer.Ordinal);

    private TarSource(string place, FileStream tar) => (Place, _tar) = (place, tar);

    public string Place { get; }

    /// <param name="path">The file.</param>
    /// <returns>The layout, or what is wrong with the file, to continue a sentence that begins with it; exactly one of the two is null.</returns>
    /// <exception cref="IOException">It cannot be read.</exception>
    public static (TarSource? Source, string? Fault) Read(string path)
    {
        var source = new TarSource(path, new FileStream(path, FileMode.Open, FileAccess.Read, FileShare.Read));
        var fault = source.Read();
        if (fault is null)
        {
            return (source, null);
        }

        source.Dispose();
        return (null, fault);
    }

    public long? Size(string path) => _files.TryGetValue(path, out var file) ? file.Size : null;

    public Stream Open(string path) => new FilePart(_tar.SafeFileHandle, _files[path].Offset, _files[path].Size);

    public void Dispose() => _tar.Dispose();

    private string? Read()
    {
        if (Compressed() is { } compression)
        {
            return $"is compressed by {compression}. Its layers are already; unpack it, and give the tar itself";
        }

        try
        {
            using var reader = new TarReader(_tar, leaveOpen: true);
            long end = 0;
            while (reader.GetNextEntry() is { } entry)
            {
                end = entry.DataOffset + ((entry.Length + BlockSize - 1) / BlockSize * BlockSize);
                if (Add(entry) is { } fault)
                {
                    return fault;
                }
            }

            return HasEnd(end) ? null : "is cut off: it has no end";
        }
        catch (Exception exception) when (exception is EndOfStreamException or InvalidDataException or ArgumentException or NotSupportedException)
        {
            return _files.Count == 0 ? $"is no tar ({exception.Message.TrimEnd('.')})" : $"is damaged or cut off ({exception.Message.TrimEnd('.')})";
        }
    }

    private string? Add(TarEntry entry)
    {
        var name = entry.Name.StartsWith("./", StringComparison.Ordinal) ? entry.Name[2..] : entry.Name;
        if (!IsOfLayout(name))
        {
            // Directories, and what other programs put beside a layout. A name that leads elsewhere is none of a layout either.
            return null;
        }

        if (entry.EntryType is not (TarEntryType.RegularFile or TarEntryType.V7RegularFile))
        {
            return $"has {name} as {(entry.EntryType is TarEntryType.SymbolicLink or TarEntryType.HardLink ? "a link" : "something else than a file")}, which is not followed. Make it of plain files";
        }

        if (entry.DataOffset + entry.Length > _tar.Length)
        {
            return $"is cut off in the middle of {name}";
        }

        var isNew = _files.TryAdd(name, (entry.Length == 0 ? 0 : entry.DataOffset, entry.Length));
        return isNew || name.StartsWith("blobs/", StringComparison.Ordinal) ? null : $"has {name} twice";
    }

    /// <summary>A tar ends with blocks of zeros; the framework takes one that just stops for one that ends.</summary>
    private bool HasEnd(long end)
    {
        Span<byte> block = stackalloc byte[BlockSize];
        return RandomAccess.Read(_tar.SafeFileHandle, block, end) == BlockSize && !block.ContainsAnyExcept((byte)0);
    }

    private static bool IsOfLayout(string name) => name is LayoutNames.Marker or LayoutNames.Index
        || (name.Split('/') is ["blobs", var algorithm, var hash] && Digest.TryParse($"{algorithm}:{hash}", out _));

    private string? Compressed()
    {
        Span<byte> start = stackalloc byte[4];
        var read = RandomAccess.Read(_tar.SafeFileHandle, start, 0);
        return read < start.Length ? null : start.StartsWith(Gzip) ? "gzip" : start.StartsWith(Zstandard) ? "zstd" : start.StartsWith(Xz) ? "xz" : null;
    }
}
