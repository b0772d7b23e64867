using System.Net;
using Microsoft.Data.Sqlite;
using Roadstead.Api;
using Roadstead.Testing.Images;

namespace Roadstead.Server.Tests.Retention;

/// <summary>What the operator sees of images and the store, and does with them.</summary>
public class ImageApiTests
{
    [Fact]
    public async Task A_deleted_image_is_gone_with_what_only_it_names_and_comes_again()
    {
        await using var world = await World.Start();
        var shared = LayerForge.Random(2000, seed: 1);
        var kept = world.Upstream.AddImage("library/kept", "1", shared);
        var gone = world.Upstream.AddImage("library/gone", "1", shared, LayerForge.Random(3000, seed: 2));
        await Pull(world, "kept", kept);
        await Pull(world, "gone", gone);
        Assert.Equal(["library/kept", "library/gone"], await world.Held());

        // Who has just pulled it may still want the rest.
        Assert.Equal(HttpStatusCode.Conflict, await world.Delete("library/gone", "1"));
        await StoreClient.Until(async () => await world.Delete("library/gone", "1") == HttpStatusCode.NoContent);

        Assert.Equal(["library/kept"], await world.Held());
        Assert.Equal(kept.Blobs.Count, Directory.EnumerateFiles(Path.Combine(world.Server.StoragePath, "blobs"), "*", SearchOption.AllDirectories).Count());
        Assert.Equal(HttpStatusCode.NotFound, await world.Delete("library/gone", "1"));
        await Pull(world, "gone", gone);
        StoreCheck.AssertRight(world.Server.StoragePath);
    }

    [Fact]
    public async Task The_list_of_images_is_paged_and_its_bad_queries_are_told()
    {
        await using var world = await World.Start();
        for (var i = 0; i < 5; i++)
        {
            await Pull(world, $"app-{i}", world.Upstream.AddImage($"library/app-{i}", "1", LayerForge.Random(100, seed: i)));
        }

        var seen = new List<string>();
        for (string? next = ""; next is not null;)
        {
            var page = await world.Page($"?limit=2{(next.Length == 0 ? "" : $"&after={Uri.EscapeDataString(next)}")}");
            Assert.InRange(page.Images.Count, 0, 2);
            seen.AddRange(page.Images.Select(image => image.Repository));
            next = page.Next;
        }

        Assert.Equal(Enumerable.Range(0, 5).Select(i => $"library/app-{i}"), seen);
        Assert.Equal(HttpStatusCode.NotFound, await StoreClient.Tell(world.Server, HttpMethod.Get, ImageList.Path + "?project=other"));
        foreach (var query in new[] { "?limit=0", "?limit=x", "?limit=100000", "?after=x", "?after=1.1.sha256:1", "?repository=library/app-0" })
        {
            Assert.Equal(HttpStatusCode.BadRequest, await StoreClient.Tell(world.Server, HttpMethod.Get, ImageList.Path + query));
        }

        Assert.Equal(HttpStatusCode.BadRequest, await StoreClient.Tell(world.Server, HttpMethod.Delete, ImageList.Path + "?project=dockerhub"));
        Assert.Equal(HttpStatusCode.BadRequest, await StoreClient.Tell(world.Server, HttpMethod.Put, ImageList.PinPath));
        Assert.Equal(HttpStatusCode.BadRequest, await StoreClient.Tell(world.Server, HttpMethod.Post, StoreStatus.CleanPath + "?dryRun=maybe"));
    }

    [Fact]
    public async Task What_would_go_is_told_and_stays()
    {
        await using var world = await World.Start();
        var shared = LayerForge.Random(4000, seed: 50);
        for (var i = 0; i < 3; i++)
        {
            await Pull(world, $"app-{i}", world.Upstream.AddImage($"library/app-{i}", "1", shared, LayerForge.Random(3000, seed: i)));
        }

        await world.Pin("library/app-0", "1");

        // Those just pulled come into it a moment later.
        await StoreClient.Until(async () => (await world.Plan(5000)).IsEnough);
        var plan = await world.Plan(5000);
        Assert.Equal(["library/app-1", "library/app-2"], plan.Images.Select(image => image.Repository));
        Assert.InRange(plan.Freed, 6000, 9000);
        Assert.False((await world.Plan(50_000)).IsEnough);
        Assert.Equal(3, (await world.Held()).Count);
        foreach (var query in new[] { "", "?bytes=0", "?bytes=-1", "?bytes=many" })
        {
            Assert.Equal(HttpStatusCode.BadRequest, await StoreClient.Tell(world.Server, HttpMethod.Get, StoreStatus.PlanPath + query));
        }
    }

    /// <summary>A data folder of a release that did not note them: the first collection does.</summary>
    [Fact]
    public async Task What_belongs_to_no_image_since_before_that_was_noted_goes_first_too()
    {
        await using var world = await World.Start(project: [("quota", 10_000)]);
        var image = world.Upstream.AddImage("library/app", "1", LayerForge.Random(4000, seed: 1));
        await Pull(world, "app", image);
        var loose = world.Upstream.AddBlob("library/app", LayerForge.RandomBytes(3000, seed: 7));
        await world.Read($"dockerhub/app/blobs/{loose}");
        await world.Stored(loose);
        await world.Server.Stop();
        world.Server.Execute("DELETE FROM loose_blob; DELETE FROM stray_blob; DELETE FROM milestone WHERE name = 'loose-blobs-noted'");
        await world.Server.StartAgain();
        await world.Clean(isDryRun: false);
        Assert.Equal((3000, 0), await world.Plan(2000) is { } plan ? (plan.LooseBytes, plan.Images.Count) : default);
    }

    [Fact]
    public async Task What_nothing_names_is_collected_once_it_was_looked_at_before_and_what_is_named_is_not()
    {
        await using var world = await World.Start();
        var image = world.Upstream.AddImage("library/app", "1", LayerForge.Random(2000, seed: 1));
        await Pull(world, "app", image);
        var stray = LayerForge.RandomBytes(5000, seed: 7);
        var digest = world.Upstream.AddBlob("library/app", stray);
        await world.Read($"dockerhub/app/blobs/{digest}");
        await world.Stored(digest);
        Assert.Equal(new CleanReport(1, 0, 0), await world.Clean(isDryRun: true));
        Assert.Equal(new CleanReport(1, 0, 0), await world.Clean(isDryRun: false));
        Assert.Equal("hit", (await world.Read($"dockerhub/app/blobs/{digest}")).Cache);

        // As if that had been an hour ago; and a file that no row knows was placed then.
        await world.Server.Stop();
        Age(world, digest, TimeSpan.FromHours(1));
        await world.Server.StartAgain();
        Assert.Equal(new CleanReport(1, 1, 5000), await world.Clean(isDryRun: true));
        Assert.Equal(new CleanReport(1, 1, 5000), await world.Clean(isDryRun: false));
        Assert.Equal(new CleanReport(0, 0, 0), await world.Clean(isDryRun: false));
        Assert.Equal(image.Blobs.Sum(blob => blob.Size), (await world.Store()).Bytes);
        Assert.Equal("miss", (await world.Read($"dockerhub/app/blobs/{digest}")).Cache);
        await Pull(world, "app", image);
        StoreCheck.AssertRight(world.Server.StoragePath);
    }

    private static void Age(World world, string digest, TimeSpan by)
    {
        using var connection = new SqliteConnection($"Data Source={Path.Combine(world.Server.StoragePath, "roadstead.db")};Pooling=False");
        connection.Open();
        using var command = connection.CreateCommand();
        command.CommandText = "UPDATE stray_blob SET seen_at = seen_at - @by WHERE digest = @digest";
        command.Parameters.AddWithValue("@by", (long)by.TotalMilliseconds);
        command.Parameters.AddWithValue("@digest", digest);
        Assert.Equal(1, command.ExecuteNonQuery());
    }

    private static async Task Pull(World world, string name, ForgedManifest image)
    {
        await world.Pull($"dockerhub/{name}", "1", image);
        await world.Server.WaitForLog(line => image.Blobs.All(blob => world.Server.Log.Items.Any(other => other.Contains("stored blob", StringComparison.Ordinal) && other.Contains(blob.Digest, StringComparison.Ordinal))));
    }
}
