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
internal sealed partial class ClusterFetcher(ImageFetch fetch, FetchAttempts attempts, InUseOptions options, TimeProvider clock, ServerLifetime lifetime, ILogger<ClusterFetcher> log)
{
    // An upstream that keeps failing is left until the next run.
    private const int MostFaults = 3;

    // How long what failed is left before it is tried again by itself.
    private static readonly TimeSpan RetryAfter = TimeSpan.FromMinutes(5);

    // Of one that names no time, or none to speak of.
    private static readonly TimeSpan ShortestRest = TimeSpan.FromSeconds(5);

    // What was whole and is not any more is fetched again before what could not be had; and so is what could not, once its upstream answers again.
    private static readonly TimeSpan AfterLoss = TimeSpan.FromSeconds(10);

    private readonly Dictionary<string, ClusterRun> _runs = new(StringComparer.Ordinal);

    /// <summary>Fetches what is due, beside or after what is being fetched for the cluster already.</summary>
    /// <param name="snapshot">The projects in force.</param>
    /// <param name="cluster">The cluster.</param>
    /// <param name="readiness">What it lacks.</param>
    /// <param name="isNow">What failed lately is tried again, too.</param>
    /// <returns>All that is under way for it; null: nothing is.</returns>
    public ClusterRun? Start(ProjectSnapshot snapshot, KnownCluster cluster, ClusterReadiness readiness, bool isNow)
    {
        var wanted = readiness.Images.Where(image => IsDue(snapshot, image, isNow)).Select(image => Way(snapshot, image)).OfType<WantedImage>().ToList();
        lock (_runs)
        {
            var run = _runs.GetValueOrDefault(cluster.Name);
            if (wanted.Count == 0)
            {
                return run is { Ended.IsCompleted: false } ? run : null;
            }

            if (run?.Add(wanted) is not { } lanes)
            {
                _runs[cluster.Name] = run = new ClusterRun();
                lanes = run.Add(wanted)!;
            }

            List<Platform>? platforms = cluster.Inventory.Platforms.Count == 0 ? null : [.. cluster.Inventory.Platforms.Select(Platform.Parse)];
            foreach (var lane in lanes)
            {
                _ = Task.Run(() => Lane(cluster.Name, run, lane, new FetchWish(platforms, IsEachNeeded: false, IsPull: false)));
            }

            return run;
        }
    }

    /// <summary>The next moment at which an upstream that asked to be left alone may be asked for what a cluster lacks, and its words; null: nothing waits for that.</summary>
    public (DateTimeOffset Until, string Message)? RestsUntil(ProjectSnapshot snapshot, ClusterReadiness readiness) => readiness.Images
        .Where(image => image is not { State: ImageState.Ready, Lacks: null } && Way(snapshot, image) is not null)
        .Select(image => attempts.Of(image.Image)?.End is FetchEnd.Fault(UpstreamOutcome<long>.Throttled(var until, var message)) ? ((DateTimeOffset Until, string Message)?)(Later(until, attempts.Of(image.Image)!.At + ShortestRest), message) : null)
        .Where(rest => rest is not null)
        .MinBy(rest => rest!.Value.Until);

    private static DateTimeOffset Later(DateTimeOffset one, DateTimeOffset other) => one > other ? one : other;

    private static WantedImage? Way(ProjectSnapshot snapshot, ImageReadiness image)
    {
        var reference = ImageReference.Parse(image.Image);
        return ReadinessSurvey.Find(snapshot, reference).Route is { } route ? new WantedImage(image.Image, route, reference.Reference) : null;
    }

    /// <summary>True if it is to be fetched, or its tag to be asked for, now.</summary>
    private bool IsDue(ProjectSnapshot snapshot, ImageReadiness image, bool isNow)
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
            : last is not null && IsBack(snapshot, image, last, now - last.At) ? AfterLoss
            : RetryAfter;
        return isNow || last is null || now - last.At >= patience || last.At > now;
    }

    /// <summary>True if an upstream that could not be reached has answered since. One that answers and does not bring it is left alone for longer: each try may count at its limit.</summary>
    private static bool IsBack(ProjectSnapshot snapshot, ImageReadiness image, FetchAttempt last, TimeSpan since) =>
        last.End is FetchEnd.Fault(UpstreamOutcome<long>.Unavailable({ Kind: UpstreamFaultKind.Unreachable }))
        && Way(snapshot, image) is { Route: var route } && route.Project.Endpoint!.Health.AnsweredWithin(since, route.Repository);

    private async Task Lane(string cluster, ClusterRun run, Endpoint endpoint, FetchWish wish)
    {
        var faults = 0;
        while (run.Next(endpoint) is { } image)
        {
            var end = await Fetch(run, image, wish).ConfigureAwait(false);
            if (lifetime.Stops.IsCancellationRequested)
            {
                run.Leave(endpoint);
                return;
            }

            Note(cluster, image, end);
            run.Done(image);
            faults = end is FetchEnd.Fault(UpstreamOutcome<long>.Unavailable) ? faults + 1 : 0;
            if (faults == MostFaults || end is FetchEnd.Fault(UpstreamOutcome<long>.Throttled))
            {
                // It would say the same to the others.
                LeaveOut(cluster, run.Leave(endpoint), end);
                return;
            }
        }
    }

    private void Note(string cluster, WantedImage image, FetchEnd end)
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

    private void LeaveOut(string cluster, IReadOnlyList<WantedImage> images, FetchEnd end)
    {
        foreach (var image in images)
        {
            attempts.Note(image.Name, new FetchAttempt(clock.GetUtcNow(), end));
        }

        if (images.Count > 0)
        {
            LogLeftOut(log, cluster, images.Count, end.Explanation!);
        }
    }

    private async Task<FetchEnd> Fetch(ClusterRun run, WantedImage image, FetchWish wish)
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

    [LoggerMessage(LogLevel.Information, "fetched for cluster={Cluster} image={Image}")]
    private static partial void LogFetched(ILogger log, string cluster, string image);

    [LoggerMessage(LogLevel.Warning, "not fetched for cluster={Cluster} images={Count}, which wait: {Why}")]
    private static partial void LogLeftOut(ILogger log, string cluster, int count, string why);

    [LoggerMessage(LogLevel.Warning, "not fetched for cluster={Cluster} image={Image}: {Why}")]
    private static partial void LogNotFetched(ILogger log, string cluster, string image, string why);
}
