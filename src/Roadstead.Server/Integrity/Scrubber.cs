using System.Buffers;
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
    RoadsteadOptions options, Database database, FileBlobStore store, ServerMetrics metrics, TimeProvider clock, ServerLifetime lifetime, ILogger<Scrubber> log)
{
    private const int ChunkSize = 1024 * 1024;

    // A store that is empty, or all of it read, is looked at again at least this often.
    private static readonly TimeSpan LongestSleep = TimeSpan.FromHours(1);
    private static readonly TimeSpan AfterFault = TimeSpan.FromMinutes(1);

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
        var oldest = database.Read(BlobTable.LongestUnchecked);
        var wait = oldest is null ? every : oldest.CheckedAt + every - clock.GetUtcNow();
        if (wait > TimeSpan.Zero)
        {
            await Task.Delay(wait < LongestSleep ? wait : LongestSleep, clock, lifetime.Stops).ConfigureAwait(false);
        }
        else
        {
            await Check(oldest!.Digest).ConfigureAwait(false);
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

    private async Task Check(Digest digest)
    {
        if (store.Stat(digest) is null)
        {
            // Removed behind the server's back; its next pull fetches it.
            await database.Write(connection => BlobTable.Remove(connection, digest)).ConfigureAwait(false);
            return;
        }

        if (await IsIntact(digest).ConfigureAwait(false))
        {
            var now = clock.GetUtcNow();
            await database.Write(connection => BlobTable.Checked(connection, digest, now)).ConfigureAwait(false);
            return;
        }

        await database.Write(connection => BlobTable.Remove(connection, digest)).ConfigureAwait(false);
        var kept = store.Quarantine(digest);
        metrics.DamagedBlobs.Inc();
        LogDamaged(log, digest, kept);
    }

    private async Task<bool> IsIntact(Digest digest)
    {
        using var hash = digest.CreateHash();
        var buffer = ArrayPool<byte>.Shared.Rent(ChunkSize);
        try
        {
            using var blob = store.Open(digest);
            for (long position = 0; position < blob?.Size;)
            {
                var read = RandomAccess.Read(blob.File, buffer.AsSpan(0, ChunkSize), position);
                if (read == 0)
                {
                    return false;
                }

                hash.AppendData(buffer, 0, read);
                position += read;
                metrics.ScrubbedBytes.Inc(read);
                await Task.Delay(TimeSpan.FromSeconds((double)read / options.Storage.ScrubRate), clock, lifetime.Stops).ConfigureAwait(false);
            }

            return digest.Matches(hash);
        }
        catch (IOException)
        {
            // What the disk can no longer read is as lost as what it reads wrong.
            return false;
        }
        finally
        {
            ArrayPool<byte>.Shared.Return(buffer);
        }
    }

    [LoggerMessage(LogLevel.Error, "ALERT damaged blob digest={Digest}: its bytes changed on the disk, or cannot be read; it is kept as {Kept} and fetched anew at its next pull")]
    private static partial void LogDamaged(ILogger log, Digest digest, string kept);

    [LoggerMessage(LogLevel.Error, "scrub: {Fault}")]
    private static partial void LogFault(ILogger log, string fault);
}
