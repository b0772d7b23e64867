using Roadstead.Api;
using Roadstead.Inventory.Kubernetes;
using Roadstead.Testing;
using Roadstead.Testing.Clusters;

namespace Roadstead.Inventory.Tests.Kubernetes;

public class KubernetesWatchTests
{
    [Fact]
    public async Task What_comes_changes_and_goes_is_told_as_a_whole_inventory_each_time()
    {
        await using var cluster = await Cluster.Start();
        cluster.Stub.Put(Manifests.Pod("prod", "a", "nginx:1"));
        cluster.Stub.Put(Manifests.Node("n1"));
        await using var watch = new RunningWatch(cluster);
        var first = await watch.Inventories.WaitFor(_ => true);
        Assert.Equal(["docker.io/library/nginx:1 1"], Cluster.Told(first));
        Assert.Equal(("linux/amd64", "kubernetes"), (first.Platforms.Single(), first.Source));

        await watch.Watching();
        cluster.Stub.Put(Manifests.Workload("Deployment", "prod", "b", "quay.io/a/b:1"));
        await watch.Tells("docker.io/library/nginx:1 1", "quay.io/a/b:1 1");
        cluster.Stub.Put(Manifests.Pod("prod", "a", "nginx:2"));
        await watch.Tells("docker.io/library/nginx:2 1", "quay.io/a/b:1 1");
        cluster.Stub.Delete("Deployment", "prod", "b");
        await watch.Tells("docker.io/library/nginx:2 1");
        cluster.Stub.Put(Manifests.Node("n2", "arm64"));
        await watch.Inventories.WaitFor(inventory => inventory.Platforms.Count == 2);
        Assert.Empty(watch.Faults.Items);
        Assert.NotNull(watch.Watch.HeardAt);
        Assert.Single(Lists(cluster));
    }

    [Fact]
    public async Task After_a_break_in_the_midst_of_a_line_it_goes_on_where_it_was_and_nothing_is_lost()
    {
        await using var cluster = await Cluster.Start();
        await using var watch = new RunningWatch(cluster);
        await watch.Watching();
        cluster.Stub.Put(Manifests.Pod("prod", "a", "nginx:1"));
        await watch.Tells("docker.io/library/nginx:1 1");

        cluster.Stub.BreakWatches();
        cluster.Stub.Put(Manifests.Pod("prod", "b", "nginx:2"));
        cluster.Stub.Delete("Pod", "prod", "a");
        await watch.Tells("docker.io/library/nginx:2 1");
        Assert.Empty(watch.Faults.Items);
        Assert.Single(Lists(cluster));
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public async Task Where_the_past_is_forgotten_all_is_listed_again(bool refuses)
    {
        await using var cluster = await Cluster.Start();
        cluster.Stub.RefusesOldWatches = refuses;
        await using var watch = new RunningWatch(cluster);
        await watch.Watching();
        cluster.Stub.BreakWatches();
        cluster.Stub.Put(Manifests.Pod("prod", "a", "nginx:1"));
        cluster.Stub.Compact();
        await watch.Tells("docker.io/library/nginx:1 1");
        Assert.Equal(2, Lists(cluster).Count());
        Assert.Empty(watch.Faults.Items);
    }

    [Fact]
    public async Task Bookmarks_carry_a_quiet_watch_over_what_is_forgotten()
    {
        await using var cluster = await Cluster.Start();
        await using var watch = new RunningWatch(cluster);
        await watch.Watching();
        cluster.Stub.Put(Manifests.Pod("prod", "a", "nginx:1"));
        await watch.Tells("docker.io/library/nginx:1 1");

        // Of the deployments nothing is ever told but the bookmark.
        var before = TimeProvider.System.GetUtcNow();
        cluster.Stub.Bookmark();
        while (!(watch.Watch.HeardAt > before))
        {
            await Task.Delay(10, TestContext.Current.CancellationToken);
        }

        cluster.Stub.Compact();
        var watches = cluster.Stub.Watches.Count();
        cluster.Stub.BreakWatches();
        await cluster.Stub.Watches.WaitFor(_ => true, watches + StubKind.All.Count);
        cluster.Stub.Put(Manifests.Pod("prod", "a", "nginx:2"));
        await watch.Tells("docker.io/library/nginx:2 1");
        Assert.All(["/api/v1/pods", "/apis/apps/v1/deployments", "/api/v1/nodes"], path => Assert.Single(Lists(cluster, path)));
    }

    [Fact]
    public async Task While_the_cluster_is_gone_that_is_told_once_and_the_inventory_stays_until_it_is_back()
    {
        await using var cluster = await Cluster.Start();
        cluster.Stub.Put(Manifests.Pod("prod", "a", "nginx:1"));
        await using var watch = new RunningWatch(cluster);
        await watch.Watching();
        await watch.Tells("docker.io/library/nginx:1 1");
        await cluster.Stub.Stop();
        Assert.Contains("cannot be reached", await watch.Faults.WaitFor(fault => fault is not null), StringComparison.Ordinal);

        cluster.Stub.Put(Manifests.Pod("prod", "a", "nginx:2"));
        await cluster.Stub.StartAgain();
        await watch.Faults.WaitFor(fault => fault is null);
        await watch.Tells("docker.io/library/nginx:2 1");
        Assert.Equal(2, watch.Inventories.Count());
    }

    [Fact]
    public async Task What_may_not_be_seen_makes_no_inventory_and_what_could_once_be_seen_stays_in_it()
    {
        await using var cluster = await Cluster.Start();
        cluster.Stub.Put(Manifests.Pod("prod", "a", "nginx:1"));
        cluster.Stub.Put(Manifests.Workload("Job", "prod", "b", "quay.io/a/b:1"));
        cluster.Stub.Forbidden.Add("jobs");
        cluster.Stub.Forbidden.Add("nodes");
        await using var watch = new RunningWatch(cluster);
        Assert.Contains("cannot list resource \"jobs\"", await watch.Faults.WaitFor(fault => fault is not null), StringComparison.Ordinal);
        Assert.Equal(0, watch.Inventories.Count());
        cluster.Stub.Forbidden.Remove("jobs");
        await watch.Faults.WaitFor(fault => fault is null);
        await watch.Tells("docker.io/library/nginx:1 1", "quay.io/a/b:1 1");

        await cluster.Stub.Watches.WaitFor(resource => resource == "jobs");
        cluster.Stub.Forbidden.Add("jobs");
        cluster.Stub.BreakWatches();
        await watch.Faults.WaitFor(fault => fault?.Contains("cannot watch resource \"jobs\"", StringComparison.Ordinal) == true);
        cluster.Stub.Put(Manifests.Pod("prod", "a", "nginx:2"));
        await watch.Tells("docker.io/library/nginx:2 1", "quay.io/a/b:1 1");
    }

    [Fact]
    public async Task A_credential_that_was_renewed_in_the_kubeconfig_is_taken_up()
    {
        using var authority = new TestAuthority();
        await using var cluster = await Cluster.Start(authority);
        await using var watch = new RunningWatch(cluster);
        await watch.Watching();
        cluster.Stub.Token = "renewed";
        cluster.Stub.BreakWatches();
        Assert.Contains("does not take the credential", await watch.Faults.WaitFor(fault => fault is not null), StringComparison.Ordinal);
        cluster.Write(cluster.Stub.Kubeconfig());
        await watch.Faults.WaitFor(fault => fault is null);
        cluster.Stub.Put(Manifests.Pod("prod", "a", "nginx:1"));
        await watch.Tells("docker.io/library/nginx:1 1");
    }

    [Fact]
    public async Task What_cannot_be_taken_up_ends_the_watch()
    {
        await using var cluster = await Cluster.Start();
        var watch = new KubernetesWatch(cluster.Access, "roadstead-test", TimeProvider.System);
        var fault = await Assert.ThrowsAsync<InvalidOperationException>(() => watch.Run((_, _) => throw new InvalidOperationException("no room"), _ => { }, TestContext.Current.CancellationToken));
        Assert.Equal("no room", fault.Message);
    }

    [Fact]
    public async Task All_is_listed_again_now_and_then()
    {
        await using var cluster = await Cluster.Start();
        await using var watch = new RunningWatch(cluster, TimeSpan.FromSeconds(2));
        await cluster.Stub.Requests.WaitFor(request => request.StartsWith("/api/v1/pods?limit", StringComparison.Ordinal), 3);
        Assert.Equal(1, watch.Inventories.Count());
        Assert.Empty(watch.Faults.Items);
    }

    private static IEnumerable<string> Lists(Cluster cluster, string path = "/api/v1/pods") => cluster.Stub.Requests.Items.Where(request => request.StartsWith(path + "?limit", StringComparison.Ordinal));

    private sealed class RunningWatch : IAsyncDisposable
    {
        private readonly CancellationTokenSource _ends = new();
        private readonly Cluster _cluster;
        private readonly Task _run;

        public RunningWatch(Cluster cluster, TimeSpan? resync = null)
        {
            _cluster = cluster;
            Watch = new KubernetesWatch(cluster.Access, "roadstead-test", TimeProvider.System) { Settle = TimeSpan.FromMilliseconds(50), LongestPause = TimeSpan.FromMilliseconds(500), Resync = resync ?? TimeSpan.FromMinutes(30) };
            _run = Watch.Run(
                (inventory, _) =>
                {
                    Inventories.Add(inventory);
                    return Task.CompletedTask;
                },
                Faults.Add,
                _ends.Token);
        }

        public KubernetesWatch Watch { get; }

        public Journal<ClusterInventory> Inventories { get; } = new("inventories");

        public Journal<string?> Faults { get; } = new("faults of the watch");

        /// <summary>Waits until each kind is watched.</summary>
        public async Task Watching()
        {
            foreach (var kind in StubKind.All)
            {
                await _cluster.Stub.Watches.WaitFor(resource => resource == kind.Resource);
            }
        }

        public Task<ClusterInventory> Tells(params string[] images) => Inventories.WaitFor(inventory => Cluster.Told(inventory).SequenceEqual(images));

        public async ValueTask DisposeAsync()
        {
            await _ends.CancelAsync();
            await _run;
            _ends.Dispose();
        }
    }
}
