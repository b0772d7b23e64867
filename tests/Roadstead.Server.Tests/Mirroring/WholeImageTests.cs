using System.Net;
using Roadstead.Testing.Images;
using Roadstead.Testing.Upstream;

namespace Roadstead.Server.Tests.Mirroring;

public class WholeImageTests
{
    [Fact]
    public async Task What_a_pulled_manifest_names_is_completed_without_the_client()
    {
        await using var world = await World.Start();
        var image = world.Upstream.AddImage("library/app", "1", LayerForge.Random(1000), LayerForge.Random(1000, seed: 2));
        await world.Read("dockerhub/library/app/manifests/1");
        await world.Stored(image.Blobs.Select(blob => blob.Digest));
    }

    [Fact]
    public async Task Of_an_index_the_platforms_that_clients_ask_for_are_completed()
    {
        await using var world = await World.Start();
        var amd = ImageForge.Image([LayerForge.Random(1000, seed: 1)]);
        var arm = ImageForge.Image([LayerForge.Random(1000, seed: 2)]);
        var riscv = ImageForge.Image([LayerForge.Random(1000, seed: 3)]);
        world.Upstream.AddIndex("library/app", "1", ("linux/amd64", amd), ("linux/arm64/v8", arm), ("linux/riscv64", riscv));
        await world.Read("dockerhub/library/app/manifests/1");
        await world.Read($"dockerhub/library/app/manifests/{arm.Digest}");
        await world.Stored(arm.Blobs.Select(blob => blob.Digest));

        // A moved tag is completed for who used it.
        var next = ImageForge.Image([LayerForge.Random(1000, seed: 4)]);
        world.Upstream.AddIndex("library/app", "2", ("linux/riscv64", riscv), ("linux/arm64/v8", next));
        await world.Read("dockerhub/library/app/manifests/2");
        await world.Stored(next.Blobs.Select(blob => blob.Digest));
        Assert.Equal(0, world.Upstream.Requests.Count(On.Manifest(reference: riscv.Digest)));
    }

    [Fact]
    public async Task The_project_s_platforms_are_kept_before_anyone_asked()
    {
        await using var world = await World.Start(configure: (config, upstream) =>
        {
            config.AddEndpoint("q", "quay.io", upstream.Address, ("allowPrivateAddresses", true));
            config.AddProject("quay", "q", ("platforms", new[] { "linux/s390x", "linux/arm/v7" }));
        });
        var s390 = ImageForge.Image([LayerForge.Random(1000, seed: 1)]);
        var v6 = ImageForge.Image([LayerForge.Random(1000, seed: 2)]);
        var v7 = ImageForge.Image([LayerForge.Random(1000, seed: 3)]);
        world.Upstream.AddIndex("org/app", "1", ("linux/s390x", s390), ("linux/arm/v6", v6), ("linux/arm/v7", v7));
        await world.Read("quay/org/app/manifests/1");
        await world.Stored([.. s390.Blobs.Select(blob => blob.Digest), .. v7.Blobs.Select(blob => blob.Digest)]);
        Assert.Equal(0, world.Upstream.Requests.Count(On.Manifest(reference: v6.Digest)));
    }

    [Theory]
    [InlineData(500)]
    [InlineData(429)]
    public async Task An_image_held_in_part_is_not_offered_while_upstream_fails_for_it(int status)
    {
        await using var world = await World.Start("0s");
        world.Upstream.AddImage("library/app", "1", LayerForge.Random(1000));
        world.Upstream.Fault(On.Blob(), Faults.Status(404));
        Assert.Equal(HttpStatusCode.OK, (await world.Read("dockerhub/library/app/manifests/1")).Status);
        world.Upstream.Fault(On.Manifest(), Faults.Status(status));
        using var refused = await world.Get("dockerhub/library/app/manifests/1");
        Assert.Equal(HttpStatusCode.ServiceUnavailable, refused.StatusCode);
        Assert.NotNull(refused.Headers.RetryAfter);
    }

    [Fact]
    public async Task An_image_held_in_part_is_not_offered_without_its_upstream()
    {
        await using var world = await World.Start();
        var image = world.Upstream.AddImage("library/app", "1", LayerForge.Random(1000));
        var gate = new Gate();
        world.Upstream.Fault(On.Blob(), Faults.StallBeforeHeaders(gate));
        Assert.Equal(HttpStatusCode.OK, (await world.Read("dockerhub/library/app/manifests/1")).Status);
        await gate.Reached();
        await world.Upstream.Stop();
        await world.Server.Restart();

        using (var refused = await world.Get("dockerhub/library/app/manifests/1"))
        {
            Assert.Equal(HttpStatusCode.ServiceUnavailable, refused.StatusCode);
            Assert.NotNull(refused.Headers.RetryAfter);
            Assert.Contains("in part", await refused.Content.ReadAsStringAsync(TestContext.Current.CancellationToken), StringComparison.Ordinal);
        }

        gate.Open();
        world.Upstream.ClearFaults();
        await world.Upstream.StartAgain();
        await world.Server.WaitForLog(line => line.Contains("endpoint up", StringComparison.Ordinal));
        await world.Pull("dockerhub/library/app", "1", image);
        await world.Stored(image.Blobs.Select(blob => blob.Digest));
        await world.Upstream.Stop();
        await world.Server.Restart();
        await world.Pull("dockerhub/library/app", "1", image);
    }

    [Fact]
    public async Task An_index_is_whole_when_the_platforms_asked_for_are()
    {
        await using var world = await World.Start("0s");
        var amd = ImageForge.Image([LayerForge.Random(1000, seed: 1)]);
        var arm = ImageForge.Image([LayerForge.Random(1000, seed: 2)]);
        var index = ImageForge.Index([new IndexEntry(amd, "linux/amd64"), new IndexEntry(arm, "linux/arm64"), ImageForge.Attestation(amd)]);
        world.Upstream.Add("library/app", "1", index);
        await world.Read("dockerhub/library/app/manifests/1");
        await world.Pull("dockerhub/library/app", arm.Digest, arm);
        await world.Stored(arm.Blobs.Select(blob => blob.Digest));
        await world.Upstream.Stop();
        await world.Server.Restart();
        Assert.Equal(new Got(HttpStatusCode.OK, "stale", index.Digest), await world.Read("dockerhub/library/app/manifests/1"));
        await world.Pull("dockerhub/library/app", arm.Digest, arm);
    }

    [Fact]
    public async Task Completion_comes_back_to_what_upstream_would_not_bring_at_once()
    {
        await using var world = await World.Start();
        var image = world.Upstream.AddImage("library/app", "1", LayerForge.Random(1000));
        world.Upstream.Fault(On.Blob(), Faults.Status(500), times: 2);
        await world.Read("dockerhub/library/app/manifests/1");
        await world.Stored(image.Blobs.Select(blob => blob.Digest));
    }
}
