using System.Data.Common;
using Roadstead.Oci;
using Roadstead.Server.Blobs;
using Roadstead.Server.Configuration;
using Roadstead.Server.Metadata;
using Roadstead.Server.Telemetry;

namespace Roadstead.Server.Integrity;

/// <summary>
/// Reads every blob again within a set time, at a set pace, and takes away what no longer hashes to its digest, so that its next pull fetches it anew. Disks
/// change bytes without a word, and a digest is only checked when someone does.
/// </summary>
internal sealed partial class Scrubber(
    RoadsteadOptions options, Database database, FileBlobStore store, DamagedBlobs damaged, ScrubPeriod period, ServerMetrics metrics, TimeProvider clock,
    ServerLifetime lifetime, ILogger<Scrubber> log)
{
    // A store that is empty, or all of it read, is looked at again at least this often.
    private static readonly TimeSpan LongestSleep = TimeSpan.FromHours(1);
    private static readonly TimeSpan AfterFault = TimeSpan.FromMinutes(1);

    // What cannot be read for the moment keeps nothing else waiting for longer than this.
    private static readonly TimeSpan AfterBlobFault = TimeSpan.FromMilliseconds(250);

    private readonly Pace _pace = new(options.Storage.ScrubRate, clock);
    private readonly RareLine _line = new(clock);

    // How many of those that were not looked at for the longest time could not be, and since when: they are passed over for a while.
    private int _passedOver;
    private long _passedOverAt;

    /// <summary>Works until the server stops.</summary>
    public async Task Run()
    {
        if (options.Storage.ScrubEvery is not { } every)
        {
            return;
        }

        try
        {
            while (true)
            {
                await Survive(() => CheckNext(every)).ConfigureAwait(false);
            }
        }
        catch (OperationCanceledException)
        {
            // The server stops.
        }
    }

    private async Task CheckNext(TimeSpan every)
    {
        var retry = every < AfterFault ? every : AfterFault;
        if (_passedOver > 0 && clock.GetElapsedTime(_passedOverAt) >= retry)
        {
            _passedOver = 0;
        }

        var oldest = database.Read(connection => BlobTable.LongestUnchecked(connection, 0));
        period.Note(oldest, every);
        var next = _passedOver == 0 ? oldest : database.Read(connection => BlobTable.LongestUnchecked(connection, _passedOver));
        var wait = next is null ? every : next.CheckedAt + every - clock.GetUtcNow();
        if (wait > TimeSpan.Zero)
        {
            var longest = _passedOver > 0 ? retry : LongestSleep;
            await Task.Delay(wait < longest ? wait : longest, clock, lifetime.Stops).ConfigureAwait(false);
        }
        else if (!await Check(next!.Digest).ConfigureAwait(false))
        {
            _passedOverAt = _passedOver++ == 0 ? clock.GetTimestamp() : _passedOverAt;
            await Task.Delay(AfterBlobFault, clock, lifetime.Stops).ConfigureAwait(false);
        }
    }

    private async Task Survive(Func<Task> check)
    {
        try
        {
            await check().ConfigureAwait(false);
        }
        catch (Exception exception) when (exception is IOException or UnauthorizedAccessException or DbException or FormatException)
        {
            LogFault(log, exception.Message);
            await Task.Delay(AfterFault, clock, lifetime.Stops).ConfigureAwait(false);
        }
    }

    /// <returns>False if nothing can be said of the blob for the moment.</returns>
    private async Task<bool> Check(Digest digest)
    {
        if (store.IsCondemned(digest))
        {
            return await damaged.TakeAwayAtLast(digest).ConfigureAwait(false);
        }

        try
        {
            switch (await BlobCheck.Run(store, digest, Read, _pace.Chunk).ConfigureAwait(false))
            {
                case BlobFinding.Right:
                    var now = clock.GetUtcNow();
                    await database.Write(connection => BlobTable.Checked(connection, digest, now)).ConfigureAwait(false);
                    break;
                case BlobFinding.Damaged:
                    await damaged.TakeAway(digest).ConfigureAwait(false);
                    break;
                default:
                    // Removed behind the server's back; its next pull fetches it.
                    await damaged.Forget(digest).ConfigureAwait(false);
                    break;
            }

            return true;
        }
        catch (Exception exception) when (exception is IOException or UnauthorizedAccessException)
        {
            // As too many open files: that says nothing of its bytes.
            if (_line.IsDue())
            {
                LogUnread(log, digest, exception.Message);
            }

            return false;
        }
    }

    private Task Read(int bytes)
    {
        metrics.ScrubbedBytes.Inc(bytes);
        return _pace.Wait(bytes, lifetime.Stops);
    }

    [LoggerMessage(LogLevel.Warning, "scrub: {Digest} cannot be read for now: {Fault} It stays, and is tried again")]
    private static partial void LogUnread(ILogger log, Digest digest, string fault);

    [LoggerMessage(LogLevel.Error, "scrub: {Fault}")]
    private static partial void LogFault(ILogger log, string fault);
}
