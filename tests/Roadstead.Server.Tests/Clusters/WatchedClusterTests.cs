using System.Net;
using Roadstead.Server.Tests.Retention;
using Roadstead.Testing;
using Roadstead.Testing.Clusters;
using Roadstead.Testing.Images;
using Roadstead.Testing.Server;

namespace Roadstead.Server.Tests.Clusters;

/// <summary>The server looks at clusters that its configuration names, and keeps what they use.</summary>
public sealed class WatchedClusterTests : IAsyncLifetime
{
    private readonly TemporaryFolder _folder = new("watched");
    private KubernetesStub _cluster = null!;

    public async ValueTask InitializeAsync()
    {
        _cluster = await KubernetesStub.Start();
        _cluster.Put(Manifests.Node("node-1"));
        _cluster.Put(Manifests.Workload("Deployment", "prod", "web", "app:0"));
        await File.WriteAllTextAsync(_folder["kubeconfig"], _cluster.Kubeconfig());
    }

    public async ValueTask DisposeAsync()
    {
        await _cluster.DisposeAsync();
        _folder.Dispose();
    }

    [Fact]
    public async Task What_newly_runs_is_fetched_and_kept_and_stays_so_while_the_cluster_is_away()
    {
        await using var world = await Watching();
        var images = Enumerable.Range(0, 2).Select(i => world.Upstream.AddImage("library/app", $"{i}", LayerForge.Random(10_000, seed: i))).ToList();
        await Fetched(world, "docker.io/library/app:0");
        _cluster.Put(Manifests.Pod("prod", "new", "docker.io/app:1"));
        await Fetched(world, "docker.io/library/app:1");
        var readiness = await world.Server.Readiness();
        Assert.Equal(("kubernetes", 2, 2), (readiness.Source, readiness.Ready, readiness.Images.Count));
        Assert.Equal([new("linux/amd64", 2, 2)], readiness.Platforms);
        Assert.Equal(["prod/Pod/new"], readiness.Of("docker.io/library/app:1").UsedBy);

        await _cluster.Stop();
        await world.Server.WaitForLog(line => line.Contains("cluster prod cannot be looked at: ", StringComparison.Ordinal));
        Assert.NotNull((await world.Server.Readiness()).Fault);
        Assert.Equal(HttpStatusCode.Conflict, await world.Delete("library/app", "1"));

        // Nor by a start of the server meanwhile.
        await world.Server.Restart();
        await world.Server.WaitForLog(line => line.Contains("cluster prod cannot be looked at: ", StringComparison.Ordinal), count: 2);
        Assert.Equal(HttpStatusCode.Conflict, await world.Delete("library/app", "1"));
        await world.Upstream.Stop();
        await world.Pull("dockerhub/app", "1", images[1]);
        await _cluster.StartAgain();
        await world.Server.WaitForLog(line => line.Contains("cluster prod is looked at again", StringComparison.Ordinal), timeout: TimeSpan.FromMinutes(2));
        Assert.Null((await world.Server.Readiness()).Fault);
    }

    [Fact]
    public async Task Nobody_else_tells_what_it_uses()
    {
        await using var world = await Watching();
        await StoreClient.Until(async () => (await world.Server.Ask("GET", ClusterClient.Prod)).Status == HttpStatusCode.OK);
        var told = await world.Server.Ask("PUT", ClusterClient.Prod, ClusterClient.Inventory([], "other:1"));
        Assert.Equal(HttpStatusCode.Conflict, told.Status);
        Assert.Contains("configuration file", told.Errors.Single(), StringComparison.Ordinal);
        Assert.Equal(HttpStatusCode.Conflict, (await world.Server.Ask("DELETE", ClusterClient.Prod)).Status);
        Assert.Equal("docker.io/library/app:0", (await world.Server.Readiness()).Images.Single().Image);
    }

    [Fact]
    public async Task One_that_was_never_reached_is_listed_with_why()
    {
        await _cluster.Stop();
        await using var world = await Watching();
        await world.Server.WaitForLog(line => line.Contains("cluster prod cannot be looked at: ", StringComparison.Ordinal));
        var listed = (await world.Server.Ask("GET", "/roadstead/clusters")).Json["clusters"]!.AsArray().Single()!;
        Assert.Equal(("prod", "kubernetes", true), ((string)listed["name"]!, (string)listed["source"]!, (bool)listed["watched"]!));
        Assert.Contains("cannot be reached", (string)listed["fault"]!, StringComparison.Ordinal);
        Assert.Null(listed["heardAt"]);
        var unheard = await world.Server.Ask("GET", ClusterClient.Prod);
        Assert.Equal(HttpStatusCode.Conflict, unheard.Status);
        Assert.Contains("Nothing has been heard of the cluster prod yet: ", unheard.Errors.Single(), StringComparison.Ordinal);

        // So that an alert can be made of it.
        await StoreClient.Until(async () => (await world.Server.Metrics()).Contains("roadstead_cluster_heard_seconds{cluster=\"prod\"} 0", StringComparison.Ordinal));
    }

    [Fact]
    public async Task A_Prometheus_is_asked_where_the_configuration_says_so()
    {
        await using var metrics = await StateMetrics.Start();
        metrics.Add("prod", "web-1", "web", "app:7", "docker.io/library/app:7");
        await using var prometheus = await PrometheusServer.Start(metrics.Host.Address);
        await metrics.Scraped();
        await using var world = await World.Start(configure: (config, upstream) =>
        {
            upstream.AddImage("library/app", "7", LayerForge.Random(1000, seed: 7));
            config.Extra = $"clusters: [{{name: prod, prometheus: '{prometheus.Address}'}}]";
        });
        await Fetched(world, "docker.io/library/app:7");
        Assert.Equal(("prometheus", 1), ((await world.Server.Readiness()).Source, (await world.Server.Readiness()).Ready));
    }

    [Theory]
    [InlineData("clusters: [{name: prod}]", "clusters[0]: needs one of kubeconfig")]
    [InlineData("clusters: [{name: Prod, inCluster: true}]", "clusters[0].name: must be a DNS subdomain")]
    [InlineData("clusters: [{name: prod, inCluster: true, prometheus: 'http://127.0.0.1:9'}]", "clusters[0]: needs one of kubeconfig")]
    [InlineData("clusters: [{name: prod, inCluster: true}, {name: prod, inCluster: true}]", "clusters[1].name: is prod, as another cluster's is")]
    [InlineData("clusters: [{name: prod, kubeconfig: /nowhere/at/all}]", "clusters[0].kubeconfig: names a file that does not exist")]
    [InlineData("clusters: [{name: prod, prometheus: 'http://user:canary@127.0.0.1:9'}]", "clusters[0].prometheus: has a name or password in it")]
    [InlineData("clusters: [{name: prod, prometheus: 'http://127.0.0.1:9', since: soon}]", "clusters[0].since: must be a time span")]
    [InlineData("clusters: [{name: prod, prometheus: 'http://127.0.0.1:9', every: 1s}]", "clusters[0].every: must be 10s or more")]
    [InlineData("clusters: [{name: prod, prometheus: 'http://127.0.0.1:9', username: me}]", "clusters[0].passwordFile: is missing beside username")]
    [InlineData("clusters: [{name: prod, inCluster: true, since: 14d}]", "clusters[0].since: has no meaning beside inCluster")]
    [InlineData("inUse: {followEvery: 1s}", "inUse.followEvery: must be 10s or more")]
    public async Task What_is_wrong_in_the_configuration_is_named(string yaml, string fault)
    {
        var result = await TestServer.RunToExit(config => config.Extra = yaml, "--check");
        Assert.Equal(1, result.ExitCode);
        Assert.Contains(fault, result.Output, StringComparison.Ordinal);
        Assert.DoesNotContain("canary", result.Output, StringComparison.Ordinal);
    }

    private Task<World> Watching() => World.Start(configure: (config, _) => config.Extra = $"clusters: [{{name: prod, kubeconfig: '{_folder["kubeconfig"]}'}}]");

    private static Task<string> Fetched(World world, string image) => world.Server.WaitForLog(line => line.Contains($"fetched for cluster=prod image={image}", StringComparison.Ordinal));
}
