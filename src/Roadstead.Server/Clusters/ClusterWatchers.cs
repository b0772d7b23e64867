using System.Collections.Concurrent;
using System.Data.Common;
using Roadstead.Api;
using Roadstead.Inventory;
using Roadstead.Inventory.Kubernetes;
using Roadstead.Inventory.Prometheus;
using Roadstead.Server.Configuration;

namespace Roadstead.Server.Clusters;

/// <summary>Looks at the clusters that the configuration names, by their own API or by Prometheus, for as long as the server runs. What one was last known to use is kept while it cannot be looked at.</summary>
internal sealed partial class ClusterWatchers(RoadsteadOptions options, ClusterRegistry clusters, TimeProvider clock, ServerLifetime lifetime, ILogger<ClusterWatchers> log)
{
    // So that the time is counted that a cluster has been without an image.
    private static readonly TimeSpan TellAgain = TimeSpan.FromMinutes(10);

    // A cluster that answers is heard of every minute or so.
    private static readonly TimeSpan HeardLately = TimeSpan.FromMinutes(5);

    private static readonly TimeSpan AfterFailure = TimeSpan.FromMinutes(1);

    private static readonly string Agent = $"roadstead-server/{ServerVersion.Text}";

    private readonly ConcurrentDictionary<string, string> _faults = new(StringComparer.Ordinal);

    /// <summary>The names of the clusters that are looked at.</summary>
    public IReadOnlyList<string> Names { get; } = [.. options.Clusters.Select(cluster => cluster.Name).Order(StringComparer.Ordinal)];

    /// <summary>Why a cluster cannot be looked at; null: it can.</summary>
    public string? FaultOf(string name) => _faults.GetValueOrDefault(name);

    /// <summary>Where a cluster's inventory comes from; null: from whoever tells it.</summary>
    public string? SourceOf(string name) => options.Clusters.FirstOrDefault(cluster => cluster.Name == name) is not { } cluster ? null
        : cluster.Prometheus is null ? KubernetesSource.Name : PrometheusSource.Name;

    /// <summary>Works until the server stops.</summary>
    public Task Run() => Task.WhenAll(options.Clusters.Select(cluster => Task.Run(() => Look(cluster))));

    private async Task Look(WatchedCluster cluster)
    {
        while (true)
        {
            try
            {
                await (cluster.Prometheus is { } url ? Ask(cluster, url) : Watch(cluster)).ConfigureAwait(false);
            }
            catch (OperationCanceledException) when (lifetime.Stops.IsCancellationRequested)
            {
                return;
            }
#pragma warning disable CA1031 // What nobody foresaw is told, and looked past: a cluster that is not looked at is one that is not kept.
            catch (Exception exception)
#pragma warning restore CA1031
            {
                Note(cluster.Name, $"looking at it failed: {exception.Message}");
            }

            if (lifetime.Stops.IsCancellationRequested)
            {
                return;
            }

            await Task.Delay(AfterFailure, clock, lifetime.Stops).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        }
    }

    private async Task Watch(WatchedCluster cluster)
    {
        var access = new KubernetesAccess { Kubeconfig = cluster.Kubeconfig, Context = cluster.Context, InCluster = cluster.InCluster };
        var watch = new KubernetesWatch(access, Agent, clock) { WithRelated = cluster.RelatedImages };
        ClusterInventory? last = null;

        // So that what is told again is never older than what was told.
        using var one = new SemaphoreSlim(1);
        var watching = watch.Run(
            async (inventory, _) =>
            {
                await one.WaitAsync(lifetime.Stops).ConfigureAwait(false);
                last = inventory;
                await Take(cluster.Name, inventory).ConfigureAwait(false);
                one.Release();
            },
            fault => Note(cluster.Name, fault),
            lifetime.Stops);
        while (!watching.IsCompleted)
        {
            await Task.WhenAny(watching, Task.Delay(TellAgain, clock, lifetime.Stops)).ConfigureAwait(false);
            if (watching.IsCompleted || watch.HeardAt is not { } at || clock.GetUtcNow() - at >= HeardLately)
            {
                continue;
            }

            await one.WaitAsync(lifetime.Stops).ConfigureAwait(false);
            if (last is not null)
            {
                await Take(cluster.Name, last).ConfigureAwait(false);
            }

            one.Release();
        }

        await watching.ConfigureAwait(false);
    }

    private async Task Ask(WatchedCluster cluster, Uri url)
    {
        var access = new PrometheusAccess(url) { BearerToken = cluster.BearerToken, Username = cluster.Username, Password = cluster.Password, CaPem = cluster.CaCertificate, Since = cluster.Since };
        var source = new PrometheusSource(access, Agent, clock);
        while (true)
        {
            switch (await source.Take(null, lifetime.Stops).ConfigureAwait(false))
            {
                case InventoryOutcome.Taken { IsPartial: false } taken:
                    Note(cluster.Name, null);
                    await Take(cluster.Name, taken.Inventory).ConfigureAwait(false);
                    break;
                case InventoryOutcome.Taken taken:
                    Note(cluster.Name, string.Join(" ", taken.Notes));
                    break;
                case InventoryOutcome.Failed(var message):
                    Note(cluster.Name, message);
                    break;
                default:
                    throw new InvalidOperationException("Unknown outcome.");
            }

            await Task.Delay(cluster.Every, clock, lifetime.Stops).ConfigureAwait(false);
        }
    }

    private async Task Take(string name, ClusterInventory inventory)
    {
        // As if somebody had told it.
        var (kept, fault) = InventoryCheck.Check(inventory);
        try
        {
            if (kept is null)
            {
                Note(name, fault);
            }
            else if (await clusters.Put(name, kept, lifetime.Stops).ConfigureAwait(false) is null)
            {
                Note(name, $"this server keeps {ClusterRegistry.MaxClusters} clusters, and has as many; roadstead cluster forget makes room");
            }
        }
        catch (DbException exception)
        {
            LogNotKept(log, name, exception.Message);
        }
    }

    private void Note(string name, string? fault)
    {
        if (fault is null)
        {
            if (_faults.TryRemove(name, out _))
            {
                LogSeen(log, name);
            }
        }
        else if (_faults.GetValueOrDefault(name) != fault)
        {
            _faults[name] = fault;
            LogUnseen(log, name, fault);
        }
    }

    [LoggerMessage(LogLevel.Warning, "cluster {Name} cannot be looked at: {Fault} What it was last known to use is kept")]
    private static partial void LogUnseen(ILogger log, string name, string fault);

    [LoggerMessage(LogLevel.Information, "cluster {Name} is looked at again")]
    private static partial void LogSeen(ILogger log, string name);

    [LoggerMessage(LogLevel.Error, "cluster {Name}: what it uses cannot be written down: {Fault}")]
    private static partial void LogNotKept(ILogger log, string name, string fault);
}
