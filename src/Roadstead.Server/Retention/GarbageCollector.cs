using Roadstead.Oci;
using Roadstead.Server.Blobs;
using Roadstead.Server.Metadata;

namespace Roadstead.Server.Retention;

/// <summary>What a collection found.</summary>
/// <param name="Strays">Blobs that no manifest names.</param>
/// <param name="Deleted">Those of them that are deleted, or would be.</param>
/// <param name="Bytes">The bytes of these.</param>
internal sealed record Collected(int Strays, int Deleted, long Bytes);

/// <summary>
/// Deletes blobs that nothing names, while pulls go on: those whose manifest never came or went without them, and files that no row knows. Each is looked at twice: it
/// is noted, and only deleted if it still is a stray when a period of grace is over, and at the moment of its deletion, and is not in use then.
/// </summary>
internal sealed partial class GarbageCollector(Database database, FileBlobStore store, BlobDisposal disposal, UsageLedger ledger, TimeProvider clock, ILogger<GarbageCollector> log)
{
    private const int RowsAtOnce = 2000;

    /// <summary>Looks at all that is held.</summary>
    /// <param name="grace">How long a stray must have been one.</param>
    /// <param name="isDryRun">True to delete nothing, and note nothing.</param>
    /// <param name="cancellation">Ends it; what is done is done.</param>
    public async Task<Collected> Run(TimeSpan grace, bool isDryRun, CancellationToken cancellation)
    {
        var total = new Collected(0, 0, 0);
        if (!isDryRun)
        {
            await database.Write(ForgetNamed, cancellation).ConfigureAwait(false);
        }

        var areNoted = isDryRun || database.Read(LooseBlobTable.AreAllNoted);
        for (var last = ""; last is not null;)
        {
            cancellation.ThrowIfCancellationRequested();
            var first = last;
            (var strays, last) = database.Read(connection => StrayTable.Find(connection, last, RowsAtOnce));
            if (!areNoted && last is not null)
            {
                await NoteLoose(first, last, cancellation).ConfigureAwait(false);
            }

            total = Add(total, await Collect(strays, grace, isDryRun).ConfigureAwait(false));
        }

        if (!areNoted)
        {
            await database.Write(connection => LooseBlobTable.NotedAll(connection, clock.GetUtcNow()), cancellation).ConfigureAwait(false);
        }

        foreach (var files in store.Enumerate().Select(file => file.Digest).Chunk(RowsAtOnce))
        {
            cancellation.ThrowIfCancellationRequested();
            var unknown = database.Read(connection => files.Where(digest => BlobTable.Size(connection, digest) is null && StrayTable.IsStray(connection, digest)).ToList());
            total = Add(total, await Collect(unknown, grace, isDryRun).ConfigureAwait(false));
        }

        if (total.Deleted > 0 && !isDryRun)
        {
            LogCollected(log, total.Deleted, total.Bytes);
        }

        return total;
    }

    private async Task NoteLoose(string after, string last, CancellationToken cancellation)
    {
        if (database.Read(connection => LooseBlobTable.Among(connection, after, last)) is { Count: > 0 } loose)
        {
            await database.Write(connection => loose.ForEach(blob => LooseBlobTable.Note(connection, blob.Repository, blob.Digest, clock.GetUtcNow())), cancellation).ConfigureAwait(false);
        }
    }

    private static void ForgetNamed(System.Data.Common.DbConnection connection)
    {
        StrayTable.ForgetNamed(connection);
        LooseBlobTable.ForgetNamed(connection);
    }

    private async Task<Collected> Collect(List<Digest> strays, TimeSpan grace, bool isDryRun)
    {
        if (strays.Count == 0 || isDryRun)
        {
            var would = database.Read(connection => strays.FindAll(digest => IsDue(StrayTable.SeenAt(connection, digest), grace) && !disposal.IsInUse(digest)));
            return new Collected(strays.Count, would.Count, would.Sum(digest => store.Stat(digest) ?? 0));
        }

        var condemned = new List<(Digest Digest, long Size)>();
        try
        {
            var changes = await database.Write(connection => strays.Select(digest => Look(connection, digest, grace, condemned)).OfType<UsageChange>().ToList()).ConfigureAwait(false);
            changes.ForEach(ledger.Apply);
        }
        catch
        {
            disposal.Reprieve(condemned.Select(blob => blob.Digest));
            throw;
        }

        disposal.Discard(condemned.Select(blob => blob.Digest));
        return new Collected(strays.Count, condemned.Count, condemned.Sum(blob => blob.Size));
    }

    private UsageChange? Look(System.Data.Common.DbConnection connection, Digest digest, TimeSpan grace, List<(Digest, long)> condemned)
    {
        StrayTable.Note(connection, digest, clock.GetUtcNow());
        if (!IsDue(StrayTable.SeenAt(connection, digest), grace) || !StrayTable.IsStray(connection, digest) || disposal.IsInUse(digest))
        {
            return null;
        }

        var change = ledger.Track(connection, digest, () => StrayTable.Remove(connection, digest));
        condemned.Add((digest, store.Stat(digest) ?? 0));
        disposal.Condemn(digest);
        return change;
    }

    /// <summary>True once it has been known as a stray for long enough.</summary>
    private bool IsDue(long? seenAt, TimeSpan grace) => seenAt is { } since && clock.GetUtcNow().ToUnixTimeMilliseconds() - since >= (long)grace.TotalMilliseconds;

    private static Collected Add(Collected one, Collected other) => new(one.Strays + other.Strays, one.Deleted + other.Deleted, one.Bytes + other.Bytes);

    [LoggerMessage(LogLevel.Information, "collected blobs={Blobs} bytes={Bytes}: nothing named them any more")]
    private static partial void LogCollected(ILogger log, int blobs, long bytes);
}
