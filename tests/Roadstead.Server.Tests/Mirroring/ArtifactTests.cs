using System.Net;
using System.Text;
using System.Text.Json.Nodes;
using Roadstead.Testing.Images;

namespace Roadstead.Server.Tests.Mirroring;

/// <summary>What is no container image is pulled, completed and kept like one.</summary>
public class ArtifactTests
{
    public static TheoryData<string, string, string> Kinds => new()
    {
        { "Helm chart", "application/vnd.cncf.helm.config.v1+json", "application/vnd.cncf.helm.chart.content.v1.tar+gzip" },
        { "WASM module", "application/vnd.wasm.config.v0+json", "application/wasm" },
        { "SBOM", "application/vnd.oci.empty.v1+json", "application/spdx+json" },
        { "cosign signature", "application/vnd.oci.image.config.v1+json", "application/vnd.dev.cosign.simplesigning.v1+json" },
    };

    [Theory]
    [MemberData(nameof(Kinds))]
    public async Task Are_pulled_again_with_upstream_gone(string kind, string configType, string layerType)
    {
        await using var world = await World.Start("0s");
        var image = world.Upstream.AddImage("library/app", "1", LayerForge.Random(100));
        var layer = ImageForge.Blob(Encoding.UTF8.GetBytes(kind), layerType);
        var artifact = Manifest(ImageForge.Blob("{}"u8.ToArray(), configType), layer);
        var tag = kind == "cosign signature" ? image.Digest.Replace(':', '-') + ".sig" : "1.2.3";
        world.Upstream.Add("library/artifact", tag, artifact);
        await world.Pull("dockerhub/artifact", tag, artifact);
        await world.Stored(artifact.Blobs.Select(blob => blob.Digest));
        Assert.Equal(HttpStatusCode.NotFound, (await world.Read("dockerhub/artifact/manifests/other")).Status);

        await world.Upstream.Stop();
        await world.Server.Restart();
        await world.Pull("dockerhub/artifact", tag, artifact);
    }

    [Fact]
    public async Task A_foreign_layer_is_left_to_the_client()
    {
        await using var world = await World.Start("0s");
        var layer = LayerForge.Random(100);
        var foreign = LayerForge.Random(100, seed: 2) with { MediaType = "application/vnd.docker.image.rootfs.foreign.diff.tar.gzip" };
        var image = Manifest(ImageForge.Blob("{}"u8.ToArray(), Media.DockerConfig), layer, foreign);
        var held = new[] { image.Blobs[0], layer };
        world.Upstream.AddManifest("library/windows", "1", image.MediaType, image.Bytes);
        foreach (var blob in held)
        {
            world.Upstream.AddBlob("library/windows", blob.Bytes);
        }

        // The image is whole without it: what upstream does not have is neither waited for nor asked for.
        Assert.Equal(image.Digest, (await world.Read("dockerhub/windows/manifests/1")).Digest);
        await world.Stored(held.Select(blob => blob.Digest));
        Assert.DoesNotContain(world.Upstream.Requests.Items, request => request.Path.Contains(foreign.Digest, StringComparison.Ordinal));
        Assert.Equal(HttpStatusCode.NotFound, (await world.Read($"dockerhub/windows/blobs/{foreign.Digest}")).Status);
        await world.Upstream.Stop();
        await world.Server.Restart();
        Assert.Equal(new Got(HttpStatusCode.OK, "stale", image.Digest), await world.Read("dockerhub/windows/manifests/1"));
    }

    private static ForgedManifest Manifest(ForgedBlob config, params ForgedBlob[] layers)
    {
        static JsonObject Descriptor(ForgedBlob blob) => new() { ["mediaType"] = blob.MediaType, ["digest"] = blob.Digest, ["size"] = blob.Size };
        var json = new JsonObject
        {
            ["schemaVersion"] = 2,
            ["mediaType"] = Media.OciManifest,
            ["config"] = Descriptor(config),
            ["layers"] = new JsonArray([.. layers.Select(Descriptor)]),
        };
        var blob = ImageForge.Blob(Encoding.UTF8.GetBytes(json.ToJsonString()), Media.OciManifest);
        return new ForgedManifest(blob.Bytes, blob.Digest, blob.MediaType, [config, .. layers], []);
    }
}
