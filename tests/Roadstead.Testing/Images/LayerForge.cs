using System.Formats.Tar;
using System.IO.Compression;

namespace Roadstead.Testing.Images;

/// <summary>Layers: gzipped tars.</summary>
public static class LayerForge
{
    /// <param name="files">Path in the image, without a leading slash, and content.</param>
    public static ForgedBlob Layer(params (string Path, byte[] Content)[] files) => Layer(files, "sha256");

    public static ForgedBlob Layer(IEnumerable<(string Path, byte[] Content)> files, string algorithm) => Layer(files, algorithm, (UnixFileMode)0b110_100_100);

    /// <summary>A layer of one file that can be run.</summary>
    public static ForgedBlob Program(string path, byte[] content) => Layer([(path, content)], "sha256", (UnixFileMode)0b111_101_101);

    private static ForgedBlob Layer(IEnumerable<(string Path, byte[] Content)> files, string algorithm, UnixFileMode mode)
    {
        var tar = new MemoryStream();
        using (var writer = new TarWriter(tar, TarEntryFormat.Pax, leaveOpen: true))
        {
            foreach (var (path, content) in files)
            {
                writer.WriteEntry(new PaxTarEntry(TarEntryType.RegularFile, path)
                {
                    DataStream = new MemoryStream(content),
                    ModificationTime = DateTimeOffset.UnixEpoch,
                    Mode = mode,
                });
            }
        }

        var gzip = new MemoryStream();
        using (var compressor = new GZipStream(gzip, CompressionLevel.Fastest, leaveOpen: true))
        {
            compressor.Write(tar.GetBuffer(), 0, (int)tar.Length);
        }

        var bytes = gzip.ToArray();
        return new ForgedBlob(bytes, ContentDigest.Of(bytes, algorithm), Media.OciLayer, ContentDigest.Of(tar.ToArray(), algorithm));
    }

    /// <summary>A layer of one file that does not compress: a little more than <paramref name="bytes"/> in all.</summary>
    /// <param name="seed">The same seed gives the same bytes.</param>
    public static ForgedBlob Random(int bytes, int seed = 1, string algorithm = "sha256") =>
        Layer([($"random-{seed}", RandomBytes(bytes, seed))], algorithm);

    public static byte[] RandomBytes(int count, int seed = 1)
    {
        var bytes = new byte[count];
        new Random(seed).NextBytes(bytes);
        return bytes;
    }
}
