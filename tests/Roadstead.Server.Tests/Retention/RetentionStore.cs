using Microsoft.Extensions.Logging.Abstractions;
using Roadstead.Oci;
using Roadstead.Oci.Client;
using Roadstead.Server.Blobs;
using Roadstead.Server.Metadata;
using Roadstead.Server.Mirroring;
using Roadstead.Server.Projects;
using Roadstead.Server.Retention;
using Roadstead.Server.Telemetry;
using Roadstead.Testing;

namespace Roadstead.Server.Tests.Retention;

/// <summary>The server's own store, database, eviction and collection, without the server: images are put into it and pulled out of it as handlers do.</summary>
internal sealed class RetentionStore : IAsyncDisposable
{
    private static readonly RegistryName Registry = RegistryName.Parse("docker.io");

    private readonly TemporaryFolder _folder = new("retention");
    private readonly ServerLifetime _lifetime = new();
    private readonly HeldManifests _held;
    private readonly RecentPulls _pulls;

    public RetentionStore(TimeSpan underWay, TimeProvider? clock = null)
    {
        Clock = clock ?? TimeProvider.System;
        var (fault, _) = DatabaseFile.Open(_folder["roadstead.db"], Clock);
        Assert.Null(fault);
        Database = new Database(new SqliteSource(_folder["roadstead.db"]), Clock);
        Files = new FileBlobStore(_folder.Path, Clock);
        Ledger = new UsageLedger(Database);
        _pulls = new RecentPulls(Clock);
        var storage = new StorageFaults(new ServerMetrics(), Clock, NullLogger<StorageFaults>.Instance);
        _held = new HeldManifests(Database, storage, Clock);
        var fills = new BlobFillTable(new SharingRule(), new ServerMetrics(), storage, Clock, _lifetime, NullLogger<BlobFillTable>.Instance);
        Recorder = new PullRecorder(Database, _pulls);
        var disposal = new BlobDisposal(Files, fills, NullLogger<BlobDisposal>.Instance, underWay);
        var loose = new LooseBlobs(Database, disposal, Ledger, new ServerMetrics(), NullLogger<LooseBlobs>.Instance);
        Evictor = new Evictor(Database, disposal, fills, _held, _pulls, Recorder, loose, Ledger, new ServerMetrics(), Clock, NullLogger<Evictor>.Instance);
        Garbage = new GarbageCollector(Database, Files, disposal, Ledger, Clock, NullLogger<GarbageCollector>.Instance);
    }

    public TimeProvider Clock { get; }

    public Database Database { get; }

    public FileBlobStore Files { get; }

    public UsageLedger Ledger { get; }

    public Evictor Evictor { get; }

    public GarbageCollector Garbage { get; }

    public PullRecorder Recorder { get; }

    public string Path => _folder.Path;

    /// <summary>Takes a manifest in, as after a cold pull by a tag.</summary>
    public async Task<HeldManifest> Store(string repository, StoredImage image) =>
        await _held.Store(Key(repository, image), new UpstreamManifest(image.Digest, ManifestReader.Read(image.Bytes, image.MediaType).Manifest!, image.Bytes));

    /// <summary>Takes a blob in, as after a fill.</summary>
    public async Task Fill(string repository, byte[] bytes)
    {
        var digest = Digest.Of(bytes);
        if (Files.Stat(digest) is null)
        {
            using var writer = Files.Begin(bytes.Length);
            writer.Append(bytes);
            writer.Commit(digest);
            writer.File.Dispose();
        }

        Ledger.Apply(await Database.Write(connection => Ledger.Track(connection, digest, () =>
        {
            BlobTable.Add(connection, digest, bytes.Length, Clock.GetUtcNow());
            var row = RepositoryTable.FindOrAdd(connection, "dockerhub", Registry, RepositoryName.Parse(repository));
            RepositoryTable.LinkBlob(connection, row, digest);
            if (ManifestTable.BlobSize(connection, row, digest) is null)
            {
                LooseBlobTable.Note(connection, row, digest, Clock.GetUtcNow());
            }
        })));
    }

    /// <summary>Begins a pull, as a handler does.</summary>
    /// <returns>The manifest; null if it is not held.</returns>
    public HeldManifest? Pull(string repository, StoredImage image) =>
        _held.Find(Key(repository, image)) is { } held && _pulls.Note(held.Repository, held.Digest) ? held : null;

    /// <summary>Has so many bytes go, or as many as can.</summary>
    public Task Evict(long bytes)
    {
        var target = Ledger.Total - bytes;
        return Evictor.MakeRoom(new RoomNeed(null, () => Ledger.Total - target), TestContext.Current.CancellationToken);
    }

    /// <summary>The rows and the files say the same, and the ledger what they say.</summary>
    public async Task Check()
    {
        StoreCheck.AssertRight(Path);
        var files = Files.Enumerate().ToDictionary(file => file.Digest, file => file.Size);
        var (total, byProject) = Database.Read(connection => (BlobTable.TotalSize(connection), UsageTable.ByProject(connection)));
        await Ledger.Count();
        Assert.Equal(files.Values.Sum(), total);
        Assert.Equal(total, Ledger.Total);
        Assert.Equal(byProject.GetValueOrDefault("dockerhub"), Ledger.Of("dockerhub"));
    }

    public async ValueTask DisposeAsync()
    {
        Evictor.Dispose();
        await Database.DisposeAsync();
        _held.Dispose();
        _lifetime.Dispose();
        _folder.Dispose();
    }

    private static ManifestKey Key(string repository, StoredImage image) => new("dockerhub", Registry, RepositoryName.Parse(repository), new Reference(image.Digest));
}

/// <param name="Digest">Of its manifest.</param>
/// <param name="MediaType">Of its manifest.</param>
/// <param name="Bytes">Its manifest.</param>
/// <param name="Blobs">What it names.</param>
internal sealed record StoredImage(Digest Digest, string MediaType, byte[] Bytes, IReadOnlyList<byte[]> Blobs);
