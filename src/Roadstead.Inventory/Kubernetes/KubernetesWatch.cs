using System.Threading.Channels;
using Roadstead.Api;

namespace Roadstead.Inventory.Kubernetes;

/// <summary>Keeps an eye on what a cluster runs: lists it once, is told of changes from there on, and lists again now and then, should one have been missed.</summary>
/// <param name="access">Which cluster, and as whom.</param>
/// <param name="agent">What this program calls itself.</param>
/// <param name="time">The clock.</param>
public sealed class KubernetesWatch(KubernetesAccess access, string agent, TimeProvider time)
{
    private readonly Lock _lock = new();
    private List<KindWatch> _kinds = [];

    /// <summary>Count what operators are told to use by variables <c>RELATED_IMAGE_…</c>.</summary>
    public bool WithRelated { get; init; }

    /// <summary>How often all is listed again.</summary>
    public TimeSpan Resync { get; init; } = TimeSpan.FromMinutes(30);

    /// <summary>How long changes are gathered before they are told.</summary>
    public TimeSpan Settle { get; init; } = TimeSpan.FromSeconds(2);

    /// <summary>The longest wait before a cluster that gave no answer is asked again.</summary>
    public TimeSpan LongestPause { get; init; } = TimeSpan.FromMinutes(1);

    /// <summary>Since when nothing has been heard of some kind of object, which is every minute or so of a cluster that can be reached; null: not all has been heard yet.</summary>
    public DateTimeOffset? HeardAt
    {
        get
        {
            lock (_lock)
            {
                return _kinds.Count == 0 || _kinds.Exists(kind => kind.HeardAt is null) ? null : _kinds.Min(kind => kind.HeardAt);
            }
        }
    }

    /// <summary>Watches until it is ended.</summary>
    /// <param name="changed">Gets the whole inventory, and what it throws ends the watch: first as soon as all kinds of objects were listed, then whenever it has changed. One call at a time. What cannot be looked at stays in it as it was last known.</param>
    /// <param name="reachable">Gets why the cluster, or a part of it, cannot be looked at, as a sentence, and null as soon as it can again.</param>
    /// <param name="cancellation">Ends it; this returns then.</param>
    public async Task Run(Func<ClusterInventory, CancellationToken, Task> changed, Action<string?> reachable, CancellationToken cancellation)
    {
        ArgumentNullException.ThrowIfNull(changed);
        ArgumentNullException.ThrowIfNull(reachable);
        using var connections = new KubernetesConnections(access, agent);
        using var ends = CancellationTokenSource.CreateLinkedTokenSource(cancellation);
        var news = Channel.CreateBounded<bool>(new BoundedChannelOptions(1) { FullMode = BoundedChannelFullMode.DropWrite });
        var kinds = WorkloadKind.All.Select(kind => new KindWatch(kind, connections, WithRelated, time, Resync, LongestPause, () => news.Writer.TryWrite(true))).ToList();
        lock (_lock)
        {
            _kinds = kinds;
        }

        var work = kinds.Select(kind => kind.Run(ends.Token)).Append(Tell(kinds, news.Reader, changed, reachable, ends.Token)).ToList();
        try
        {
            // What ends by itself has failed in a way that nobody foresaw, and the others would go on without it.
            await (await Task.WhenAny(work).ConfigureAwait(false)).ConfigureAwait(false);
        }
        catch (OperationCanceledException) when (cancellation.IsCancellationRequested)
        {
            // It was ended.
        }
        finally
        {
            await ends.CancelAsync().ConfigureAwait(false);
            await Task.WhenAll(work).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        }
    }

    private async Task Tell(List<KindWatch> kinds, ChannelReader<bool> news, Func<ClusterInventory, CancellationToken, Task> changed, Action<string?> reachable, CancellationToken cancellation)
    {
        var (toldFault, told) = ((string?)null, (ClusterInventory?)null);
        while (true)
        {
            await news.ReadAsync(cancellation).ConfigureAwait(false);
            var fault = kinds.Select(kind => kind.Fault).FirstOrDefault(fault => fault is not null)?.Message;
            if (fault != toldFault)
            {
                reachable(toldFault = fault);
            }

            if (kinds.Any(kind => !kind.IsKnown))
            {
                continue;
            }

            // The first inventory is waited for; of a roll-out every pod is a change.
            if (told is not null)
            {
                await Task.Delay(Settle, time, cancellation).ConfigureAwait(false);
            }

            var builder = new InventoryBuilder();
            kinds.ForEach(kind => kind.AddTo(builder));
            if (builder.IsOverfull)
            {
                reachable(toldFault = $"There are more than {ClusterInventory.MostImages} different images, which is more than an inventory may have.");
                continue;
            }

            var inventory = builder.Build(time.GetUtcNow(), KubernetesSource.Name);
            if (told is null || !InventoryChange.IsSame(told, inventory))
            {
                told = inventory;
                await changed(inventory, cancellation).ConfigureAwait(false);
            }
        }
    }
}
