using System.Collections.Concurrent;
using System.Collections.Immutable;
using Roadstead.Oci;
using Roadstead.Server.Projects;
using Roadstead.Server.Telemetry;

namespace Roadstead.Server.Mirroring;

/// <summary>The blobs that are being fetched: the one place where requests for them collapse. A blob has more than one fill only for projects that may not share what they hold.</summary>
internal sealed partial class BlobFillTable(SharingRule sharing, ServerMetrics metrics, StorageFaults storage, TimeProvider clock, ServerLifetime lifetime, ILogger<BlobFillTable> log)
{
    // Who waits for a fill goes on at once when it ends.
    private static readonly TimeSpan UnreadHolds = TimeSpan.FromSeconds(1);

    private readonly ConcurrentDictionary<Digest, ImmutableArray<Entry>> _fills = new();
    private readonly Lock _changing = new();

    /// <summary>The fill of a blob that is under way and that the project may join; null if there is none.</summary>
    public BlobFill? Find(Digest digest, Project asking) => _fills.TryGetValue(digest, out var entries) ? Joinable(entries, asking)?.Fill.Value : null;

    /// <summary>True if a fill of the blob is under way, whoever it is for.</summary>
    public bool IsUnderWay(Digest digest) => _fills.ContainsKey(digest);

    /// <summary>The blobs whose fills are under way, those included that wait for room.</summary>
    public IEnumerable<Digest> Running => _fills.Keys;

    /// <summary>The fill of a blob that is under way and that the project may join, or one that <paramref name="make"/> makes and that is started here.</summary>
    /// <returns>The fill; null if <paramref name="make"/> found that none is needed.</returns>
    public BlobFill? FindOrStart(Digest digest, Project asking, Func<BlobFill?> make)
    {
        var entry = FindOrAdd(digest, asking, make);
        if (entry.Fill.Value is null)
        {
            Remove(digest, entry);
        }

        return entry.Fill.Value;
    }

    /// <summary>Complete when no fill runs; meant for after the server's stop, when none starts any more.</summary>
    public Task WhenEmpty() => Task.WhenAll(_fills.Values.SelectMany(entries => entries).Select(entry => entry.Fill.Value?.Ended ?? Task.CompletedTask));

    private Entry? Joinable(ImmutableArray<Entry> entries, Project asking) => entries.FirstOrDefault(entry => sharing.MayJoin(asking, entry.For));

    private Entry FindOrAdd(Digest digest, Project asking, Func<BlobFill?> make)
    {
        lock (_changing)
        {
            var entries = _fills.GetValueOrDefault(digest, []);
            if (Joinable(entries, asking) is { } known)
            {
                return known;
            }

            Entry? own = null;
            own = new Entry(asking, new Lazy<BlobFill?>(() => Start(digest, own!, make)));
            _fills[digest] = entries.Add(own);
            return own;
        }
    }

    private BlobFill? Start(Digest digest, Entry entry, Func<BlobFill?> make)
    {
        var fill = make();
        if (fill is not null)
        {
            _ = Task.Run(() => Run(digest, entry, fill));
        }

        return fill;
    }

    private void Remove(Digest digest, Entry entry)
    {
        lock (_changing)
        {
            var left = _fills.GetValueOrDefault(digest, []).Remove(entry);
            if (left.IsEmpty)
            {
                _fills.TryRemove(digest, out _);
            }
            else
            {
                _fills[digest] = left;
            }
        }
    }

    private async Task Run(Digest digest, Entry entry, BlobFill fill)
    {
        metrics.Fills.Inc();
        FillEnd? end = null;
        try
        {
            end = await fill.Run(lifetime.Stops).ConfigureAwait(false);
        }
        finally
        {
            Remove(digest, entry);
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

    /// <param name="For">The project that it is fetched for.</param>
    /// <param name="Fill">Made by whoever first asks for it, not while others wait to look.</param>
    private sealed record Entry(Project For, Lazy<BlobFill?> Fill);

    [LoggerMessage(LogLevel.Information, "stored blob project={Project} repository={Repository} digest={Digest} bytes={Bytes}")]
    private static partial void LogStored(ILogger log, string project, RepositoryName repository, Digest digest, long bytes);

    [LoggerMessage(LogLevel.Warning, "passed through blob project={Project} repository={Repository} digest={Digest} bytes={Bytes}: it is not kept, for {Reason}")]
    private static partial void LogNotKept(ILogger log, string project, RepositoryName repository, Digest digest, long bytes, string reason);

    [LoggerMessage(LogLevel.Warning, "not stored blob project={Project} repository={Repository} digest={Digest}: {Fault}")]
    private static partial void LogFailed(ILogger log, string project, RepositoryName repository, Digest digest, string fault);
}
