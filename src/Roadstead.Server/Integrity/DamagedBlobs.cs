using Roadstead.Oci;
using Roadstead.Server.Blobs;
using Roadstead.Server.Metadata;
using Roadstead.Server.Telemetry;

namespace Roadstead.Server.Integrity;

/// <summary>Takes blobs away that are known to be damaged, counts them, and tells of each.</summary>
internal sealed partial class DamagedBlobs(Database database, UsageLedger ledger, FileBlobStore store, ServerMetrics metrics, ILogger<DamagedBlobs> log)
{
    /// <summary>Takes a blob out of the store whose bytes were found wrong. First its file, then its row: a file without a row could be served again.</summary>
    public async Task TakeAway(Digest digest)
    {
        var taken = store.TakeAway(digest);
        metrics.DamagedBlobs.Inc();
        switch (taken)
        {
            case TakenAway.Kept(var path):
                LogKept(log, digest, path);
                break;
            case TakenAway.Deleted(var fault):
                LogDeleted(log, digest, fault);
                break;
            case TakenAway.Condemned(var fault):
                // Its row stays, the first that the scrub looks at, also after a restart.
                LogCondemned(log, digest, fault);
                return;
            default:
                throw new InvalidOperationException("Unknown outcome.");
        }

        await Forget(digest).ConfigureAwait(false);
    }

    /// <summary>Tries again to take away a blob that the disk would not let go.</summary>
    /// <returns>False if it still does not.</returns>
    public async Task<bool> TakeAwayAtLast(Digest digest)
    {
        if (store.TakeAway(digest) is TakenAway.Condemned)
        {
            return false;
        }

        LogAtLast(log, digest);
        await Forget(digest).ConfigureAwait(false);
        return true;
    }

    /// <summary>Removes the row of a blob that is not held, unless it came back in the meantime.</summary>
    public async Task Forget(Digest digest) => ledger.Apply(await database.Write(connection => ledger.Track(connection, digest, () =>
    {
        if (store.Stat(digest) is null)
        {
            BlobTable.Remove(connection, digest);
        }
    })).ConfigureAwait(false));

    [LoggerMessage(LogLevel.Error, "ALERT damaged blob digest={Digest}: its bytes changed on the disk, or cannot be read; it is kept as {Kept} and fetched anew at its next pull")]
    private static partial void LogKept(ILogger log, Digest digest, string kept);

    [LoggerMessage(LogLevel.Error, "ALERT damaged blob digest={Digest}: its bytes changed on the disk, or cannot be read; it could not be moved to quarantine ({Fault}), is deleted, and fetched anew at its next pull")]
    private static partial void LogDeleted(ILogger log, Digest digest, string fault);

    [LoggerMessage(LogLevel.Error, "ALERT damaged blob digest={Digest}: its bytes changed on the disk, or cannot be read; it can be neither moved nor deleted ({Fault}). It is not served, and is tried again. Make its folder writable")]
    private static partial void LogCondemned(ILogger log, Digest digest, string fault);

    [LoggerMessage(LogLevel.Information, "damaged blob digest={Digest}: it could be taken away at last")]
    private static partial void LogAtLast(ILogger log, Digest digest);
}
