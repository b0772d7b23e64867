using System.Net;
using System.Text.Json;
using Roadstead.Api;
using Roadstead.Server.Tests.Retention;
using Roadstead.Testing.Images;
using Roadstead.Testing.Server;

namespace Roadstead.Server.Tests.Clusters;

/// <summary>What nodes report that their containers use is a cluster of its own.</summary>
public class NodesClusterTests
{
    private const string Path = "/roadstead/clusters/nodes";

    private static CancellationToken Stops => TestContext.Current.CancellationToken;

    [Fact]
    public async Task What_nodes_use_is_fetched_kept_and_pulls_when_upstream_is_gone()
    {
        await using var world = await World.Start();
        var image = world.Upstream.AddImage("library/nginx", "1", LayerForge.Random(10_000, seed: 1));
        var other = world.Upstream.AddImage("library/redis", "7", LayerForge.Random(10_000, seed: 2));
        await Report(world.Server, "one", Used("nginx:1", 2), Used("docker.io/library/redis:7", 1));
        await Report(world.Server, "two", "linux/arm64", Used("docker.io/library/nginx:1", 3, image.Digest));
        var readiness = await Ready(world.Server, whole => whole.Ready == 2 && whole.Of("docker.io/library/nginx:1").Uses == 5);
        Assert.Equal(("nodes", "nodes"), (readiness.Cluster, readiness.Source));
        Assert.Equal(["docker.io/library/nginx:1", "docker.io/library/redis:7"], readiness.Images.Select(used => used.Image));
        Assert.Equal(["linux/amd64", "linux/arm64"], readiness.Platforms.Select(platform => platform.Platform));
        Assert.Equal(["Node/one", "Node/two"], readiness.Of("docker.io/library/nginx:1").UsedBy);
        Assert.All(readiness.Images, used => Assert.True(used.Pinned));
        Assert.Equal(HttpStatusCode.Conflict, await world.Delete("library/nginx", "1"));
        Assert.Equal(["nodes"], (await world.Images("?project=dockerhub&repository=library/redis")).Single().Clusters);
        await world.Upstream.Stop();
        await world.Pull("dockerhub/nginx", "1", image);
        await world.Pull("dockerhub/redis", "7", other);
    }

    [Fact]
    public async Task A_node_that_cannot_tell_keeps_what_it_told_and_one_that_is_forgotten_uses_nothing()
    {
        await using var world = await World.Start();
        await Report(world.Server, "one", Used("a:1", 1));
        await Report(world.Server, "two", Used("b:1", 1), Used("a:1", 1));
        await Ready(world.Server, whole => whole.Images.Count == 2 && whole.Of("docker.io/library/a:1").Uses == 2);

        // As agents of before report, or of now whose runtime does not answer.
        await Tell(world.Server, "two", Of() with { Images = null, Platform = null });
        await Report(world.Server, "one", Used("a:1", 7));
        Assert.Equal(["docker.io/library/a:1", "docker.io/library/b:1"], (await Ready(world.Server, whole => whole.Of("docker.io/library/a:1").Uses == 8)).Images.Select(image => image.Image));
        var list = await Nodes(world.Server, withImages: true);
        Assert.Equal(["docker.io/library/a:1", "docker.io/library/b:1"], list.Nodes.Single(node => node.Name == "two").Report.Images!.Select(image => image.Image));
        Assert.All((await Nodes(world.Server, withImages: false)).Nodes, node => Assert.Null(node.Report.Images));

        // It outlives a restart, and what is used no more is kept for a time.
        await world.Server.Restart();
        Assert.Equal(2, (await Ready(world.Server, _ => true)).Images.Count);
        Assert.Equal(HttpStatusCode.NoContent, (await world.Server.Ask("DELETE", "/roadstead/nodes/two")).Status);
        Assert.Equal("docker.io/library/a:1", (await Ready(world.Server, whole => whole.Images.Count == 1)).Images[0].Image);
        Assert.Equal(HttpStatusCode.NoContent, (await world.Server.Ask("DELETE", "/roadstead/nodes/one")).Status);
        Assert.Empty((await Ready(world.Server, whole => whole.Images.Count == 0)).Platforms);
        Assert.Equal(HttpStatusCode.NoContent, (await world.Server.Ask("DELETE", Path)).Status);
    }

    [Fact]
    public async Task A_damaged_database_is_repaired_with_what_nodes_use()
    {
        await using var world = await World.Start();
        await Report(world.Server, "one", Used("a:1", 1));
        await world.Server.Stop();
        await File.WriteAllTextAsync(System.IO.Path.Combine(world.Server.StoragePath, "roadstead.db.damaged"), "", Stops);
        await world.Server.StartAgain();
        Assert.Equal("docker.io/library/a:1", Assert.Single(Assert.Single((await Nodes(world.Server, withImages: true)).Nodes).Report.Images!).Image);

        // What a damaged page has instead is no node's fault.
        await world.Server.Stop();
        world.Server.Execute("UPDATE node_image SET images = '[{'");
        await world.Server.StartAgain();
        Assert.Null(Assert.Single((await Nodes(world.Server, withImages: true)).Nodes).Report.Images);
        await Report(world.Server, "one", Used("b:1", 1));
        Assert.Single((await Ready(world.Server, whole => whole.Images[0].Image == "docker.io/library/b:1")).Images);
    }

    [Fact]
    public async Task Names_are_read_as_runtimes_do_and_what_is_none_costs_nothing()
    {
        await using var world = await World.Start();
        var digest = $"sha256:{new string('a', 64)}";
        await Report(
            world.Server, "one", Used("nginx", 1), Used("docker.io/nginx:latest", 2, digest, "sha256:no"), Used($"quay.io/a/b:1@{digest}", 1), Used("Bad/Name", 1), Used("a\u001bb", 1), Used("", 1),
            Used($"x/{new string('y', 900)}", 1), new UsedImage("c:1", -5));
        var report = Assert.Single((await Nodes(world.Server, withImages: true)).Nodes).Report;
        Assert.Equal(["docker.io/library/c:1", "docker.io/library/nginx:latest", $"quay.io/a/b@{digest}"], report.Images!.Select(image => image.Image));
        Assert.Equal([0, 3, 1], report.Images!.Select(image => image.Uses));
        Assert.Equal([digest], report.Images![1].Digests);
        Assert.Equal(["Bad/Name", "a b"], report.Malformed!.Take(2).Select(image => image.Text));
        Assert.Contains("longer than the name of an image", report.Malformed![2].Fault, StringComparison.Ordinal);
        var readiness = await Ready(world.Server, whole => whole.Images.Count == 3);
        Assert.Equal(["Node/one"], readiness.Malformed!.Single(image => image.Text == "Bad/Name").UsedBy);
    }

    [Fact]
    public async Task A_report_has_bounds()
    {
        await using var world = await World.Start(configure: (config, _) => config.Extra = "limits: {requestBodySize: 1KiB}\n");
        var most = Enumerable.Range(0, NodeReport.MostImages).Select(i => Used($"registry.example/{new string('a', 100)}/app-{i}:1", 1, $"sha256:{new string('b', 64)}")).ToArray();
        await Report(world.Server, "one", most);
        Assert.Equal(NodeReport.MostImages, Assert.Single((await Nodes(world.Server, withImages: true)).Nodes).Report.Images!.Count);
        foreach (var (report, words) in new[] { (Of([.. most, Used("a", 1)]), "images has more than 1000 entries"), (Of() with { Platform = "linux" }, "platform is none"), (Of() with { Platform = new string('a', 65) }, "platform is longer") })
        {
            var refused = Assert.IsType<ApiOutcome<NodeInstruction>.Refused>(await Client(world.Server).Report("one", report, Stops));
            Assert.Equal(400, refused.Status);
            Assert.Contains(words, refused.Message, StringComparison.Ordinal);
        }

        Assert.Equal(HttpStatusCode.BadRequest, (await world.Server.Ask("GET", "/roadstead/nodes?images=some")).Status);
    }

    [Fact]
    public async Task It_is_made_of_reports_alone_unless_it_is_turned_off()
    {
        await using var world = await World.Start();
        var inventory = ClusterClient.Inventory([], "a:1");
        var refused = await world.Server.Ask("PUT", Path, inventory);
        Assert.Equal((HttpStatusCode.Conflict, "The cluster nodes is made of what nodes report. Give yours another name, or set inUse.nodes to false in the configuration file."), (refused.Status, refused.Errors.Single()));
        Assert.Equal(HttpStatusCode.NotFound, (await world.Server.Ask("DELETE", Path)).Status);
        await Report(world.Server, "one", Used("b:1", 1));
        await Ready(world.Server, whole => whole.Images.Count == 1);
        refused = await world.Server.Ask("DELETE", Path);
        Assert.Equal(HttpStatusCode.Conflict, refused.Status);
        Assert.Contains("would be there again", refused.Errors.Single(), StringComparison.Ordinal);

        await world.Server.Restart(config => config.Extra = "inUse: {nodes: false}\n");
        await Report(world.Server, "one", Used("c:1", 1));
        Assert.Equal("docker.io/library/b:1", (await Ready(world.Server, _ => true)).Images.Single().Image);
        Assert.Equal(HttpStatusCode.OK, (await world.Server.Ask("PUT", Path, inventory)).Status);
        Assert.Equal(HttpStatusCode.NoContent, (await world.Server.Ask("DELETE", Path)).Status);
        Assert.Equal("docker.io/library/c:1", Assert.Single(Assert.Single((await Nodes(world.Server, withImages: true)).Nodes).Report.Images!).Image);
    }

    [Fact]
    public async Task Reports_without_images_make_no_cluster()
    {
        await using var world = await World.Start();
        await Tell(world.Server, "one", Of() with { Images = null, Platform = null });
        Assert.Empty((await world.Server.Ask("GET", "/roadstead/clusters")).Json["clusters"]!.AsArray());
        await Report(world.Server, "one");
        Assert.Empty((await Ready(world.Server, _ => true)).Images);
    }

    private static UsedImage Used(string image, int uses, params string[] digests) => new(image, uses) { Digests = digests.Length == 0 ? null : digests };

    private static NodeReport Of(params UsedImage[] images) => new("1.0", "t1", "t1", false, null, [new RuntimeReport("containerd", "1.7.13", RuntimeState.Verified, null, null)]) { Platform = "linux/amd64", Images = images };

    private static Task Report(TestServer server, string node, params UsedImage[] images) => Tell(server, node, Of(images));

    private static Task Report(TestServer server, string node, string platform, params UsedImage[] images) => Tell(server, node, Of(images) with { Platform = platform });

    private static async Task Tell(TestServer server, string node, NodeReport report) => Assert.IsType<ApiOutcome<NodeInstruction>.Answered>(await Client(server).Report(node, report, Stops));

    private static async Task<NodeList> Nodes(TestServer server, bool withImages) => Assert.IsType<ApiOutcome<NodeList>.Answered>(await Client(server).Nodes(Stops, withImages)).Value;

    private static ManagementClient Client(TestServer server) => new(server.Client, server.Address, new ApiCredential.Node(server.NodeToken()));

    /// <summary>What is said of the cluster, once it is so.</summary>
    private static async Task<ClusterReadiness> Ready(TestServer server, Func<ClusterReadiness, bool> isSo)
    {
        ClusterReadiness? readiness = null;
        await StoreClient.Until(async () =>
        {
            var answer = await server.Ask("GET", Path);
            readiness = answer.Status == HttpStatusCode.OK ? JsonSerializer.Deserialize(answer.Text, ApiJson.Default.ClusterReadiness) : null;
            return readiness is not null && isSo(readiness);
        });
        return readiness!;
    }
}
