using System.Threading.Channels;
using Roadstead.Api;
using Roadstead.Server.Configuration;
using Roadstead.Server.Projects;
using Roadstead.Server.Telemetry;

namespace Roadstead.Server.Clusters;

/// <summary>What is done for clusters beside pulls: what they use is fetched and followed, and the metrics show how ready the server is for them.</summary>
internal sealed partial class ClusterWork(ProjectCatalog catalog, ClusterRegistry clusters, ClusterWatchers watchers, ReadinessSurvey survey, ClusterFetcher fetcher, FetchAttempts attempts, InUseOptions options, ServerMetrics metrics, TimeProvider clock, ServerLifetime lifetime, ILogger<ClusterWork> log)
{
    private static readonly TimeSpan LongestPause = TimeSpan.FromMinutes(1);

    private readonly Channel<string> _news = Channel.CreateBounded<string>(new BoundedChannelOptions(1) { FullMode = BoundedChannelFullMode.DropOldest });
    private readonly HashSet<string> _shown = [];
    private readonly Dictionary<string, ClusterRun> _runs = new(StringComparer.Ordinal);
    private readonly RareLine _fault = new(clock);

    /// <summary>Works until the server stops.</summary>
    public async Task Run()
    {
        clusters.Changed += name => _news.Writer.TryWrite(name);
        try
        {
            while (true)
            {
                try
                {
                    Step();
                }
#pragma warning disable CA1031 // One cluster that cannot be looked at must not end the work for all others, whatever is wrong with it.
                catch (Exception exception) when (exception is not OperationCanceledException)
#pragma warning restore CA1031
                {
                    if (_fault.IsDue())
                    {
                        LogFault(log, exception.Message);
                    }
                }

                using var soon = new CancellationTokenSource(options.FollowEvery < LongestPause ? options.FollowEvery : LongestPause, clock);
                using var ends = CancellationTokenSource.CreateLinkedTokenSource(soon.Token, lifetime.Stops);
                try
                {
                    await _news.Reader.ReadAsync(ends.Token).ConfigureAwait(false);
                }
                catch (OperationCanceledException) when (!lifetime.Stops.IsCancellationRequested)
                {
                    // Nothing new.
                }
            }
        }
        catch (OperationCanceledException)
        {
            // The server stops.
        }
    }

    private void Step()
    {
        var known = clusters.All();
        attempts.Keep(known.SelectMany(cluster => cluster.Inventory.Images).Select(image => image.Image).ToHashSet(StringComparer.Ordinal));
        foreach (var cluster in known)
        {
            var snapshot = catalog.Snapshot;
            var readiness = survey.Run(snapshot, cluster.Inventory, cluster);
            Show(cluster.Name, readiness);
            if (cluster.Drill is { } drill)
            {
                metrics.Clusters.ShowDrill(cluster.Name, drill.At, drill.Failed.Count);
            }

            if (fetcher.Start(snapshot, cluster, readiness, isNow: false) is { } run && run != _runs.GetValueOrDefault(cluster.Name))
            {
                _runs[cluster.Name] = run;
                _ = LookAfter(run, cluster.Name);
            }
        }

        // One that was never heard of has been silent since ever.
        var unheard = watchers.Names.Except(known.Select(cluster => cluster.Name)).ToList();
        foreach (var name in unheard)
        {
            metrics.Clusters.Show(name, DateTimeOffset.UnixEpoch, new Dictionary<string, int>());
        }

        foreach (var gone in _shown.Except(known.Select(cluster => cluster.Name)).Except(unheard).ToList())
        {
            metrics.Clusters.Forget(gone);
            _shown.Remove(gone);
            _runs.Remove(gone);
        }
    }

    private async Task LookAfter(ClusterRun run, string cluster)
    {
        await run.Ended.ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        _news.Writer.TryWrite(cluster);
    }

    private void Show(string cluster, ClusterReadiness readiness)
    {
        _shown.Add(cluster);
        metrics.Clusters.Show(cluster, readiness.HeardAt ?? DateTimeOffset.UnixEpoch, Enum.GetValues<ImageState>().ToDictionary(state => JsonWord(state), state => readiness.Images.Count(image => image.State == state)));
    }

    private static string JsonWord(ImageState state) => state switch
    {
        ImageState.Ready => "ready",
        ImageState.Partial => "partial",
        ImageState.Absent => "absent",
        ImageState.Withheld => "withheld",
        ImageState.Uncovered => "uncovered",
        _ => throw new InvalidOperationException("Unknown state."),
    };

    [LoggerMessage(LogLevel.Error, "clusters: {Fault}")]
    private static partial void LogFault(ILogger log, string fault);
}
