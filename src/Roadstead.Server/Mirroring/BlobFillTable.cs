using System.Collections.Concurrent;
using Roadstead.Oci;
using Roadstead.Server.Telemetry;

namespace Roadstead.Server.Mirroring;

/// <summary>The blobs that are being fetched: the one place where requests for them collapse.</summary>
internal sealed partial class BlobFillTable(ServerMetrics metrics, StorageFaults storage, TimeProvider clock, ServerLifetime lifetime, ILogger<BlobFillTable> log)
{
    // Who waits for a fill goes on at once when it ends.
    private static readonly TimeSpan UnreadHolds = TimeSpan.FromSeconds(1);

    private readonly ConcurrentDictionary<Digest, Lazy<BlobFill?>> _fills = new();

    /// <summary>The fill of a blob that is under way; null if there is none.</summary>
    public BlobFill? Find(Digest digest) => _fills.TryGetValue(digest, out var fill) ? fill.Value : null;

    /// <summary>The blobs whose fills are under way, those included that wait for room.</summary>
    public IEnumerable<Digest> Running => _fills.Keys;

    /// <summary>The fill of a blob that is under way, or one that <paramref name="make"/> makes and that is started here.</summary>
    /// <returns>The fill; null if <paramref name="make"/> found that none is needed.</returns>
    public BlobFill? FindOrStart(Digest digest, Func<BlobFill?> make)
    {
        var entry = _fills.GetOrAdd(digest, key => new Lazy<BlobFill?>(() =>
        {
            var fill = make();
            if (fill is not null)
            {
                _ = Task.Run(() => Run(fill));
            }

            return fill;
        }));
        if (entry.Value is null)
        {
            _fills.TryRemove(KeyValuePair.Create(digest, entry));
        }

        return entry.Value;
    }

    /// <summary>Complete when no fill runs; meant for after the server's stop, when none starts any more.</summary>
    public Task WhenEmpty() => Task.WhenAll(_fills.Values.Select(fill => fill.Value?.Ended ?? Task.CompletedTask));

    private async Task Run(BlobFill fill)
    {
        metrics.Fills.Inc();
        FillEnd? end = null;
        try
        {
            end = await fill.Run(lifetime.Stops).ConfigureAwait(false);
        }
        finally
        {
            _fills.TryRemove(fill.Digest, out _);
            fill.Leave();
            metrics.Fills.Dec();
            metrics.FillsEnded.WithLabels(end switch { FillEnd.Stored => "stored", FillEnd.NotKept => "not_kept", _ => "failed" }).Inc();
            if (end is FillEnd.NotKept)
            {
                _ = LetGo(fill);
            }

            if (end is FillEnd.Stored)
            {
                LogStored(log, fill.Route.Project.Name, fill.Route.Repository, fill.Digest, fill.Size);
            }
            else if (end is FillEnd.NoRoom(var why))
            {
                storage.Report("blobs", $"{fill.Digest} cannot be stored: {why}");
            }
            else if (end is FillEnd.NotKept(var reason))
            {
                LogNotKept(log, fill.Route.Project.Name, fill.Route.Repository, fill.Digest, fill.Size, reason);
            }
            else if (end is FillEnd.Failed(var fault))
            {
                LogFailed(log, fill.Route.Project.Name, fill.Route.Repository, fill.Digest, fault);
            }
        }
    }

    /// <summary>Ends an answer of upstream's that nobody wants.</summary>
    private async Task LetGo(BlobFill fill)
    {
        await Task.Delay(UnreadHolds, clock).ConfigureAwait(false);
        fill.TakeUnread()?.Dispose();
    }

    [LoggerMessage(LogLevel.Information, "stored blob project={Project} repository={Repository} digest={Digest} bytes={Bytes}")]
    private static partial void LogStored(ILogger log, string project, RepositoryName repository, Digest digest, long bytes);

    [LoggerMessage(LogLevel.Warning, "passed through blob project={Project} repository={Repository} digest={Digest} bytes={Bytes}: it is not kept, for {Reason}")]
    private static partial void LogNotKept(ILogger log, string project, RepositoryName repository, Digest digest, long bytes, string reason);

    [LoggerMessage(LogLevel.Warning, "not stored blob project={Project} repository={Repository} digest={Digest}: {Fault}")]
    private static partial void LogFailed(ILogger log, string project, RepositoryName repository, Digest digest, string fault);
}
