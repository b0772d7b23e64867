using System.Collections.Concurrent;
using System.Data.Common;
using Roadstead.Api;
using Roadstead.Oci;
using Roadstead.Oci.Client;
using Roadstead.Server.Configuration;
using Roadstead.Server.Mirroring;
using Roadstead.Server.Projects;

namespace Roadstead.Server.Clusters;

/// <summary>
/// Fetches what is in use and not held whole, and asks whether tags in use have moved. Each endpoint's images come one after the other, so that clients are not kept waiting. One that asks to be left
/// alone is, and what it would have brought is due when it may be asked again; nothing waits for it.
/// </summary>
internal sealed partial class ClusterFetcher(ImageFetch fetch, ReadinessSurvey survey, FetchAttempts attempts, InUseOptions options, TimeProvider clock, ServerLifetime lifetime, ILogger<ClusterFetcher> log)
{
    // An upstream that keeps failing is left until the next run.
    private const int MostFaults = 3;

    // How long what failed is left before it is tried again by itself.
    private static readonly TimeSpan RetryAfter = TimeSpan.FromMinutes(5);

    // Of one that names no time, or none to speak of.
    private static readonly TimeSpan ShortestRest = TimeSpan.FromSeconds(5);

    // What was whole and is not any more is fetched again before what could not be had.
    private static readonly TimeSpan AfterLoss = TimeSpan.FromSeconds(10);

    private readonly ConcurrentDictionary<string, ClusterRun> _runs = new(StringComparer.Ordinal);

    /// <summary>The fetching for a cluster that is under way, or a new one; null if there is nothing to do.</summary>
    /// <param name="snapshot">The projects in force.</param>
    /// <param name="cluster">The cluster.</param>
    /// <param name="isNow">What failed lately is tried again, too.</param>
    public ClusterRun? Start(ProjectSnapshot snapshot, KnownCluster cluster, bool isNow)
    {
        lock (_runs)
        {
            if (_runs.TryGetValue(cluster.Name, out var current) && !current.Ended.IsCompleted)
            {
                return current;
            }

            var readiness = survey.Run(snapshot, cluster.Inventory, cluster);
            var wanted = readiness.Images.Where(image => IsDue(image, isNow)).Select(image => Way(snapshot, image)).OfType<Wanted>().ToList();
            if (wanted.Count == 0)
            {
                _runs.TryRemove(cluster.Name, out _);
                return null;
            }

            var run = new ClusterRun(wanted.Count);
            List<Platform>? platforms = cluster.Inventory.Platforms.Count == 0 ? null : [.. cluster.Inventory.Platforms.Select(Platform.Parse)];
            run.Ended = Task.WhenAll(wanted.GroupBy(image => image.Route.Project.Endpoint!).Select(lane => Task.Run(() => Lane(cluster.Name, run, [.. lane], new FetchWish(platforms, IsEachNeeded: false, IsPull: false)))));
            _runs[cluster.Name] = run;
            return run;
        }
    }

    /// <summary>The next moment at which an upstream that asked to be left alone may be asked for what a cluster lacks, and its words; null: nothing waits for that.</summary>
    public (DateTimeOffset Until, string Message)? RestsUntil(ProjectSnapshot snapshot, KnownCluster cluster) => survey.Run(snapshot, cluster.Inventory, cluster).Images
        .Where(image => image is not { State: ImageState.Ready, Lacks: null } && Way(snapshot, image) is not null)
        .Select(image => attempts.Of(image.Image)?.End is FetchEnd.Fault(UpstreamOutcome<long>.Throttled(var until, var message)) ? ((DateTimeOffset Until, string Message)?)(Later(until, attempts.Of(image.Image)!.At + ShortestRest), message) : null)
        .Where(rest => rest is not null)
        .MinBy(rest => rest!.Value.Until);

    private static DateTimeOffset Later(DateTimeOffset one, DateTimeOffset other) => one > other ? one : other;

    private static Wanted? Way(ProjectSnapshot snapshot, ImageReadiness image)
    {
        var reference = ImageReference.Parse(image.Image);
        return ReadinessSurvey.Find(snapshot, reference).Route is { } route ? new Wanted(image.Image, route, reference.Reference) : null;
    }

    /// <summary>True if it is to be fetched, or its tag to be asked for, now.</summary>
    private bool IsDue(ImageReadiness image, bool isNow)
    {
        var now = clock.GetUtcNow();
        var last = attempts.Of(image.Image);
        if (image is { State: ImageState.Ready, Lacks: null })
        {
            // When it was last asked for counts, too: a tag may stay fresh for longer.
            var asked = last is { } one && one.At > image.CheckedAt ? one.At : image.CheckedAt;
            return asked is { } at && (now - at >= options.FollowEvery || at > now);
        }

        if (last?.End is FetchEnd.Fault(UpstreamOutcome<long>.Throttled(var until, _)))
        {
            return now >= until && (now - last.At >= ShortestRest || last.At > now);
        }

        // What upstream has not, or does not give, is no other in a moment.
        var patience = last?.End is FetchEnd.Absent or FetchEnd.Fault(UpstreamOutcome<long>.Denied) ? options.FollowEvery
            : last?.End is FetchEnd.Whole && image.State is ImageState.Ready or ImageState.Partial or ImageState.Absent ? AfterLoss
            : RetryAfter;
        return isNow || last is null || now - last.At >= patience || last.At > now;
    }

    private async Task Lane(string cluster, ClusterRun run, IReadOnlyList<Wanted> images, FetchWish wish)
    {
        var faults = 0;
        foreach (var (number, image) in images.Index())
        {
            var end = await Fetch(run, image, wish).ConfigureAwait(false);
            if (lifetime.Stops.IsCancellationRequested)
            {
                return;
            }

            Note(cluster, image, end);
            run.Done();
            faults = end is FetchEnd.Fault(UpstreamOutcome<long>.Unavailable) ? faults + 1 : 0;
            if (faults == MostFaults || end is FetchEnd.Fault(UpstreamOutcome<long>.Throttled))
            {
                // It would say the same to the others.
                LeaveOut(cluster, run, images.Skip(number + 1), end);
                return;
            }
        }
    }

    private void Note(string cluster, Wanted image, FetchEnd end)
    {
        attempts.Note(image.Name, new FetchAttempt(clock.GetUtcNow(), end));
        if (end.Explanation is { } why)
        {
            LogNotFetched(log, cluster, image.Name, why);
        }
        else if (end is FetchEnd.Whole { WasHeld: false })
        {
            LogFetched(log, cluster, image.Name);
        }
    }

    private void LeaveOut(string cluster, ClusterRun run, IEnumerable<Wanted> images, FetchEnd end)
    {
        var count = 0;
        foreach (var image in images)
        {
            attempts.Note(image.Name, new FetchAttempt(clock.GetUtcNow(), end));
            run.Done();
            count++;
        }

        if (count > 0)
        {
            LogLeftOut(log, cluster, count, end.Explanation!);
        }
    }

    private async Task<FetchEnd> Fetch(ClusterRun run, Wanted image, FetchWish wish)
    {
        try
        {
            return await fetch.Run(
                image.Route,
                image.Reference,
                wish,
                progress =>
                {
                    run.Report(image.Name, progress);
                    return Task.CompletedTask;
                },
                lifetime.Stops).ConfigureAwait(false);
        }
#pragma warning disable CA1031 // Whatever is wrong with one image, the others are fetched.
        catch (Exception exception) when (exception is not OperationCanceledException || !lifetime.Stops.IsCancellationRequested)
#pragma warning restore CA1031
        {
            return new FetchEnd.Fault(new UpstreamOutcome<long>.Unavailable(new UpstreamFault(UpstreamFaultKind.ServerError, exception is DbException or IOException ? $"the server's own storage failed: {exception.Message}" : $"the server failed: {exception.Message}")));
        }
        catch (OperationCanceledException) when (lifetime.Stops.IsCancellationRequested)
        {
            return new FetchEnd.Whole(WasHeld: true);
        }
    }

    /// <summary>An image that is to be fetched.</summary>
    private sealed record Wanted(string Name, Route Route, Reference Reference);

    [LoggerMessage(LogLevel.Information, "fetched for cluster={Cluster} image={Image}")]
    private static partial void LogFetched(ILogger log, string cluster, string image);

    [LoggerMessage(LogLevel.Warning, "not fetched for cluster={Cluster} images={Count}, which wait: {Why}")]
    private static partial void LogLeftOut(ILogger log, string cluster, int count, string why);

    [LoggerMessage(LogLevel.Warning, "not fetched for cluster={Cluster} image={Image}: {Why}")]
    private static partial void LogNotFetched(ILogger log, string cluster, string image, string why);
}
