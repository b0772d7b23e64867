using System.Net;
using Roadstead.Testing.Images;
using Roadstead.Testing.Server;
using Roadstead.Testing.Upstream;

namespace Roadstead.Server.Tests.Retention;

/// <summary>A store that is full makes room by what was not pulled for the longest time, and what has none passes through.</summary>
public class QuotaTests
{
    private const int Megabyte = 1_000_000;

    [Fact]
    public async Task The_least_recently_pulled_go_and_what_is_shared_or_pinned_stays()
    {
        await using var world = await WithQuota(10 * Megabyte);
        var shared = LayerForge.Random(Megabyte, seed: 100);
        var images = Enumerable.Range(0, 6).Select(i => world.Upstream.AddImage($"library/app-{i}", "1", shared, LayerForge.Random(2 * Megabyte, seed: i))).ToList();
        for (var i = 0; i < 4; i++)
        {
            await Pull(world, i, images[i]);
        }

        Assert.Equal(HttpStatusCode.NoContent, await world.Pin("library/app-0", "1"));
        await Pull(world, 1, images[1]);
        await Pull(world, 4, images[4]);
        await Pull(world, 5, images[5]);

        Assert.Equal(["library/app-0", "library/app-1", "library/app-4", "library/app-5"], (await world.Held()).Order());
        Assert.InRange((await world.Store()).Projects.Single().Bytes, 1, 10 * Megabyte);
        AssertFilesAreThoseOf(world, images[0], images[1], images[4], images[5]);

        await world.Upstream.Stop();
        foreach (var i in new[] { 0, 1, 4, 5 })
        {
            await world.Pull($"dockerhub/app-{i}", "1", images[i]);
        }

        Assert.Equal(HttpStatusCode.ServiceUnavailable, (await world.Read("dockerhub/app-2/manifests/1")).Status);
        await world.Upstream.StartAgain();
        await world.Server.WaitForLog(line => line.Contains("endpoint up", StringComparison.Ordinal));

        // What went comes again, now that a pin less is in its way.
        Assert.Equal(HttpStatusCode.NoContent, await world.Unpin("library/app-0", "1"));
        await Pull(world, 2, images[2]);
        Assert.DoesNotContain("library/app-0", await world.Held());
    }

    [Fact]
    public async Task Pulls_by_digest_and_of_an_index_by_one_of_its_platforms_count_for_the_whole_image()
    {
        await using var world = await WithQuota(10 * Megabyte);
        var amd64 = world.Upstream.AddImage("library/multi", "amd64", LayerForge.Random(3 * Megabyte, seed: 1));
        var index = world.Upstream.AddIndex("library/multi", "1", ("linux/amd64", amd64));
        await world.Pull("dockerhub/multi", "1", index);
        await world.Pull("dockerhub/multi", amd64.Digest, amd64);
        await world.Stored(amd64.Blobs.Select(blob => blob.Digest));
        var other = world.Upstream.AddImage("library/other", "1", LayerForge.Random(3 * Megabyte, seed: 2));
        await world.Pull("dockerhub/other", "1", other);
        await world.Stored(other.Blobs.Select(blob => blob.Digest));

        await world.Pull("dockerhub/multi", amd64.Digest, amd64);
        var last = world.Upstream.AddImage("library/last", "1", LayerForge.Random(5 * Megabyte, seed: 3));
        await world.Pull("dockerhub/last", "1", last);
        await world.Stored(last.Blobs.Select(blob => blob.Digest));

        Assert.Equal(["library/multi", "library/last"], await world.Held());
        Assert.Equal(["1"], (await world.Images("?project=dockerhub&repository=library/multi")).Single().Tags);
    }

    [Fact]
    public async Task An_image_that_is_larger_than_the_quota_is_served_whole_and_drives_nothing_out()
    {
        await using var world = await WithQuota(10 * Megabyte);
        var small = world.Upstream.AddImage("library/small", "1", LayerForge.Random(4 * Megabyte, seed: 1));
        await world.Pull("dockerhub/small", "1", small);
        await world.Stored(small.Blobs.Select(blob => blob.Digest));

        // No layer is larger than the quota; all of them are.
        var large = world.Upstream.AddImage("library/large", "1", LayerForge.Random(6 * Megabyte, seed: 2), LayerForge.Random(6 * Megabyte, seed: 3));
        for (var i = 0; i < 2; i++)
        {
            await world.Pull("dockerhub/large", "1", large);
        }

        Assert.Equal("bypass", (await world.Read($"dockerhub/large/blobs/{large.Layers[0].Digest}")).Cache);
        await world.Server.WaitForLog(line => line.Contains("passed through blob", StringComparison.Ordinal) && line.Contains("the quota of project dockerhub is 10000000", StringComparison.Ordinal));
        Assert.Equal("hit", (await world.Read($"dockerhub/small/blobs/{small.Layers[0].Digest}")).Cache);
        AssertFilesAreThoseOf(world, small);
    }

    /// <summary>Nobody waits for what would not be enough, and nothing goes for it.</summary>
    [Fact]
    public async Task Where_all_that_could_go_is_too_little_pulls_pass_through_at_once_and_it_stays()
    {
        await using var world = await WithQuota(10 * Megabyte);
        var pinned = world.Upstream.AddImage("library/pinned", "1", LayerForge.Random(6 * Megabyte, seed: 1));
        await world.Pull("dockerhub/pinned", "1", pinned);
        await world.Stored(pinned.Blobs.Select(blob => blob.Digest));
        Assert.Equal(HttpStatusCode.NoContent, await world.Pin("library/pinned", "1"));
        var small = world.Upstream.AddImage("library/small", "1", LayerForge.Random(2 * Megabyte, seed: 2));
        await world.Pull("dockerhub/small", "1", small);
        await world.Stored(small.Blobs.Select(blob => blob.Digest));
        for (var i = 0; i < 3; i++)
        {
            var large = world.Upstream.AddImage($"library/large-{i}", "1", LayerForge.Random(5 * Megabyte, seed: 10 + i));
            await world.Pull($"dockerhub/large-{i}", "1", large);
            await world.Server.WaitForLog(line => line.Contains("passed through blob", StringComparison.Ordinal) && line.Contains(large.Layers[0].Digest, StringComparison.Ordinal));
        }

        Assert.DoesNotContain(world.Server.Log.Items, line => line.Contains("waited for room", StringComparison.Ordinal) || line.Contains("evicted image", StringComparison.Ordinal));
        Assert.Equal("hit", (await world.Read($"dockerhub/small/blobs/{small.Layers[0].Digest}")).Cache);
    }

    [Fact]
    public async Task All_who_wait_for_what_is_not_kept_share_one_fetch()
    {
        const int Clients = 64;
        await using var world = await WithQuota(4 * Megabyte);
        var large = world.Upstream.AddImage("library/large", "1", LayerForge.Random(5 * Megabyte, seed: 2));
        await world.Get("dockerhub/large/manifests/1", HttpMethod.Head);
        var gate = new Gate();
        world.Upstream.Fault(On.Blob(digest: large.Layers[0].Digest).Get(), Faults.StallAfter(3 * Megabyte, gate));
        var clients = Enumerable.Range(0, Clients).Select(_ => world.Read($"dockerhub/large/blobs/{large.Layers[0].Digest}")).ToList();
        await gate.Reached();
        await StoreClient.Until(async () => await Gauge(world, "roadstead_fill_readers") >= Clients);
        gate.Open();
        Assert.All(await Task.WhenAll(clients), got => Assert.Equal(new Got(HttpStatusCode.OK, "bypass", large.Layers[0].Digest), got));
        Assert.Equal(1, world.Upstream.CountBlobGets("library/large", large.Layers[0].Digest));
    }

    [Fact]
    public async Task An_image_whose_layer_is_still_coming_stays_however_long_ago_its_manifest_was_asked_for()
    {
        await using var world = await WithQuota(10 * Megabyte);
        var slow = world.Upstream.AddImage("library/slow", "1", LayerForge.Random(4 * Megabyte, seed: 1), LayerForge.Random(2 * Megabyte, seed: 5));
        var other = world.Upstream.AddImage("library/other", "1", LayerForge.Random(6 * Megabyte, seed: 2));
        var gate = new Gate();
        world.Upstream.Fault(On.Blob(digest: slow.Layers[1].Digest).Get(), Faults.StallAfter(Megabyte, gate));
        var pull = world.Pull("dockerhub/slow", "1", slow);
        await gate.Reached();
        await world.Stored(slow.Layers[0].Digest);

        // Upstream's bytes may wait in the socket; the fill has taken its room once it has a file.
        await StoreClient.Until(() => Task.FromResult(Allocated(Path.Combine(world.Server.StoragePath, "spool")) >= Megabyte));

        // Its room is wanted for longer than a pull counts as under way after its last request.
        await world.Pull("dockerhub/other", "1", other);
        await world.Server.WaitForLog(line => line.Contains("passed through blob", StringComparison.Ordinal) && line.Contains(other.Layers[0].Digest, StringComparison.Ordinal));
        await world.Server.WaitForLog(line => line.Contains("waited for room project=dockerhub", StringComparison.Ordinal) && line.Contains(other.Layers[0].Digest, StringComparison.Ordinal) && line.EndsWith("there is none", StringComparison.Ordinal));
        Assert.Equal((0, 1), (await world.Images("?project=dockerhub&repository=library/slow")).Single().Lacks is { } lack ? (lack.Manifests, lack.Blobs) : default);
        gate.Open();
        await pull;
        await world.Stored(slow.Blobs.Select(blob => blob.Digest));
        Assert.Contains("library/slow", await world.Held());
        Assert.True((await world.Images("?project=dockerhub&repository=library/slow")).Single().Lacks!.IsNothing);
        Assert.DoesNotContain(world.Server.Log.Items, line => line.Contains("evicted image", StringComparison.Ordinal) && line.Contains("library/slow", StringComparison.Ordinal));
    }

    [Fact]
    public async Task What_another_project_holds_counts_only_where_there_is_room_for_it()
    {
        await using var world = await World.Start(project: [("quota", 10 * Megabyte)], configure: (config, _) => config.AddProject("unlimited", "docker-hub", ("public", true)));
        var small = world.Upstream.AddImage("library/small", "1", LayerForge.Random(4 * Megabyte, seed: 1));
        var large = world.Upstream.AddImage("library/large", "1", LayerForge.Random(6 * Megabyte, seed: 2), LayerForge.Random(6 * Megabyte, seed: 3));
        await world.Pull("dockerhub/small", "1", small);
        await world.Pull("unlimited/large", "1", large);
        await world.Stored([.. small.Blobs.Select(blob => blob.Digest), .. large.Blobs.Select(blob => blob.Digest)]);
        for (var i = 0; i < 2; i++)
        {
            await world.Pull("dockerhub/large", "1", large);
            Assert.InRange((await world.Store()).Projects.Single(project => project.Project == "dockerhub").Bytes, small.Layers[0].Size, 10 * Megabyte);
        }

        Assert.DoesNotContain(world.Server.Log.Items, line => line.Contains("evicted image", StringComparison.Ordinal));

        // What fits counts, as if it had been fetched.
        var fits = world.Upstream.AddImage("library/fits", "1", LayerForge.Random(3 * Megabyte, seed: 4));
        await world.Pull("unlimited/fits", "1", fits);
        await world.Stored(fits.Blobs.Select(blob => blob.Digest));
        await world.Pull("dockerhub/fits", "1", fits);
        Assert.InRange((await world.Store()).Projects.Single(project => project.Project == "dockerhub").Bytes, 7 * Megabyte, 10 * Megabyte);
    }

    /// <summary>What cannot be counted for the project is at hand all the same: it is served, nobody waits for room, and who completes the image comes to an end.</summary>
    [Fact]
    public async Task What_another_project_holds_and_this_one_has_no_room_for_is_served_at_once_and_given_up()
    {
        await using var world = await World.Start(project: [("quota", 10 * Megabyte)], configure: (config, _) => config.AddProject("unlimited", "docker-hub", ("public", true)));
        var pinned = world.Upstream.AddImage("library/pinned", "1", LayerForge.Random(8 * Megabyte, seed: 1));
        await world.Pull("dockerhub/pinned", "1", pinned);
        await world.Stored(pinned.Blobs.Select(blob => blob.Digest));
        Assert.Equal(HttpStatusCode.NoContent, await world.Pin("library/pinned", "1"));
        var elsewhere = world.Upstream.AddImage("library/elsewhere", "1", LayerForge.Random(4 * Megabyte, seed: 2));
        await world.Pull("unlimited/elsewhere", "1", elsewhere);
        await world.Stored(elsewhere.Blobs.Select(blob => blob.Digest));

        await world.Pull("dockerhub/elsewhere", "1", elsewhere);
        var fetch = await world.Server.Ask("POST", "/roadstead/images/fetch?project=dockerhub&repository=library/elsewhere&reference=1");
        Assert.Contains("\"state\":\"no-room\"", fetch.Text.TrimEnd().Split('\n')[^1], StringComparison.Ordinal);
        Assert.DoesNotContain(world.Server.Log.Items, line => line.Contains("waited for room", StringComparison.Ordinal));

        // Nothing of it counts here, however much of it the store holds.
        var told = (await world.Images("?project=dockerhub&repository=library/elsewhere")).Single();
        Assert.True(told.Bytes < Megabyte && told.Lacks!.Bytes > 3 * Megabyte);
    }

    [Theory]
    [InlineData("project")]
    [InlineData("storage")]
    public async Task What_belongs_to_no_image_goes_first(string where)
    {
        await using var world = await WithQuota(10 * Megabyte, where);
        var image = world.Upstream.AddImage("library/image", "1", LayerForge.Random(4 * Megabyte, seed: 1));
        await world.Pull("dockerhub/image", "1", image);
        await world.Stored(image.Blobs.Select(blob => blob.Digest));

        // Their manifest is never asked for, as by a client that has it from elsewhere.
        var nameless = world.Upstream.AddImage("library/nameless", "1", LayerForge.Random(2 * Megabyte, seed: 2), LayerForge.Random(3 * Megabyte, seed: 3));
        foreach (var layer in nameless.Layers)
        {
            await world.Read($"dockerhub/nameless/blobs/{layer.Digest}");
        }

        await world.Stored(nameless.Layers.Select(blob => blob.Digest));

        // Once they count as being pulled no more.
        await StoreClient.Until(async () => await world.Plan(6 * Megabyte) is { Images.Count: 1 } plan && plan.LooseBytes == nameless.Layers.Sum(layer => layer.Size));

        var other = world.Upstream.AddImage("library/other", "1", LayerForge.Random(4 * Megabyte, seed: 4));
        await world.Pull("dockerhub/other", "1", other);
        await world.Stored(other.Blobs.Select(blob => blob.Digest));
        Assert.Equal(["library/image", "library/other"], (await world.Held()).Order());
        Assert.Equal("miss", (await world.Read($"dockerhub/nameless/blobs/{nameless.Layers[0].Digest}")).Cache);
    }

    [Fact]
    public async Task What_belongs_to_no_image_of_the_project_goes_first_though_another_project_has_its_image()
    {
        await using var world = await World.Start(project: [("quota", 10 * Megabyte)], configure: (config, _) => config.AddProject("unlimited", "docker-hub", ("public", true)));
        var shared = world.Upstream.AddImage("library/shared", "1", LayerForge.Random(5 * Megabyte, seed: 1));
        await world.Pull("unlimited/shared", "1", shared);
        await world.Stored(shared.Blobs.Select(blob => blob.Digest));
        await world.Read($"dockerhub/shared/blobs/{shared.Layers[0].Digest}");
        var small = world.Upstream.AddImage("library/small", "1", LayerForge.Random(4 * Megabyte, seed: 2));
        await world.Pull("dockerhub/small", "1", small);
        await world.Stored(small.Blobs.Select(blob => blob.Digest));
        await StoreClient.Until(async () => (await world.Plan(5 * Megabyte, "dockerhub")).LooseBytes > 0);
        var other = world.Upstream.AddImage("library/other", "1", LayerForge.Random(4 * Megabyte, seed: 3));
        await world.Pull("dockerhub/other", "1", other);
        await world.Stored(other.Blobs.Select(blob => blob.Digest));

        Assert.Equal(["library/other", "library/shared", "library/small"], (await world.Images("")).Select(held => held.Repository).Order());
        Assert.InRange((await world.Store()).Projects.Single(project => project.Project == "dockerhub").Bytes, 8 * Megabyte, 9 * Megabyte);
        await world.Upstream.Stop();
        await world.Pull("unlimited/shared", "1", shared);
    }

    [Fact]
    public async Task Many_fills_at_once_take_no_more_room_than_there_is()
    {
        const int Clients = 64;
        await using var world = await WithQuota(10 * Megabyte);
        var images = Enumerable.Range(0, Clients).Select(i => world.Upstream.AddImage($"library/app-{i}", "1", LayerForge.Random(Megabyte, seed: i))).ToList();
        var gate = new Gate();
        world.Upstream.Fault(request => On.Blob()(request) && request.Method == "GET", Faults.StallAfter(500_000, gate));
        var clients = images.Select((image, i) => world.Pull($"dockerhub/app-{i}", "1", image)).ToList();
        await world.Server.WaitForLog(line => line.Contains("passed through blob", StringComparison.Ordinal));
        Assert.InRange(Allocated(Path.Combine(world.Server.StoragePath, "spool")), Megabyte, 10 * Megabyte);
        gate.Open();
        await Task.WhenAll(clients);
        Assert.InRange((await world.Store()).Bytes, Megabyte, 10 * Megabyte);
        Assert.InRange(Allocated(Path.Combine(world.Server.StoragePath, "blobs")), Megabyte, 10 * Megabyte + (Clients * 8192));
    }

    [Fact]
    public async Task A_quota_below_use_is_kept_from_the_next_start_on()
    {
        await using var world = await WithQuota(10 * Megabyte, "storage");
        var images = Enumerable.Range(0, 3).Select(i => world.Upstream.AddImage($"library/app-{i}", "1", LayerForge.Random(3 * Megabyte, seed: i))).ToList();
        for (var i = 0; i < 3; i++)
        {
            await Pull(world, i, images[i]);
        }

        await world.Server.Restart(config => config.Storage["quota"] = "4MB");
        await world.Server.WaitForLog(line => line.Contains("evicted image", StringComparison.Ordinal), 2);
        Assert.Equal(["library/app-2"], await world.Held());
        await world.Server.Stop();
        AssertFilesAreThoseOf(world, images[2]);
    }

    [Fact]
    public async Task The_watermark_of_the_disk_holds_without_any_quota()
    {
        await using var world = await World.Start(configure: (config, _) => (config.Disk, config.Watermark) = ("mount -t tmpfs -o size=64m tmpfs \"$1\"", null));
        for (var i = 0; i < 16; i++)
        {
            await Pull(world, i, world.Upstream.AddImage($"library/app-{i}", "1", LayerForge.Random(6 * Megabyte, seed: i)));
        }

        // Its files lie where only the server sees them.
        var used = (await world.Server.OnDisk("df --output=pcent \"$1\" | tail -1")).OrThrow().Output.Trim().TrimEnd('%');
        Assert.InRange(int.Parse(used, System.Globalization.CultureInfo.InvariantCulture), 50, 86);
        Assert.Equal("library/app-15", (await world.Held())[^1]);
        Assert.DoesNotContain(world.Server.Log.Items, line => line.Contains("ALERT", StringComparison.Ordinal) || line.Contains("passed through", StringComparison.Ordinal));
        Assert.InRange((await world.Store()).UntilWatermark!.Value, -Megabyte, 64L * Megabyte);
    }

    [Fact]
    public async Task What_all_is_pinned_stays_and_the_rest_passes_through()
    {
        await using var world = await WithQuota(10 * Megabyte);
        var pinned = world.Upstream.AddImage("library/pinned", "1", LayerForge.Random(8 * Megabyte, seed: 1));
        await world.Pull("dockerhub/pinned", "1", pinned);
        await world.Stored(pinned.Blobs.Select(blob => blob.Digest));
        Assert.Equal(HttpStatusCode.NoContent, await world.Pin("library/pinned", pinned.Digest));
        Assert.Equal(HttpStatusCode.Conflict, await world.Delete("library/pinned", "1"));
        var other = world.Upstream.AddImage("library/other", "1", LayerForge.Random(4 * Megabyte, seed: 2));
        await world.Pull("dockerhub/other", "1", other);
        await world.Server.WaitForLog(line => line.Contains("passed through blob", StringComparison.Ordinal) && line.Contains("pinned", StringComparison.Ordinal));
        Assert.Equal(HttpStatusCode.NotFound, await world.Pin("library/nothing", "1"));
        Assert.Equal(HttpStatusCode.NotFound, await world.Unpin("library/pinned", "1"));
        Assert.True((await world.Images("?project=dockerhub&repository=library/pinned")).Single().Pinned);
    }

    // A body that waits at a gate is no stall, however long the machine takes.
    private static Task<World> WithQuota(long bytes, string where = "project") => where == "project"
        ? World.Start(project: [("quota", bytes)], endpoint: ("idleTimeout", "60s"))
        : World.Start(configure: (config, _) => config.Storage["quota"] = bytes);

    private static async Task Pull(World world, int number, ForgedManifest image)
    {
        await world.Pull($"dockerhub/app-{number}", "1", image);
        await world.Stored(image.Blobs.Select(blob => blob.Digest));
    }

    private static async Task<double> Gauge(World world, string name)
    {
        var metrics = await world.Server.Client.GetStringAsync(new Uri("/metrics", UriKind.Relative), TestContext.Current.CancellationToken);
        return double.Parse(metrics.Split('\n').Single(line => line.StartsWith(name + " ", StringComparison.Ordinal)).Split(' ')[1], System.Globalization.CultureInfo.InvariantCulture);
    }

    private static void AssertFilesAreThoseOf(World world, params ForgedManifest[] images)
    {
        StoreCheck.AssertFiles(world.Server.StoragePath);
        Assert.Equal(
            images.SelectMany(image => image.Blobs).Select(blob => blob.Digest["sha256:".Length..]).Distinct().Order(),
            Directory.EnumerateFiles(Path.Combine(world.Server.StoragePath, "blobs"), "*", SearchOption.AllDirectories).Select(file => Path.GetFileName(file)).Order());
    }

    private static long Allocated(string folder) => Directory.EnumerateFiles(folder, "*", SearchOption.AllDirectories).Sum(file => new FileInfo(file).Length);
}
