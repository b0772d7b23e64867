using System.Globalization;
using Microsoft.Data.Sqlite;
using Roadstead.Bench.Contestants;
using Roadstead.Server.Metadata;
using Roadstead.Testing.Images;

namespace Roadstead.Bench.Content;

/// <summary>
/// A data folder as a server leaves it that has mirrored very many images: the tables are made by the server's own migrations and filled by SQL, each blob is a
/// file of its size under the server's own layout, without bytes in it. It is kept, for it takes minutes to make.
/// </summary>
/// <param name="Folder">The contestant's own; its store is below it.</param>
/// <param name="Tags">How many it holds, each of an image of its own.</param>
internal sealed record LargeStore(string Folder, int Tags)
{
    public const int BlobsPerImage = 10;

    private const int TagsPerRepository = 100;
    private const int ImagesPerTransaction = 5000;

    // Raised when what is written below changes.
    private const string Form = "2";

    /// <summary>The bytes of all its blobs.</summary>
    public long Bytes => Enumerable.Range(0, Tags).Sum(image => Enumerable.Range(0, BlobsPerImage).Sum(number => SizeOf(image, number)));

    public static string Repository(int image) => string.Create(CultureInfo.InvariantCulture, $"library/repository-{image / TagsPerRepository}");

    public static string Tag(int image) => string.Create(CultureInfo.InvariantCulture, $"v{image % TagsPerRepository}");

    /// <summary>Numbers of so many images, spread evenly over all.</summary>
    public IEnumerable<int> Spread(int count) => Enumerable.Range(0, count).Select(number => (int)((long)number * Tags / count));

    /// <summary>Makes it, unless it is there.</summary>
    public static LargeStore Make(BenchContext context, int tags)
    {
        var folder = Path.Combine(context.Folder, string.Create(CultureInfo.InvariantCulture, $"store-{tags}"));
        var done = Path.Combine(folder, "done");
        if (File.Exists(done) && File.ReadAllText(done) == Form)
        {
            return new LargeStore(folder, tags);
        }

        context.Say($"Making a store of {tags} tags and {tags * BlobsPerImage} blobs in {folder}…");
        if (Directory.Exists(folder))
        {
            Directory.Delete(folder, recursive: true);
        }

        var storage = Directory.CreateDirectory(Path.Combine(folder, "storage")).FullName;
        using (var connection = new SqliteConnection(new SqliteConnectionStringBuilder { DataSource = Path.Combine(storage, "roadstead.db"), Pooling = false }.ToString()))
        {
            connection.Open();
            Fill(context, connection, storage, tags);
        }

        File.WriteAllText(done, Form);
        return new LargeStore(folder, tags);
    }

    private static void Fill(BenchContext context, SqliteConnection connection, string storage, int tags)
    {
        Run(connection, "PRAGMA journal_mode=OFF; PRAGMA synchronous=OFF; PRAGMA cache_size=-1000000;");
        if (Migrator.Migrate(connection) is { } fault)
        {
            throw new InvalidOperationException(fault);
        }

        var rows = new StoreRows(connection, RoadsteadServer.Project, "registry.example");
        var files = new BlobFiles(storage);
        for (var first = 0; first < tags; first += ImagesPerTransaction)
        {
            context.Cancellation.ThrowIfCancellationRequested();
            Run(connection, "BEGIN");
            for (var image = first; image < Math.Min(tags, first + ImagesPerTransaction); image++)
            {
                var (manifest, blobs) = Image(image);
                rows.Add(image / TagsPerRepository + 1, Repository(image), Tag(image), manifest, blobs);
                files.Add(blobs);
            }

            Run(connection, "COMMIT");
        }
    }

    private static (ForgedManifest Manifest, IReadOnlyList<(string Digest, long Size)> Blobs) Image(int image)
    {
        var blobs = Enumerable.Range(0, BlobsPerImage)
            .Select(number => (Digest: ContentDigest.Sha256(BitConverter.GetBytes(((long)image * BlobsPerImage) + number)), Size: SizeOf(image, number)))
            .ToList();
        var layers = string.Join(',', blobs.Skip(1).Select(blob => Descriptor(Media.DockerLayer, blob)));
        var json = $$"""{"schemaVersion":2,"mediaType":"{{Media.DockerManifest}}","config":{{Descriptor(Media.DockerConfig, blobs[0])}},"layers":[{{layers}}]}""";
        var bytes = System.Text.Encoding.UTF8.GetBytes(json);
        return (new ForgedManifest(bytes, ContentDigest.Sha256(bytes), Media.DockerManifest, [], []), blobs);

        static string Descriptor(string type, (string Digest, long Size) blob) =>
            string.Create(CultureInfo.InvariantCulture, $$"""{"mediaType":"{{type}}","digest":"{{blob.Digest}}","size":{{blob.Size}}}""");
    }

    private static long SizeOf(int image, int number) => 1024L * (1 + ((image + number) % 64));

    private static void Run(SqliteConnection connection, string sql)
    {
        using var command = connection.CreateCommand();
#pragma warning disable CA2100 // Callers pass literals.
        command.CommandText = sql;
#pragma warning restore CA2100
        command.ExecuteNonQuery();
    }
}
