using System.Net;
using Roadstead.Api;
using Roadstead.Server.Tests.Retention;
using Roadstead.Testing.Images;
using Roadstead.Testing.Server;
using Roadstead.Testing.Upstream;

namespace Roadstead.Server.Tests.Clusters;

/// <summary>What a cluster uses is never evicted, and what it used not before a time of grace.</summary>
public class PinTests
{
    private const int Megabyte = 1_000_000;

    [Fact]
    public async Task A_quota_that_is_too_small_for_all_evicts_only_what_is_not_in_use()
    {
        await using var world = await World.Start(project: [("quota", "10MB")]);
        var used = Enumerable.Range(0, 3).Select(i => world.Upstream.AddImage($"library/used-{i}", "1", LayerForge.Random(2 * Megabyte, seed: i))).ToList();
        await world.Server.Uses(used.Select((_, i) => $"docker.io/library/used-{i}:1"));
        Assert.Equal(3, (await world.Server.Fetched()).Ready);
        for (var i = 0; i < 4; i++)
        {
            var other = world.Upstream.AddImage($"library/other-{i}", "1", LayerForge.Random(3 * Megabyte, seed: 10 + i));
            await world.Pull($"dockerhub/other-{i}", "1", other);
            await world.Stored(other.Blobs.Select(blob => blob.Digest));
        }

        Assert.Equal(["library/other-3", "library/used-0", "library/used-1", "library/used-2"], (await world.Held()).Order());
        Assert.All((await world.Images()).Where(image => image.Repository.StartsWith("library/used", StringComparison.Ordinal)), image => Assert.Equal((true, "prod"), (image.Pinned, image.Clusters.Single())));
        Assert.Equal(HttpStatusCode.Conflict, await world.Delete("library/used-0", "1"));
        Assert.Equal(3, (await world.Server.Drill()).Passed);
    }

    [Fact]
    public async Task A_pin_ends_only_when_inventories_have_been_without_the_image_for_long_enough()
    {
        await using var world = await World.Start();
        foreach (var name in new[] { "a", "b" })
        {
            world.Upstream.AddImage($"library/{name}", "1", LayerForge.Random(1000, seed: name[0]));
        }

        await world.Server.Uses("a:1", "b:1");
        await world.Server.Fetched();
        await world.Server.Uses("b:1");
        Assert.Equal(HttpStatusCode.Conflict, await world.Delete("library/a", "1"));

        // A clock that has jumped by a year, or a cluster that was not heard of for as long.
        await Set(world, "UPDATE cluster SET heard_at = heard_at - 31536000000");
        await world.Server.Uses("b:1");
        Assert.Equal(HttpStatusCode.Conflict, await world.Delete("library/a", "1"));

        // In use again, and the time counts anew.
        await Set(world, "UPDATE cluster_pin SET unused_for = 604000000 WHERE unused_for IS NOT NULL");
        await world.Server.Uses("a:1", "b:1");
        await world.Server.Uses("b:1");
        Assert.Equal(HttpStatusCode.Conflict, await world.Delete("library/a", "1"));

        // 7 days are 604,800,000 ms.
        await Set(world, "UPDATE cluster_pin SET unused_for = 604000000 WHERE unused_for IS NOT NULL; UPDATE cluster SET heard_at = heard_at - 900000");
        await world.Server.Uses("b:1");
        Assert.Equal(HttpStatusCode.NoContent, await world.Delete("library/a", "1"));
        Assert.Equal(HttpStatusCode.Conflict, await world.Delete("library/b", "1"));
    }

    [Fact]
    public async Task What_a_tag_in_use_named_stays_for_the_grace_when_it_moves()
    {
        await using var world = await World.Start("0s");
        var former = world.Upstream.AddImage("library/a", "1", LayerForge.Random(1000, seed: 1));
        await world.Server.Uses("a:1");
        await world.Server.Fetched();
        var moved = world.Upstream.AddImage("library/a", "1", LayerForge.Random(1000, seed: 2));
        await world.Pull("dockerhub/a", "1", moved);
        Assert.Equal(HttpStatusCode.Conflict, await world.Delete("library/a", former.Digest));
        await Set(world, "UPDATE cluster_pin SET unused_for = 604000000 WHERE unused_for IS NOT NULL; UPDATE cluster SET heard_at = heard_at - 900000");
        await world.Server.Uses("a:1");
        Assert.Equal(HttpStatusCode.NoContent, await world.Delete("library/a", former.Digest));
        Assert.Equal(HttpStatusCode.Conflict, await world.Delete("library/a", "1"));
    }

    /// <summary>As a HEAD of any client does, at which the upstream goes away.</summary>
    [Fact]
    public async Task A_tag_that_moved_to_what_is_not_whole_is_served_as_it_was()
    {
        await using var world = await World.Start("0s");
        var former = world.Upstream.AddImage("library/a", "1", LayerForge.Random(1000, seed: 1));
        await world.Server.Uses("a:1");
        await world.Server.Fetched();
        var moved = world.Upstream.AddImage("library/a", "1", LayerForge.Random(1000, seed: 2));
        world.Upstream.Fault(On.Blob("library/a", moved.Layers[0].Digest), Faults.Status(500));
        using (var head = await world.Get("dockerhub/a/manifests/1", HttpMethod.Head))
        {
            Assert.Equal(moved.Digest, head.Headers.GetValues("Docker-Content-Digest").Single());
        }

        var readiness = (await world.Server.Readiness()).Of("docker.io/library/a:1");
        Assert.Equal((ImageState.Ready, moved.Digest), (readiness.State, readiness.Digest));
        Assert.Contains("what it named before is served", readiness.Reason, StringComparison.Ordinal);
        Assert.Empty((await world.Server.Drill()).Failed);
        await world.Upstream.Stop();
        await world.Server.Restart();
        await world.Pull("dockerhub/a", "1", former);
        using (var answer = await world.Get("dockerhub/a/manifests/1"))
        {
            Assert.Contains("what it named before", answer.Headers.GetValues("Warning").Single(), StringComparison.Ordinal);
        }

        // Once the rest can be had, it is what upstream says.
        world.Upstream.ClearFaults();
        await world.Upstream.StartAgain();
        await StoreClient.Until(async () => (await world.Server.Fetched()).Of("docker.io/library/a:1").Lacks is null);
        await world.Pull("dockerhub/a", "1", moved);
    }

    [Fact]
    public async Task Forgetting_a_cluster_ends_its_pins_and_those_of_others_stay()
    {
        await using var world = await World.Start();
        world.Upstream.AddImage("library/a", "1", LayerForge.Random(1000, seed: 1));
        world.Upstream.AddImage("library/b", "1", LayerForge.Random(1000, seed: 2));
        await world.Server.Uses("a:1", "b:1");
        await world.Server.Fetched();
        Assert.Equal(HttpStatusCode.OK, (await world.Server.Ask("PUT", "/roadstead/clusters/edge", ClusterClient.Inventory([], "b:1"))).Status);
        Assert.Equal(["edge", "prod"], (await world.Images("?project=dockerhub&repository=library/b")).Single().Clusters);
        Assert.Equal(HttpStatusCode.NoContent, (await world.Server.Ask("DELETE", ClusterClient.Prod)).Status);
        Assert.Equal(HttpStatusCode.NotFound, (await world.Server.Ask("GET", ClusterClient.Prod)).Status);
        Assert.Equal(HttpStatusCode.NoContent, await world.Delete("library/a", "1"));
        Assert.Equal(HttpStatusCode.Conflict, await world.Delete("library/b", "1"));
    }

    [Fact]
    public async Task What_upstream_deleted_and_a_cluster_uses_is_listed_kept_and_served()
    {
        await using var world = await World.Start("0s", project: [("deletedFor", "0")]);
        var image = world.Upstream.AddImage("library/a", "1", LayerForge.Random(1000, seed: 1));
        await world.Server.Uses("a:1");
        await world.Server.Fetched();
        world.Upstream.RemoveTag("library/a", "1");
        await world.Pull("dockerhub/a", "1", image);
        var readiness = (await world.Server.Readiness()).Of("docker.io/library/a:1");
        Assert.Equal(ImageState.Ready, readiness.State);
        Assert.NotNull(readiness.DeletedSince);
        Assert.Equal("library/a", Assert.Single(await world.Images("?deleted=true")).Repository);
        Assert.Empty((await world.Server.Drill()).Failed);
        await world.Upstream.Stop();
        await world.Pull("dockerhub/a", "1", image);
    }

    [Theory]
    [InlineData("Prod", "{}", "name")]
    [InlineData("prod", "{}", "takenAt, source, images and platforms")]
    [InlineData("prod", """{"source": "list", "images": [], "platforms": []}""", "takenAt, source, images and platforms")]
    [InlineData("prod", "[", "JSON")]
    [InlineData("prod", """{"takenAt": "2026-01-01T00:00:00Z", "source": "guess", "images": [], "platforms": []}""", "source is one of")]
    [InlineData("prod", """{"takenAt": "2026-01-01T00:00:00Z", "source": "list", "images": [{"image": "No/Such", "uses": 1}], "platforms": []}""", "images[0]: 'No/Such'")]
    [InlineData("prod", """{"takenAt": "2026-01-01T00:00:00Z", "source": "list", "images": [{"image": "a", "uses": -1}], "platforms": []}""", "uses")]
    [InlineData("prod", """{"takenAt": "2026-01-01T00:00:00Z", "source": "list", "images": [{"image": "a", "uses": 1, "digests": ["sha256:x"]}], "platforms": []}""", "no digest")]
    [InlineData("prod", """{"takenAt": "2026-01-01T00:00:00Z", "source": "list", "images": [], "platforms": ["linux"]}""", "'linux' is no platform")]
    [InlineData("prod", """{"takenAt": "2026-01-01T00:00:00Z", "source": "list", "images": [], "platforms": [null, "linux/amd64"]}""", "platforms[0]: '' is no platform")]
    [InlineData("prod", """{"takenAt": "2026-01-01T00:00:00Z", "source": "list", "images": [{"image": "a", "uses": 1, "digests": [null]}], "platforms": []}""", "'' is no digest")]
    public async Task What_is_no_inventory_is_refused_and_changes_nothing(string name, string body, string words)
    {
        await using var world = await World.Start();
        await world.Server.Uses("a:1");
        var answer = await world.Server.Ask("PUT", $"/roadstead/clusters/{name}", body);
        Assert.Equal(HttpStatusCode.BadRequest, answer.Status);
        Assert.Contains(words, answer.Errors.Single(), StringComparison.Ordinal);
        Assert.Equal("docker.io/library/a:1", (await world.Server.Readiness()).Images.Single().Image);
    }

    private static async Task Set(World world, string sql)
    {
        await world.Server.Stop();
        world.Server.Execute(sql);
        await world.Server.StartAgain();
    }
}
