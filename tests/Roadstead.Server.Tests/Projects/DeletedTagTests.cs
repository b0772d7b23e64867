using System.Net;
using Roadstead.Api;
using Roadstead.Server.Tests.Retention;
using Roadstead.Testing.Images;
using Roadstead.Testing.Server;
using Roadstead.Testing.Upstream;

namespace Roadstead.Server.Tests.Projects;

/// <summary>What becomes of an image that upstream deleted, by its tag and by its digest.</summary>
public class DeletedTagTests
{
    private const string Tag = "mine/org/app/manifests/1";

    [Fact]
    public async Task By_default_it_is_served_and_since_when_it_is_deleted_is_told()
    {
        await using var world = await PolicyWorld.Start("");
        var image = await Held(world);
        Assert.Empty((await One(world)).DeletedTags);
        world.Upstream.RemoveTag("org/app", "1");
        Assert.Equal((HttpStatusCode.OK, "stale", "299 - \"upstream no longer has it\""), Answer(await world.Get(Tag)));
        var since = Assert.Single((await One(world)).DeletedTags);
        Assert.Equal("1", since.Name);
        Assert.InRange(since.Since, DateTimeOffset.UtcNow.AddMinutes(-5), DateTimeOffset.UtcNow);

        // The same after a restart, and however often it is asked for.
        await world.Server.Restart();
        Assert.Equal(HttpStatusCode.OK, (await world.Get(Tag)).Status);
        Assert.Equal(since, Assert.Single((await One(world)).DeletedTags));

        // Upstream has it again.
        world.Upstream.Add("org/app", "1", image);
        Assert.Equal((HttpStatusCode.OK, "hit", null), Answer(await world.Get(Tag)));
        Assert.Empty((await One(world)).DeletedTags);
    }

    [Fact]
    public async Task With_0_it_is_refused_by_its_tag_at_once_and_served_again_when_that_is_changed()
    {
        await using var world = await PolicyWorld.Start("\"deletedFor\": \"0\"");
        var image = await Held(world);
        world.Upstream.RemoveTag("org/app", "1");
        var refused = await world.Get(Tag);
        Assert.Equal(HttpStatusCode.NotFound, refused.Status);
        foreach (var word in new[] { "MANIFEST_UNKNOWN", "registry.example/org/app 1: ", "A copy is held", $"mine/org/app@{image.Digest}", "roadstead image pin mine/org/app:1", "deletedFor" })
        {
            Assert.Contains(word, refused.Body, StringComparison.Ordinal);
        }

        Assert.Equal((HttpStatusCode.OK, "hit", null), Answer(await world.Get($"mine/org/app/manifests/{image.Digest}")));
        Assert.Equal("", await Tags(world));

        // With upstream away nobody knows better, and a restart forgets nothing.
        await world.Upstream.Stop();
        await world.Server.Restart();
        Assert.Equal(HttpStatusCode.NotFound, (await world.Get(Tag)).Status);
        await world.Change("\"deletedFor\": \"7d\"");
        Assert.Equal(HttpStatusCode.OK, (await world.Get(Tag)).Status);
        Assert.Equal("1", await Tags(world));
        await world.Change("\"deletedFor\": \"0\"");
        Assert.Equal(HttpStatusCode.NotFound, (await world.Get(Tag)).Status);
        await world.Change("\"deletedFor\": \"unlimited\"");
        Assert.Equal(HttpStatusCode.OK, (await world.Get(Tag)).Status);
        StoreCheck.AssertRight(world.Server.StoragePath);
    }

    [Fact]
    public async Task A_length_of_time_counts_from_the_first_time_that_upstream_said_so()
    {
        await using var world = await PolicyWorld.Start("\"deletedFor\": \"1d\"");
        await Held(world);
        world.Upstream.RemoveTag("org/app", "1");
        Assert.Equal(HttpStatusCode.OK, (await world.Get(Tag)).Status);
        foreach (var (hours, expected) in new[] { (23, HttpStatusCode.OK), (2, HttpStatusCode.NotFound) })
        {
            // As if so much time had gone by.
            await world.Server.Stop();
            world.Server.Execute($"UPDATE tag SET gone_since = gone_since - {hours * 3_600_000}");
            await world.Server.StartAgain();
            Assert.Equal(expected, (await world.Get(Tag)).Status);
        }
    }

    [Fact]
    public async Task What_is_pinned_is_served_and_the_answer_says_so()
    {
        await using var world = await PolicyWorld.Start("\"deletedFor\": \"0\", \"staleFor\": \"0\"");
        await Held(world);
        world.Upstream.RemoveTag("org/app", "1");
        Assert.Equal(HttpStatusCode.NotFound, (await world.Get(Tag)).Status);
        Assert.Equal(HttpStatusCode.NoContent, await StoreClient.Tell(world.Server, HttpMethod.Put, ImageList.Of(ImageList.PinPath, "mine", "org/app", "1")));
        Assert.Equal((HttpStatusCode.OK, "stale", "299 - \"upstream no longer has it; it is served because it is pinned\""), Answer(await world.Get(Tag)));
        await world.Upstream.Stop();
        Assert.Equal("1", await Tags(world));
        Assert.Equal(HttpStatusCode.NoContent, await StoreClient.Tell(world.Server, HttpMethod.Delete, ImageList.Of(ImageList.PinPath, "mine", "org/app", "1")));
        Assert.Equal(HttpStatusCode.NotFound, (await world.Get(Tag)).Status);
    }

    public static TheoryData<string> Flaps => new() { "once", "denied", "throttled", "balancer", "failing" };

    [Theory]
    [MemberData(nameof(Flaps))]
    public async Task An_upstream_that_only_seems_to_have_lost_it_refuses_nobody(string flap)
    {
        await using var world = await PolicyWorld.Start("\"deletedFor\": \"0\"");
        await Held(world);
        _ = flap switch
        {
            // One 404 between two right answers.
            "once" => world.Upstream.Fault(On.Manifest(), Faults.Error(404, "MANIFEST_UNKNOWN"), times: 1),
            "denied" => world.Upstream.Fault(On.Manifest(), Faults.Error(401, "UNAUTHORIZED")),
            "throttled" => world.Upstream.Fault(On.Manifest(), Faults.TooManyRequests()),

            // Whatever is asked for.
            "balancer" => world.Upstream.Fault(On.Any, Faults.Status(404, "{}", "application/json")),
            _ => world.Upstream.Fault(On.Manifest().Get(), Faults.Status(500)),
        };
        if (flap == "failing")
        {
            world.Upstream.Fault(On.Manifest().Head(), Faults.Status(404));
        }

        Assert.Equal(HttpStatusCode.OK, (await world.Get(Tag)).Status);
        Assert.Empty((await One(world)).DeletedTags);
    }

    [Fact]
    public async Task A_repository_that_is_gone_is_told_for_each_tag_that_is_asked_for_and_found_by_the_list()
    {
        await using var world = await PolicyWorld.Start("");
        await Held(world);
        world.Upstream.AddImage("org/kept", "1", LayerForge.Random(100, seed: 3));
        await world.Get("mine/org/kept/manifests/1");
        var index = world.Upstream.AddIndex("org/multi", "2", ("linux/amd64", ImageForge.Image([LayerForge.Random(100, seed: 4)])));
        await world.Get("mine/org/multi/manifests/2");
        world.Upstream.Fault(request => request.Repository is "org/app" or "org/multi", Faults.Error(404, "NAME_UNKNOWN"));
        await world.Get(Tag);
        await world.Get("mine/org/multi/manifests/2");
        var deleted = await List(world.Server, "?deleted=true");
        Assert.Equal(["org/app", "org/multi"], deleted.Images.Select(image => image.Repository).Order());
        Assert.Contains(deleted.Images, image => image.Digest == index.Digest);
        Assert.Equal("org/multi", Assert.Single((await List(world.Server, "?deleted=true&project=mine&repository=org/multi")).Images).Repository);
        Assert.Empty((await List(world.Server, "?deleted=true&project=other")).Images);
        Assert.Equal(3, (await List(world.Server, "?deleted=false")).Images.Count);
        var first = await List(world.Server, "?deleted=true&limit=1");
        Assert.Equal(deleted.Images[1].Digest, Assert.Single((await List(world.Server, $"?deleted=true&limit=1&after={first.Next}")).Images).Digest);
        Assert.Equal(HttpStatusCode.BadRequest, await StoreClient.Tell(world.Server, HttpMethod.Get, ImageList.Path + "?deleted=maybe"));
    }

    [Fact]
    public async Task A_data_folder_from_before_this_was_known_opens_with_its_tags()
    {
        await using var world = await PolicyWorld.Start("\"deletedFor\": \"0\"");
        var image = await Held(world);
        await world.Server.Stop();
        world.Server.Execute("DROP TABLE node_image; DROP TABLE cluster; DROP TABLE cluster_pin; DROP TABLE loose_blob; DROP INDEX tag_gone; ALTER TABLE tag DROP COLUMN gone_since; ALTER TABLE tag DROP COLUMN former; DELETE FROM migration WHERE number >= 7");
        await world.Server.StartAgain();
        Assert.Equal((HttpStatusCode.OK, "hit", null), Answer(await world.Get(Tag)));
        world.Upstream.RemoveTag("org/app", "1");
        Assert.Equal(HttpStatusCode.NotFound, (await world.Get(Tag)).Status);
        Assert.Equal(HttpStatusCode.OK, (await world.Get($"mine/org/app/manifests/{image.Digest}")).Status);
    }

    /// <summary>An image that is held whole, so that only what is known of its tag says whether it is served.</summary>
    private static async Task<ForgedManifest> Held(PolicyWorld world)
    {
        var image = world.Upstream.AddImage("org/app", "1", LayerForge.Random(1000));
        await world.Pull("mine/org/app", "1", image);
        await world.Server.WaitForLog(_ => image.Blobs.All(blob => world.Server.Log.Items.Any(line => line.Contains("stored blob", StringComparison.Ordinal) && line.Contains(blob.Digest, StringComparison.Ordinal))));
        return image;
    }

    private static (HttpStatusCode, string, string?) Answer((HttpStatusCode Status, string Cache, string? Warning, string Body) got) => (got.Status, got.Cache, got.Warning);

    private static async Task<HeldImage> One(PolicyWorld world) => Assert.Single((await List(world.Server, "")).Images);

    private static async Task<ImageList> List(TestServer server, string query)
    {
        var answer = await server.Ask("GET", "/roadstead/images" + query);
        Assert.True(answer.Status == HttpStatusCode.OK, answer.Text);
        return System.Text.Json.JsonSerializer.Deserialize(answer.Text, ApiJson.Default.ImageList)!;
    }

    /// <summary>The tags that are listed where upstream lists none.</summary>
    private static async Task<string> Tags(PolicyWorld world)
    {
        world.Upstream.Fault(request => request.Target.Contains("/tags/list", StringComparison.Ordinal), Faults.Status(500));
        var (status, _, _, body) = await world.Get("mine/org/app/tags/list");
        return status != HttpStatusCode.OK ? "" : string.Join(",", System.Text.Json.Nodes.JsonNode.Parse(body)!["tags"]!.AsArray().Select(tag => (string)tag!));
    }
}
