using Roadstead.Api;
using Roadstead.Server.Tests.Retention;
using Roadstead.Testing.Images;
using Roadstead.Testing.Server;
using Roadstead.Testing.Upstream;

namespace Roadstead.Server.Tests.Clusters;

/// <summary>A drill proves what could be pulled with every upstream cut off, while pulls go on.</summary>
public class DrillTests
{
    private const string App = "docker.io/library/app:1";

    [Fact]
    public async Task It_asks_no_upstream_and_pulls_ask_theirs_as_before()
    {
        await using var world = await World.Start("0s");
        var image = world.Upstream.AddImage("library/app", "1", LayerForge.Random(50_000, seed: 1));
        await world.Server.Uses(App);
        await world.Server.Fetched();
        var asked = world.Upstream.Requests.Count(On.Any);
        var drills = Enumerable.Range(0, 4).Select(_ => world.Server.Drill()).ToList();
        var reports = await Task.WhenAll(drills);
        Assert.All(reports, report => Assert.Equal((1, 1, 0), (report.Images, report.Passed, report.Failed.Count)));
        Assert.Equal(image.Blobs.Sum(blob => blob.Size), reports[0].Bytes);
        Assert.Equal(asked, world.Upstream.Requests.Count(On.Any));

        // A pull right after it finds the endpoint as it was.
        Assert.Equal("hit", (await world.Read("dockerhub/app/manifests/1")).Cache);
        Assert.Equal(asked + 1, world.Upstream.Requests.Count(On.Any));
        Assert.Equal(1, (int)(await world.Server.Ask("GET", "/roadstead/clusters")).Json["clusters"]![0]!["drill"]!["passed"]!);
        const string Metric = "roadstead_cluster_drill_failed_images{cluster=\"prod\"} 0";
        Assert.Contains(Metric, await world.Server.Metrics(), StringComparison.Ordinal);
        await world.Server.Restart();
        await StoreClient.Until(async () => (await world.Server.Metrics()).Contains(Metric, StringComparison.Ordinal));
    }

    [Fact]
    public async Task It_finds_what_readiness_cannot_see()
    {
        await using var world = await World.Start();
        var images = Enumerable.Range(0, 3).Select(i => world.Upstream.AddImage("library/app", $"{i}", LayerForge.Random(50_000, seed: i))).ToList();
        await world.Server.Uses(images.Select((_, i) => $"docker.io/library/app:{i}"));
        await world.Server.Fetched();
        var file = world.Server.BlobFile(images[1].Layers[0].Digest);
        var bytes = await File.ReadAllBytesAsync(file, TestContext.Current.CancellationToken);
        bytes[40_000] ^= 1;
        File.SetUnixFileMode(file, UnixFileMode.UserRead | UnixFileMode.UserWrite);
        await File.WriteAllBytesAsync(file, bytes, TestContext.Current.CancellationToken);
        Assert.Equal(3, (await world.Server.Readiness()).Ready);

        var report = await world.Server.Drill();
        var failed = Assert.Single(report.Failed);
        Assert.Equal(("docker.io/library/app:1", ImageState.Partial, 2), (failed.Image, failed.State, report.Passed));
        Assert.Contains($"{images[1].Layers[0].Digest} is damaged", failed.Reason, StringComparison.Ordinal);

        // It was taken away, and comes anew by itself.
        await StoreClient.Until(async () => (await world.Server.Readiness()).Ready == 3);
        Assert.Equal(3, (await world.Server.Drill()).Passed);
    }

    [Fact]
    public async Task It_and_readiness_say_the_same_of_what_is_not_held_or_withheld()
    {
        await using var world = await World.Start("0s", project: [("staleFor", "0")]);
        var index = new[] { ("linux/amd64", ImageForge.Image([LayerForge.Random(1000, seed: 1)])), ("linux/arm64", ImageForge.Image([LayerForge.Random(1000, seed: 2)])) };
        var multi = world.Upstream.AddIndex("library/multi", "1", index);
        var app = world.Upstream.AddImage("library/app", "1", LayerForge.Random(1000, seed: 3));
        string[] names =
        [
            App, $"docker.io/library/app@{app.Digest}", $"docker.io/library/multi@{multi.Digest}", "docker.io/library/none:1", "elsewhere.example/a:1",
        ];
        await world.Server.UsesOn(["linux/amd64", "linux/arm64"], names);
        await world.Server.Fetched();
        await Agree(world, App, "docker.io/library/none:1", "elsewhere.example/a:1");

        File.Delete(world.Server.BlobFile(index[1].Item2.Layers[0].Digest));
        await Agree(world, App, $"docker.io/library/multi@{multi.Digest}", "docker.io/library/none:1", "elsewhere.example/a:1");
        Assert.Equal(ImageState.Withheld, (await world.Server.Readiness()).Of(App).State);
    }

    private static async Task Agree(World world, params string[] failing)
    {
        var readiness = await world.Server.Readiness();
        Assert.Equal(failing.Order(StringComparer.Ordinal), readiness.Images.Where(image => image.State != ImageState.Ready).Select(image => image.Image));
        var drill = await world.Server.Drill();
        Assert.Equal(failing.Order(StringComparer.Ordinal), drill.Failed.Select(image => image.Image));
        Assert.All(drill.Failed, image => Assert.NotEmpty(image.Reason!));
    }
}
