namespace Roadstead.Bench.Content;

/// <summary>Files where the server looks for blobs, of their sizes and without bytes in them.</summary>
internal sealed class BlobFiles
{
    private readonly string _folder;

    /// <param name="storage">A server's data folder.</param>
    public BlobFiles(string storage)
    {
        _folder = Path.Combine(storage, "blobs", "sha256");
        for (var first = 0; first < 256; first++)
        {
            Directory.CreateDirectory(Path.Combine(_folder, first.ToString("x2", System.Globalization.CultureInfo.InvariantCulture)));
        }
    }

    public void Add(IEnumerable<(string Digest, long Size)> blobs)
    {
        foreach (var (digest, size) in blobs)
        {
            var hex = digest.Split(':')[1];
            using var file = File.OpenHandle(Path.Combine(_folder, hex[..2], hex), FileMode.CreateNew, FileAccess.Write);
            RandomAccess.SetLength(file, size);
        }
    }
}
