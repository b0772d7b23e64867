using System.Net;
using Roadstead.Api;
using Roadstead.Server.Tests.Retention;
using Roadstead.Testing.Images;
using Roadstead.Testing.Server;
using Roadstead.Testing.Upstream;

namespace Roadstead.Server.Tests.Clusters;

/// <summary>What a cluster uses is fetched, and the server says how much of it could be pulled with every upstream cut off.</summary>
public class ReadinessTests
{
    private const string Nginx = "docker.io/library/nginx:1";

    [Fact]
    public async Task What_a_cluster_uses_is_fetched_and_pulls_when_upstream_is_gone()
    {
        await using var world = await World.Start();
        var images = Enumerable.Range(0, 4).Select(i => world.Upstream.AddImage("library/app", $"{i}", LayerForge.Random(10_000, seed: i))).ToList();
        var names = images.Select((_, i) => $"docker.io/library/app:{i}").Append($"docker.io/library/app@{images[0].Digest}").ToList();
        var first = await world.Server.Uses(names);
        Assert.Equal(names.Order(StringComparer.Ordinal), first.Images.Select(image => image.Image));
        Assert.All(first.Images, image => Assert.Equal("dockerhub", image.Project));

        var then = await world.Server.Fetched();
        Assert.Equal((5, 5), (then.Ready, then.Images.Count));
        Assert.All(then.Images, image => Assert.Equal((ImageState.Ready, true, null), (image.State, image.Pinned, image.Reason)));
        Assert.Equal(images[2].Digest, then.Of("docker.io/library/app:2").Digest);

        await world.Upstream.Stop();
        for (var i = 0; i < images.Count; i++)
        {
            await world.Pull("dockerhub/app", $"{i}", images[i]);
        }

        // By a restart nothing is forgotten.
        await world.Server.Restart();
        Assert.Equal(5, (await world.Server.Readiness()).Ready);
        var list = (await world.Server.Ask("GET", "/roadstead/clusters")).Json["clusters"]!.AsArray();
        Assert.Equal(("prod", 5, 5), ((string)list.Single()!["name"]!, (int)list.Single()!["images"]!, (int)list.Single()!["ready"]!));
        await StoreClient.Until(async () => (await world.Server.Metrics()).Contains("roadstead_cluster_images{cluster=\"prod\",state=\"ready\"} 5", StringComparison.Ordinal));
    }

    [Fact]
    public async Task It_is_fetched_without_anyones_asking()
    {
        await using var world = await World.Start();
        world.Upstream.AddImage("library/nginx", "1", LayerForge.Random(10_000, seed: 1));
        await world.Server.Uses(Nginx);
        await world.Server.WaitForLog(line => line.Contains($"fetched for cluster=prod image={Nginx}", StringComparison.Ordinal));
        Assert.Equal(1, (await world.Server.Readiness()).Ready);
    }

    [Fact]
    public async Task Each_platform_of_the_nodes_counts_for_what_is_made_for_it()
    {
        await using var world = await World.Start();
        var (amd64, arm64) = (ImageForge.Image([LayerForge.Random(10_000, seed: 1)]), ImageForge.Image([LayerForge.Random(10_000, seed: 2)]));
        world.Upstream.AddIndex("library/both", "1", ("linux/amd64", amd64), ("linux/arm64", arm64));
        world.Upstream.AddIndex("library/one", "1", ("linux/amd64", ImageForge.Image([LayerForge.Random(10_000, seed: 3)])));
        string[] names = ["docker.io/library/both:1", "docker.io/library/one:1"];
        await world.Server.UsesOn(["linux/amd64", "linux/arm64"], names);
        var readiness = await world.Server.Fetched();
        Assert.Equal(2, readiness.Ready);
        Assert.Equal([new("linux/amd64", 2, 2), new("linux/arm64", 1, 1)], readiness.Platforms);

        // No node could pull it, whoever is there to be asked.
        await world.Server.UsesOn(["linux/arm64"], "docker.io/library/one:1");
        var none = (await world.Server.Readiness()).Of("docker.io/library/one:1");
        Assert.Equal((ImageState.Uncovered, "it has nothing for the nodes (linux/arm64)"), (none.State, none.Reason));
        Assert.Equal(none.Reason, Assert.Single((await world.Server.Drill()).Failed).Reason);
        await world.Server.UsesOn(["linux/amd64", "linux/arm64"], names);

        // A layer of one of them is lost.
        File.Delete(world.Server.BlobFile(arm64.Layers[0].Digest));
        readiness = await world.Server.Readiness();
        Assert.Equal([new("linux/amd64", 2, 1), new("linux/arm64", 1, 0)], readiness.Platforms);
        var both = readiness.Of(names[0]);
        Assert.Equal((ImageState.Partial, 1, arm64.Layers[0].Size), (both.State, both.Lacks!.Blobs, both.Lacks.Bytes));
    }

    [Fact]
    public async Task What_is_not_covered_says_why()
    {
        await using var other = await FakeUpstream.Start();
        await using var world = await World.Start(configure: (config, _) =>
        {
            config.AddEndpoint("private", "private.example", other.Address, ("allowPrivateAddresses", true));
            config.AddProject("private", "private", ("public", true), ("exclude", "secret/*"));
            config.AddEndpoint("dead", "dead.example", new Uri("http://127.0.0.1:9"), ("allowPrivateAddresses", true));
            config.AddProject("dead", "dead", ("public", true));
        });
        other.Fault(On.Manifest("team/app"), Faults.Error(401, "UNAUTHORIZED"));
        world.Upstream.AddImage("library/nginx", "1", LayerForge.Random(100, seed: 1));
        await world.Server.Uses("private.example/secret/app:1", "private.example/team/app:1", "dead.example/app:1", "nowhere.example/app:1", Nginx, "docker.io/library/none:1");
        var readiness = await world.Server.Fetched();
        Assert.Equal(1, readiness.Ready);
        foreach (var (image, state, words) in new[]
        {
            (Nginx, ImageState.Ready, ""),
            ("private.example/secret/app:1", ImageState.Uncovered, "include and exclude"),
            ("private.example/team/app:1", ImageState.Uncovered, "credential"),
            ("dead.example/app:1", ImageState.Uncovered, "cannot be reached"),
            ("nowhere.example/app:1", ImageState.Uncovered, "not mirrored"),
            ("docker.io/library/none:1", ImageState.Absent, "unknown"),
        })
        {
            Assert.Equal(state, readiness.Of(image).State);
            Assert.Contains(words, readiness.Of(image).Reason ?? "", StringComparison.Ordinal);
        }

        Assert.Null(readiness.Of("nowhere.example/app:1").Project);
        Assert.Equal("private", readiness.Of("private.example/secret/app:1").Project);
    }

    [Fact]
    public async Task An_inventory_that_is_only_judged_is_not_kept()
    {
        await using var world = await World.Start();
        world.Upstream.AddImage("library/nginx", "1", LayerForge.Random(100, seed: 1));
        var answer = await world.Server.Ask("POST", "/roadstead/readiness", ClusterClient.Inventory([], "nginx:1", "docker.io/nginx:1"));
        var image = Assert.Single(answer.Json["images"]!.AsArray())!;
        Assert.Equal((Nginx, 2, "absent"), ((string)image["image"]!, (int)image["uses"]!, (string)image["state"]!));
        Assert.Empty((await world.Server.Ask("GET", "/roadstead/clusters")).Json["clusters"]!.AsArray());
        Assert.Empty(world.Upstream.Requests.Items);
    }

    [Fact]
    public async Task Tags_in_use_are_followed_and_what_runs_still_is_kept()
    {
        await using var world = await World.Start("0s");
        var former = world.Upstream.AddImage("library/nginx", "1", LayerForge.Random(10_000, seed: 1));
        var inventory = new ClusterInventory(DateTimeOffset.UtcNow, "kubernetes", [new UsedImage(Nginx, 3) { Digests = [former.Digest] }], []);
        Assert.Equal(HttpStatusCode.OK, (await world.Server.Ask("PUT", ClusterClient.Prod, System.Text.Json.JsonSerializer.Serialize(inventory, ApiJson.Default.ClusterInventory))).Status);
        Assert.Equal(1, (await world.Server.Fetched()).Ready);
        var moved = world.Upstream.AddImage("library/nginx", "1", LayerForge.Random(10_000, seed: 2));

        // As if an hour had gone by.
        await world.Server.Stop();
        world.Server.Execute("UPDATE tag SET checked_at = checked_at - 3600000");
        await world.Server.StartAgain();
        await world.Server.WaitForLog(line => line.Contains($"fetched for cluster=prod image={Nginx}", StringComparison.Ordinal), count: 2);
        Assert.Equal(moved.Digest, (await world.Server.Readiness()).Of(Nginx).Digest);
        Assert.Equal(HttpStatusCode.Conflict, await world.Delete("library/nginx", former.Digest));
        await world.Upstream.Stop();
        await world.Pull("dockerhub/nginx", "1", moved);
        await world.Pull("dockerhub/nginx", former.Digest, former);
    }

    [Fact]
    public async Task An_upstream_that_asks_to_be_left_alone_is_and_then_all_is_fetched()
    {
        await using var world = await World.Start();
        var names = Enumerable.Range(0, 3).Select(i => $"docker.io/library/app:{i}").ToList();
        for (var i = 0; i < 3; i++)
        {
            world.Upstream.AddImage("library/app", $"{i}", LayerForge.Random(1000, seed: i));
        }

        world.Upstream.Fault(On.Manifest("library/app", "1"), Faults.TooManyRequests("2"), times: 1);
        await world.Server.Uses(names);
        Assert.Equal(3, (await world.Server.Fetched()).Ready);
        Assert.Equal(2, world.Upstream.Requests.Count(On.Manifest("library/app", "1").Get()));
    }

    [Fact]
    public async Task Who_waits_for_an_upstream_whose_project_goes_meanwhile_is_told_the_end()
    {
        await using var world = await World.Start();
        await using var other = await FakeUpstream.Start();
        other.Fault(On.Manifest("app", "1"), Faults.TooManyRequests("2"));
        await world.Server.Ask("PUT", "/roadstead/endpoints/other", $$"""{"registry": "other.example", "url": "{{other.Address.ToString().TrimEnd('/')}}", "allowPrivateAddresses": true}""");
        await world.Server.Ask("PUT", "/roadstead/projects/other", """{"endpoint": "other", "public": true}""");
        await world.Server.Uses("other.example/app:1");
        var fetched = world.Server.Fetched();
        await world.Server.WaitForLog(line => line.Contains("not fetched for cluster=prod image=other.example/app:1", StringComparison.Ordinal));
        Assert.Equal(HttpStatusCode.NoContent, (await world.Server.Ask("DELETE", "/roadstead/projects/other?force=true")).Status);
        Assert.Equal(ImageState.Uncovered, (await fetched.WaitAsync(TimeSpan.FromMinutes(1), TestContext.Current.CancellationToken)).Images.Single().State);
    }
}
