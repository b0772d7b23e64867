using System.Data.Common;
using System.Globalization;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Routing;
using Roadstead.Api;
using Roadstead.Server.Clusters;
using Roadstead.Server.Projects;
using Roadstead.Server.Telemetry;

namespace Roadstead.Server.Management;

/// <summary><c>/api/v2.0/roadstead/clusters/{name}/drill</c> and <c>…/fetch</c>: long work for a cluster, which tells how far it is, a line of JSON each second.</summary>
internal sealed class ClusterStreams(
    ProjectCatalog catalog, ClusterRegistry clusters, ClusterWatchers watchers, ReadinessSurvey survey, ClusterFetcher fetcher, Drill drill, ServerMetrics metrics, TimeProvider clock, ServerLifetime lifetime)
{
    private static readonly TimeSpan BetweenLines = TimeSpan.FromSeconds(1);
    private static readonly TimeSpan LongestRest = TimeSpan.FromHours(6);

    public void Map(IEndpointRouteBuilder routes)
    {
        routes.MapPost(ClusterInventory.Path + "/{name}/drill", Drill)
            .Admin().ToldInLines("Walks every image that a cluster uses to its last byte with all upstreams cut off for that, and tells in lines of JSON how far that is; the last has the report.", () => ApiJson.Default.DrillProgress);
        routes.MapPost(ClusterInventory.Path + "/{name}/fetch", Fetch)
            .Admin().ToldInLines("Fetches what a cluster lacks, and tells in lines of JSON how far that is; the last says how ready it is then.", () => ApiJson.Default.ClusterFetchProgress);
    }

    private async Task Drill(HttpContext context)
    {
        if (await ClusterEndpoints.Named(context, clusters, watchers).ConfigureAwait(false) is not { } cluster)
        {
            return;
        }

        JsonLines.Begin(context);
        using var stops = CancellationTokenSource.CreateLinkedTokenSource(context.RequestAborted, lifetime.Stops);
        var last = new DrillProgress(0, cluster.Inventory.Images.Count, 0, 0);
        try
        {
            var report = await drill.Run(catalog.Snapshot, cluster.Inventory, progress => JsonLines.Write(context, last = progress, ApiJson.Default.DrillProgress), stops.Token).ConfigureAwait(false);
            metrics.Clusters.ShowDrill(cluster.Name, report.At, report.Failed.Count);
            await clusters.Note(cluster.Name, report).ConfigureAwait(false);
            if (report.Failed.Count > 0)
            {
                // What was found lacking or damaged comes anew at once.
                Start(cluster, isNow: true);
            }

            await JsonLines.Write(context, new DrillProgress(report.Images, report.Images, report.Bytes, report.Bytes) { Report = report }, ApiJson.Default.DrillProgress).ConfigureAwait(false);
        }
        catch (Exception exception) when (exception is DbException or IOException && !context.RequestAborted.IsCancellationRequested)
        {
            await JsonLines.Write(context, last with { Fault = $"the server's own storage failed: {exception.Message}" }, ApiJson.Default.DrillProgress).ConfigureAwait(false);
        }
        catch (OperationCanceledException)
        {
            // Whoever asked is gone, or the server stops: the answer ends short.
            context.Abort();
        }
    }

    private async Task Fetch(HttpContext context)
    {
        if (await ClusterEndpoints.Named(context, clusters, watchers).ConfigureAwait(false) is not { } cluster)
        {
            return;
        }

        JsonLines.Begin(context);
        using var stops = CancellationTokenSource.CreateLinkedTokenSource(context.RequestAborted, lifetime.Stops);
        try
        {
            var last = new ClusterFetchProgress(0, 0, 0, 0);
            var isNow = true;
            do
            {
                last = await Follow(context, Start(cluster, isNow), stops.Token).ConfigureAwait(false) ?? last;
                isNow = false;
            }
            while (await Rest(context, cluster, last, stops.Token).ConfigureAwait(false));

            await JsonLines.Write(context, last with { End = Readiness(cluster) }, ApiJson.Default.ClusterFetchProgress).ConfigureAwait(false);
        }
        catch (Exception exception) when (exception is OperationCanceledException or DbException)
        {
            // Whoever asked is gone, the server stops, or its database fails: the answer ends short.
            context.Abort();
        }
    }

    private ClusterRun? Start(KnownCluster cluster, bool isNow) => fetcher.Start(catalog.Snapshot, cluster, Readiness(cluster), isNow);

    private ClusterReadiness Readiness(KnownCluster cluster) => survey.Run(catalog.Snapshot, cluster.Inventory, cluster);

    /// <returns>How far it came; null: there was nothing to do.</returns>
    private async Task<ClusterFetchProgress?> Follow(HttpContext context, ClusterRun? run, CancellationToken stops)
    {
        while (run is { Ended.IsCompleted: false })
        {
            await JsonLines.Write(context, Line(run.Progress), ApiJson.Default.ClusterFetchProgress).ConfigureAwait(false);
            await Task.WhenAny(run.Ended, Task.Delay(BetweenLines, clock, stops)).ConfigureAwait(false);
            stops.ThrowIfCancellationRequested();
        }

        return run is null ? null : Line(run.Progress);
    }

    /// <summary>Waits for an upstream that asked to be left alone.</summary>
    /// <returns>False if there is none, or that is too long.</returns>
    private async Task<bool> Rest(HttpContext context, KnownCluster cluster, ClusterFetchProgress last, CancellationToken stops)
    {
        if (fetcher.RestsUntil(catalog.Snapshot, Readiness(cluster)) is not var (until, message) || until - clock.GetUtcNow() > LongestRest)
        {
            return false;
        }

        var waiting = last with { Waiting = string.Create(CultureInfo.InvariantCulture, $"until {until:HH:mm:ss} UTC, for {message}") };
        while (clock.GetUtcNow() < until)
        {
            await JsonLines.Write(context, waiting, ApiJson.Default.ClusterFetchProgress).ConfigureAwait(false);
            await Task.Delay(BetweenLines, clock, stops).ConfigureAwait(false);
        }

        return true;
    }

    private static ClusterFetchProgress Line(RunProgress progress) => new(progress.Done, progress.Total, progress.Bytes, progress.TotalBytes);
}
