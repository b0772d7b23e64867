using Roadstead.Oci;
using Roadstead.Server.Metadata;
using Roadstead.Server.Mirroring;
using Roadstead.Server.Telemetry;

namespace Roadstead.Server.Retention;

/// <summary>Makes room: by blobs that belong to no image, then by evicting whole images, the least recently pulled first. Pulls go on meanwhile, and what is being pulled stays.</summary>
internal sealed partial class Evictor(
    Database database, BlobDisposal disposal, BlobFillTable fills, HeldManifests held, RecentPulls pulls, PullRecorder recorder, LooseBlobs loose, UsageLedger ledger, ServerMetrics metrics,
    TimeProvider clock, ILogger<Evictor> log) : IDisposable
{
    // A write holds up others for milliseconds at most.
    private const int ImagesPerWrite = 16;

    private readonly SemaphoreSlim _one = new(1);
    private int _nothingLeft;

    /// <summary>Makes the room that is lacking; requests for it stand in a line, and each finds what those before it left.</summary>
    public async Task<RoomMade> MakeRoom(RoomNeed need, CancellationToken cancellation)
    {
        await _one.WaitAsync(cancellation).ConfigureAwait(false);
        try
        {
            while (need.Lacking() > 0)
            {
                var waiting = await loose.MakeRoom(need).ConfigureAwait(false);
                if (need.Lacking() <= 0)
                {
                    break;
                }

                // The order is the database's.
                await recorder.Write().ConfigureAwait(false);
                var lacking = need.Lacking();
                var plan = database.Read(connection => Plan(connection, need, lacking));
                if (need.Blob is not null && plan.Freed < lacking)
                {
                    // Nothing goes for a blob that cannot be had room for, and nobody waits for what would not be enough.
                    return plan.Freed + plan.Waiting + waiting >= lacking ? RoomMade.InUse : Nothing();
                }

                var gone = plan.Images.Count == 0 ? 0 : await Evict(plan.Images).ConfigureAwait(false);
                if (gone == 0)
                {
                    return waiting + plan.Waiting > 0 || plan.Images.Count > 0 ? RoomMade.InUse : Nothing();
                }
            }

            return RoomMade.Enough;
        }
        finally
        {
            _one.Release();
        }
    }

    /// <summary>What would go to make room.</summary>
    public EvictionPlan Plan(System.Data.Common.DbConnection connection, RoomNeed need, long bytes)
    {
        var source = Source(connection, need.Project, need.Blob);
        return EvictionPlanner.Plan(source.Candidates(), source.Holders, disposal.IsInUse, bytes);
    }

    /// <summary>Evicts images, each unless it has come into use.</summary>
    /// <returns>The number of those that went.</returns>
    public async Task<int> Evict(IReadOnlyList<EvictionCandidate> images)
    {
        var count = 0;
        foreach (var batch in images.Chunk(ImagesPerWrite))
        {
            count += await EvictBatch(batch).ConfigureAwait(false);
        }

        return count;
    }

    /// <summary>True if room was wanted, since this was last asked, that no image could make.</summary>
    public bool TakeNothingLeft() => Interlocked.Exchange(ref _nothingLeft, 0) == 1;

    public void Dispose() => _one.Dispose();

    private EvictionSource Source(System.Data.Common.DbConnection connection, string? project, Digest? blob) => new(connection, project, blob, pulls, disposal.UnderWay, fills.Running);

    private RoomMade Nothing()
    {
        Volatile.Write(ref _nothingLeft, 1);
        return RoomMade.Nothing;
    }

    private async Task<int> EvictBatch(IReadOnlyList<EvictionCandidate> images)
    {
        var claimed = new List<ImageKey>();
        var condemned = new List<Digest>();
        try
        {
            var removed = await database.Write(connection =>
            {
                var source = Source(connection, null, null);
                return images.Where(image => !source.IsBeingFetched(image.Image.Key)).Select(image => Remove(connection, image, claimed, condemned)).OfType<RemovedImage>().ToList();
            }).ConfigureAwait(false);

            // Before the claims end: who finds it neither claimed nor in memory asks the database, where it is no more.
            held.Reread();
            foreach (var change in removed.SelectMany(image => image.Changes))
            {
                ledger.Apply(change);
            }

            disposal.Discard(condemned);

            metrics.EvictedImages.Inc(removed.Count);
            return removed.Count;
        }
        catch
        {
            disposal.Reprieve(condemned);
            throw;
        }
        finally
        {
            pulls.Release(claimed);
        }
    }

    private RemovedImage? Remove(System.Data.Common.DbConnection connection, EvictionCandidate candidate, List<ImageKey> claimed, List<Digest> condemned)
    {
        // As it is now: a manifest may have come, or a pin, since the plan was made.
        var key = candidate.Image.Key;
        var manifests = ImageTable.Manifests(connection, key);
        var keys = manifests.ConvertAll(digest => key with { Digest = digest });
        if (!RepositoryTable.HasManifest(connection, key.Repository, key.Digest) || ImageTable.Parents(connection, key).Count > 0 || keys.Exists(manifest => PinTable.IsPinned(connection, manifest))
            || IsBeingSent(connection, key, manifests) || !pulls.TryClaim(keys, disposal.UnderWay))
        {
            return null;
        }

        claimed.AddRange(keys);
        var name = RepositoryTable.Name(connection, key.Repository);
        var tags = TagTable.Of(connection, key);
        var removed = new ImageRemoval(connection, ledger, clock.GetUtcNow()).Run(key, manifests, blob => !disposal.IsInUse(blob));
        foreach (var digest in removed.Gone)
        {
            disposal.Condemn(digest);
            condemned.Add(digest);
        }

        LogEvicted(log, name.Project, name.Repository, key.Digest, string.Join(',', tags), removed.Changes.Sum(change => change.FreedOf(name.Project)), candidate.Image.PulledAt);
        return removed;
    }

    /// <summary>True if a blob that would go with the image is in use.</summary>
    private bool IsBeingSent(System.Data.Common.DbConnection connection, ImageKey image, List<Digest> manifests) =>
        manifests.SelectMany(manifest => ImageTable.Blobs(connection, image with { Digest = manifest })).Where(blob => disposal.IsInUse(blob.Digest))
            .Any(blob => ImageTable.Holders(connection, blob.Digest, null).SelectMany(holder => ImageTable.Roots(connection, holder)).All(root => root == image));

    [LoggerMessage(LogLevel.Information, "evicted image project={Project} repository={Repository} digest={Digest} tags={Tags} bytes={Bytes} last_pulled={PulledAt:yyyy-MM-dd HH:mm:ss}")]
    private static partial void LogEvicted(ILogger log, string project, string repository, Digest digest, string tags, long bytes, DateTimeOffset pulledAt);

}
