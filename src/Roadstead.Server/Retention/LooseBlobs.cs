using System.Data.Common;
using Roadstead.Oci;
using Roadstead.Server.Metadata;
using Roadstead.Server.Mirroring;
using Roadstead.Server.Telemetry;

namespace Roadstead.Server.Retention;

/// <summary>Blobs that belong to no image of their repository: when room is wanted, nobody misses them less than an image.</summary>
internal sealed partial class LooseBlobs(Database database, BlobDisposal disposal, UsageLedger ledger, ServerMetrics metrics, ILogger<LooseBlobs> log)
{
    // A write holds up others for milliseconds at most.
    private const int RowsAtOnce = 32;

    /// <summary>Has them go until nothing is lacking, or none is left.</summary>
    /// <returns>The bytes of those that could go and are in use.</returns>
    public async Task<long> MakeRoom(RoomNeed need)
    {
        var (waiting, freed, count) = (0L, 0L, 0);
        LooseBlob? last = null;
        while (need.Lacking() > 0 && database.Read(connection => LooseBlobTable.Find(connection, need.Project, last, RowsAtOnce)) is { Count: > 0 } page)
        {
            last = page[^1];
            var (gone, bytes, inUse) = await Free(page, need).ConfigureAwait(false);
            (waiting, freed, count) = (waiting + inUse, freed + bytes, count + gone);
        }

        if (count > 0)
        {
            metrics.LooseBlobs.Inc(count);
            LogFreed(log, count, freed, need.Project ?? "-");
        }

        return waiting;
    }

    /// <summary>The bytes that would go to free so many of a project, or of the store.</summary>
    public long Plan(DbConnection connection, string? project, long bytes)
    {
        var freed = 0L;
        var seen = new HashSet<Digest>();
        LooseBlob? last = null;
        while (freed < bytes && LooseBlobTable.Find(connection, project, last, RowsAtOnce) is { Count: > 0 } page)
        {
            last = page[^1];
            freed += page.Where(blob => MayGo(connection, blob, project) && !disposal.IsInUse(blob.Digest) && seen.Add(blob.Digest)).Sum(blob => BlobTable.Size(connection, blob.Digest) ?? 0);
        }

        return freed;
    }

    private async Task<(int Gone, long Bytes, long InUse)> Free(List<LooseBlob> page, RoomNeed need)
    {
        var condemned = new List<Digest>();
        var inUse = 0L;
        List<UsageChange> changes;
        try
        {
            changes = await database.Write(connection =>
            {
                var done = new List<UsageChange>();
                foreach (var blob in page)
                {
                    if (need.Blob == blob.Digest || !MayGo(connection, blob, need.Project))
                    {
                        continue;
                    }

                    if (disposal.IsInUse(blob.Digest))
                    {
                        inUse += BlobTable.Size(connection, blob.Digest) ?? 0;
                        continue;
                    }

                    done.Add(ledger.Track(connection, blob.Digest, () => Remove(connection, blob, condemned)));
                }

                return done;
            }).ConfigureAwait(false);
            changes.ForEach(ledger.Apply);
        }
        catch
        {
            disposal.Reprieve(condemned);
            throw;
        }

        disposal.Discard(condemned);
        return (changes.Count, changes.Sum(change => change.FreedOf(need.Project)), inUse);
    }

    /// <summary>True if no image of the project, or of the store, names it: then its going makes room there.</summary>
    private static bool MayGo(DbConnection connection, LooseBlob blob, string? project) => ImageTable.Holders(connection, blob.Digest, project).Count == 0;

    private void Remove(DbConnection connection, LooseBlob blob, List<Digest> condemned)
    {
        RepositoryTable.UnlinkBlob(connection, blob.Repository, blob.Digest);
        LooseBlobTable.Forget(connection, blob);
        if (!RepositoryTable.IsLinked(connection, blob.Digest) && StrayTable.IsStray(connection, blob.Digest))
        {
            StrayTable.Remove(connection, blob.Digest);
            disposal.Condemn(blob.Digest);
            condemned.Add(blob.Digest);
        }
    }

    [LoggerMessage(LogLevel.Information, "made room blobs={Blobs} bytes={Bytes} project={Project}: no image named them")]
    private static partial void LogFreed(ILogger log, int blobs, long bytes, string project);

}
