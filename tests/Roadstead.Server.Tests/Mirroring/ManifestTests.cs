using System.Net;
using Roadstead.Testing.Images;
using Roadstead.Testing.Upstream;

namespace Roadstead.Server.Tests.Mirroring;

public class ManifestTests
{
    [Fact]
    public async Task What_was_deleted_upstream_is_served_for_as_long_as_the_project_says()
    {
        await using var world = await World.Start("0s", (config, _) => config.AddProject("brief", "docker-hub", ("staleFor", "0s")));
        var image = world.Upstream.AddImage("library/app", "1", LayerForge.Random(1000));
        await world.Pull("dockerhub/app", "1", image);
        await world.Pull("brief/app", "1", image);
        world.Upstream.RemoveTag("library/app", "1");
        Assert.Equal(new Got(HttpStatusCode.OK, "stale", image.Digest), await world.Read("dockerhub/app/manifests/1"));
        Assert.Equal(HttpStatusCode.NotFound, (await world.Read("brief/app/manifests/1")).Status);
        Assert.Equal(new Got(HttpStatusCode.OK, "hit", image.Digest), await world.Read($"brief/app/manifests/{image.Digest}"));
    }

    [Fact]
    public async Task Cold_is_one_GET_and_fresh_is_none()
    {
        await using var world = await World.Start();
        var image = world.Upstream.AddImage("library/app", "1", LayerForge.Random(1000));
        Assert.Equal(new Got(HttpStatusCode.OK, "miss", image.Digest), await world.Read("dockerhub/library/app/manifests/1"));
        Assert.Equal(new Got(HttpStatusCode.OK, "hit", image.Digest), await world.Read("dockerhub/library/app/manifests/1"));
        Assert.Equal(new Got(HttpStatusCode.OK, "hit", image.Digest), await world.Read($"dockerhub/library/app/manifests/{image.Digest}"));
        Assert.Equal(1, world.Upstream.Requests.Count(On.Manifest()));
        Assert.Equal(1, world.Upstream.Requests.Count(On.Manifest().Get()));
    }

    [Fact]
    public async Task A_cold_HEAD_is_one_GET_and_stores_it()
    {
        await using var world = await World.Start();
        var image = world.Upstream.AddImage("library/app", "1", LayerForge.Random(1000));
        using var head = await world.Get("dockerhub/library/app/manifests/1", HttpMethod.Head);
        Assert.Equal((image.Size, image.MediaType, image.Digest, $"\"{image.Digest}\""), (
            head.Content.Headers.ContentLength!.Value, head.Content.Headers.ContentType!.ToString(), head.Headers.GetValues("Docker-Content-Digest").Single(), head.Headers.ETag!.Tag));
        Assert.Equal("hit", (await world.Read("dockerhub/library/app/manifests/1")).Cache);
        Assert.Equal(1, world.Upstream.Requests.Count(On.Manifest()));
    }

    [Fact]
    public async Task Many_who_ask_at_once_cost_one_GET()
    {
        await using var world = await World.Start();
        var image = world.Upstream.AddImage("library/app", "1", LayerForge.Random(1000));
        var gate = new Gate();
        world.Upstream.Fault(On.Manifest(), Faults.StallBeforeHeaders(gate));
        var clients = Enumerable.Range(0, 16).Select(_ => world.Read("dockerhub/library/app/manifests/1")).ToList();
        await gate.Reached();
        gate.Open();
        Assert.All(await Task.WhenAll(clients), got => Assert.Equal(image.Digest, got.Digest));
        Assert.Equal(1, world.Upstream.Requests.Count(On.Manifest()));
    }

    [Fact]
    public async Task A_stale_tag_that_did_not_move_is_one_HEAD()
    {
        await using var world = await World.Start("0s");
        var image = world.Upstream.AddImage("library/app", "1", LayerForge.Random(1000));
        await world.Read("dockerhub/library/app/manifests/1");
        Assert.Equal(new Got(HttpStatusCode.OK, "hit", image.Digest), await world.Read("dockerhub/library/app/manifests/1"));
        Assert.Equal((1, 1), (world.Upstream.Requests.Count(On.Manifest().Get()), world.Upstream.Requests.Count(On.Manifest().Head())));
    }

    [Fact]
    public async Task A_stale_tag_that_moved_is_fetched_by_digest()
    {
        await using var world = await World.Start("0s");
        world.Upstream.AddImage("library/app", "1", LayerForge.Random(1000));
        await world.Read("dockerhub/library/app/manifests/1");
        var moved = world.Upstream.AddImage("library/app", "1", LayerForge.Random(1000, seed: 2));
        Assert.Equal(new Got(HttpStatusCode.OK, "miss", moved.Digest), await world.Read("dockerhub/library/app/manifests/1"));
        Assert.Equal(1, world.Upstream.Requests.Count(On.Manifest("library/app", moved.Digest).Get()));
    }

    [Fact]
    public async Task A_HEAD_with_a_lying_digest_changes_nothing()
    {
        await using var world = await World.Start("0s");
        var secret = world.Upstream.AddImage("other/secret", "1", LayerForge.Random(1000, seed: 9));
        var image = world.Upstream.AddImage("library/app", "1", LayerForge.Random(1000));
        await world.Read("dockerhub/other/secret/manifests/1");
        await world.Read("dockerhub/library/app/manifests/1");
        world.Upstream.Fault(On.Manifest("library/app").Head(), Faults.LyingDigest(secret.Digest));
        Assert.Equal(image.Digest, (await world.Read("dockerhub/library/app/manifests/1")).Digest);
        Assert.Equal(HttpStatusCode.NotFound, (await world.Read($"dockerhub/library/app/manifests/{secret.Digest}")).Status);
    }

    [Fact]
    public async Task Upstreams_without_HEAD_are_asked_by_GET()
    {
        await using var world = await World.Start("0s");
        var image = world.Upstream.AddImage("library/app", "1", LayerForge.Random(1000));
        await world.Read("dockerhub/library/app/manifests/1");
        world.Upstream.Fault(On.Manifest().Head(), Faults.Status(405));
        Assert.Equal(new Got(HttpStatusCode.OK, "hit", image.Digest), await world.Read("dockerhub/library/app/manifests/1"));
    }

    [Fact]
    public async Task Every_kind_of_manifest_comes_as_it_is()
    {
        await using var world = await World.Start();
        var layer = LayerForge.Random(500);
        var image = ImageForge.Image([layer]);
        var nested = ImageForge.Index([new IndexEntry(image, "linux/amd64"), ImageForge.Attestation(image)]);
        var config = ImageForge.Blob("{}"u8.ToArray(), Media.OciEmpty);
        ForgedManifest[] all =
        [
            ImageForge.Image([layer], format: ImageFormat.DockerSchema2),
            ImageForge.Index([new IndexEntry(ImageForge.Image([layer], format: ImageFormat.DockerSchema2), "linux/amd64")], ImageFormat.DockerSchema2),
            nested,
            ImageForge.Index([new IndexEntry(nested, null)]),
            ImageForge.Artifact("application/vnd.example.sbom", [config], image),
            ImageForge.Image([LayerForge.Random(500, algorithm: "sha512")], algorithm: "sha512"),
        ];
        for (var i = 0; i < all.Length; i++)
        {
            world.Upstream.Add("library/kinds", $"v{i}", all[i]);
            using var byTag = await world.Get($"dockerhub/library/kinds/manifests/v{i}");
            Assert.Equal(all[i].Bytes, await byTag.Content.ReadAsByteArrayAsync(TestContext.Current.CancellationToken));
            Assert.Equal(all[i].MediaType, byTag.Content.Headers.ContentType!.ToString());
            using var byDigest = await world.Get($"dockerhub/library/kinds/manifests/{all[i].Digest}");
            Assert.Equal(all[i].Bytes, await byDigest.Content.ReadAsByteArrayAsync(TestContext.Current.CancellationToken));
            Assert.Equal(all[i].Digest, byDigest.Headers.GetValues("Docker-Content-Digest").Single());
        }
    }

    [Theory]
    [InlineData(401)]
    [InlineData(403)]
    public async Task A_denial_is_403_when_cold_and_remembered(int status)
    {
        await using var world = await World.Start();
        world.Upstream.AddImage("library/app", "1", LayerForge.Random(1000));
        world.Upstream.Fault(On.Manifest(), Faults.Status(status));
        for (var i = 0; i < 3; i++)
        {
            using var response = await world.Get("dockerhub/library/app/manifests/1");
            Assert.Equal(HttpStatusCode.Forbidden, response.StatusCode);
            Assert.Contains("DENIED", await response.Content.ReadAsStringAsync(TestContext.Current.CancellationToken), StringComparison.Ordinal);
        }

        Assert.Equal(1, world.Upstream.Requests.Count(On.Manifest()));
    }

    public static TheoryData<string, int, string> ColdFaults => new()
    {
        { "notFound", 404, "MANIFEST_UNKNOWN" },
        { "throttled", 503, "TOOMANYREQUESTS" },
        { "serverError", 503, "UNAVAILABLE" },
        { "html", 502, "UNAVAILABLE" },
        { "tooLarge", 502, "UNAVAILABLE" },
        { "redirectLoop", 502, "UNAVAILABLE" },
        { "truncated", 502, "UNAVAILABLE" },
        { "frozen", 504, "UNAVAILABLE" },
        { "stopped", 503, "UNAVAILABLE" },
    };

    [Theory]
    [MemberData(nameof(ColdFaults))]
    public async Task A_fault_of_upstream_is_told_apart_from_an_answer(string fault, int status, string code)
    {
        await using var world = await World.Start("0s", endpoint: ("headerTimeout", "3s"));
        var held = world.Upstream.AddImage("library/held", "1", LayerForge.Random(1000));
        await world.Pull("dockerhub/library/held", "1", held);
        await world.Stored(held.Blobs.Select(blob => blob.Digest));
        world.Upstream.AddImage("library/app", "1", LayerForge.Random(1000));
        await Cause(world, fault);

        using var cold = await world.Get("dockerhub/library/app/manifests/1");
        Assert.Equal(status, (int)cold.StatusCode);
        Assert.Contains(code, await cold.Content.ReadAsStringAsync(TestContext.Current.CancellationToken), StringComparison.Ordinal);
        Assert.Equal(status == 503, cold.Headers.RetryAfter is not null);

        using var copy = await world.Get("dockerhub/library/held/manifests/1");
        Assert.Equal((HttpStatusCode.OK, "stale"), (copy.StatusCode, World.CacheOf(copy)));
        Assert.StartsWith("299 - \"upstream", copy.Headers.GetValues("Warning").Single(), StringComparison.Ordinal);
        foreach (var blob in held.Blobs)
        {
            Assert.Equal(new Got(HttpStatusCode.OK, "hit", blob.Digest), await world.Read($"dockerhub/library/held/blobs/{blob.Digest}"));
        }
    }

    [Fact]
    public async Task What_upstream_says_of_a_throttle_is_passed_on_as_503()
    {
        await using var world = await World.Start();
        world.Upstream.Fault(On.Registry, Faults.TooManyRequests("77"));
        using var response = await world.Get("dockerhub/library/app/manifests/1");
        Assert.Equal(503, (int)response.StatusCode);
        Assert.InRange(response.Headers.RetryAfter!.Delta!.Value.TotalSeconds, 70, 77);
    }

    private static async Task Cause(World world, string fault)
    {
        switch (fault)
        {
            case "notFound":
                world.Upstream.Fault(On.Manifest(), Faults.Error(404, "MANIFEST_UNKNOWN"));
                break;
            case "throttled":
                world.Upstream.Fault(On.Registry, Faults.TooManyRequests());
                break;
            case "serverError":
                world.Upstream.Fault(On.Registry, Faults.Status(500));
                break;
            case "html":
                world.Upstream.Fault(On.Manifest().Head(), Faults.Status(200));
                world.Upstream.Fault(On.Manifest().Get(), Faults.HtmlPage());
                break;
            case "tooLarge":
                world.Upstream.Fault(On.Manifest().Head(), Faults.Headers(("Docker-Content-Digest", "")));
                world.Upstream.Fault(On.Manifest().Get(), Faults.Longer(5 * 1024 * 1024));
                break;
            case "redirectLoop":
                world.Upstream.Fault(On.Manifest(), Faults.RedirectLoop());
                break;
            case "truncated":
                world.Upstream.Fault(On.Manifest().Head(), Faults.Headers(("Docker-Content-Digest", "")));
                world.Upstream.Fault(On.Manifest().Get(), Faults.TruncateAfter(10));
                break;
            case "frozen":
                world.Upstream.Freeze();
                break;
            case "stopped":
                await world.Upstream.Stop();
                break;
            default:
                throw new ArgumentException(fault);
        }
    }
}
