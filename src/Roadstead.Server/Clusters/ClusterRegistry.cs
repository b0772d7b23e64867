using System.Collections.Concurrent;
using System.Text.Json;
using Roadstead.Api;
using Roadstead.Oci;
using Roadstead.Server.Configuration;
using Roadstead.Server.Metadata;

namespace Roadstead.Server.Clusters;

/// <summary>A cluster, as it was last heard of.</summary>
/// <param name="Name">Its name.</param>
/// <param name="Inventory">What it runs.</param>
/// <param name="HeardAt">When that was told, by this server's clock.</param>
/// <param name="Drill">What the last drill found; null: there was none.</param>
internal sealed record KnownCluster(string Name, ClusterInventory Inventory, DateTimeOffset HeardAt, DrillReport? Drill);

/// <summary>The clusters whose images are kept. What one uses is pinned with its inventory, in one write; nothing else ever ends a pin than a later inventory, or the operator's forgetting the cluster.</summary>
internal sealed class ClusterRegistry(Database database, InUseOptions options, TimeProvider clock)
{
    /// <summary>The most clusters that are kept.</summary>
    public const int MaxClusters = 100;

    // A clock that jumps ends no grace, and a time without any inventory counts for little of it.
    private static readonly TimeSpan MostAtOnce = TimeSpan.FromHours(25);

    private readonly ConcurrentDictionary<string, (string Json, KnownCluster Cluster)> _read = new(StringComparer.Ordinal);

    /// <summary>Told the name of each cluster of which there is news.</summary>
    public event Action<string>? Changed;

    /// <summary>All of them, in the order of their names.</summary>
    public IReadOnlyList<KnownCluster> All() => database.Read(connection => ClusterTable.All(connection).ConvertAll(Known));

    public KnownCluster? Find(string name) => database.Read(connection => ClusterTable.Find(connection, name)) is { } row ? Known(row) : null;

    /// <summary>Takes what a cluster uses now.</summary>
    /// <param name="name">The cluster.</param>
    /// <param name="inventory">As <see cref="InventoryCheck"/> left it.</param>
    /// <param name="stops">Ends the wait.</param>
    /// <returns>The cluster; null where as many are kept as may be.</returns>
    public async Task<KnownCluster?> Put(string name, ClusterInventory inventory, CancellationToken stops)
    {
        var used = Used(inventory);
        var json = JsonSerializer.Serialize(inventory, ApiJson.Default.ClusterInventory);
        var now = clock.GetUtcNow();
        var isKept = await database.Write(
            connection =>
            {
                var former = ClusterTable.Find(connection, name);
                if (former is null && ClusterTable.Count(connection) >= MaxClusters)
                {
                    return false;
                }

                ClusterTable.Put(connection, name, json, now);
                ClusterPinTable.Keep(connection, name, used, Passed(former, now), options.Grace);
                return true;
            },
            stops).ConfigureAwait(false);
        if (!isKept)
        {
            return null;
        }

        Changed?.Invoke(name);
        return Find(name);
    }

    /// <summary>Writes down what a drill found.</summary>
    public Task Note(string name, DrillReport report) =>
        database.Write(connection => ClusterTable.SetDrill(connection, name, JsonSerializer.Serialize(report, ApiJson.Default.DrillReport)));

    /// <summary>Forgets a cluster; its pins end at once.</summary>
    /// <returns>False if there is none.</returns>
    public async Task<bool> Remove(string name, CancellationToken stops)
    {
        var isGone = await database.Write(
            connection =>
            {
                ClusterPinTable.Remove(connection, name);
                return ClusterTable.Remove(connection, name);
            },
            stops).ConfigureAwait(false);
        _read.TryRemove(name, out _);
        Changed?.Invoke(name);
        return isGone;
    }

    /// <summary>What is pinned for an inventory: its references, and for tags also what statuses say that they named.</summary>
    private static HashSet<UsedReference> Used(ClusterInventory inventory)
    {
        var used = new HashSet<UsedReference>();
        foreach (var image in inventory.Images)
        {
            var reference = ImageReference.Parse(image.Image);
            var (registry, repository) = (reference.Registry.ToString(), reference.Repository.ToString());
            used.Add(new UsedReference(registry, repository, reference.Reference.ToString()));
            used.UnionWith((image.Digests ?? []).Select(digest => new UsedReference(registry, repository, digest)));
        }

        return used;
    }

    private static TimeSpan Passed(ClusterRow? former, DateTimeOffset now)
    {
        var passed = former is null ? TimeSpan.Zero : now - former.HeardAt;
        return passed < TimeSpan.Zero ? TimeSpan.Zero : passed > MostAtOnce ? MostAtOnce : passed;
    }

    private KnownCluster Known(ClusterRow row)
    {
        var inventory = _read.TryGetValue(row.Name, out var known) && known.Json == row.Inventory ? known.Cluster.Inventory : JsonSerializer.Deserialize(row.Inventory, ApiJson.Default.ClusterInventory)!;
        var cluster = new KnownCluster(row.Name, inventory, row.HeardAt, Drill(row));
        _read[row.Name] = (row.Inventory, cluster);
        return cluster;
    }

    private static DrillReport? Drill(ClusterRow row) => row.Drill is null ? null : JsonSerializer.Deserialize(row.Drill, ApiJson.Default.DrillReport);
}
