using System.Text;
using System.Text.Json.Nodes;
using Roadstead.Testing.Images;

namespace Roadstead.Server.Tests.Registry;

/// <summary>
/// What clients that Debian has not send for one pull, request by request, as their sources have it: containerd 2 and BuildKit
/// (core/remotes/docker), go-containerregistry (pkg/v1/remote), Docker 25 (distribution's client).
/// </summary>
public class ClientSequenceTests
{
    private const string Repository = "library/app";
    private const string SignatureType = "application/vnd.example.signature";
    private const string SbomType = "application/vnd.example.sbom";

    /// <summary>Layers are compressed already; this asks that nothing be compressed again on the way.</summary>
    private static readonly (string, string) Encodings = ("Accept-Encoding", "zstd;q=1.0, gzip;q=0.8, deflate;q=0.5");

    private static readonly (string, string) ContainerdResolves =
        ("Accept", $"{Media.DockerManifest}, {Media.DockerList}, {Media.OciManifest}, {Media.OciIndex}, */*");

    [Theory]
    [InlineData("/v2/dockerhub/", "?ns=docker.io", "buildkit/v0.24")]
    [InlineData("/v2/dockerhub/", "?ns=docker.io", "containerd/v2.1.4")]
    [InlineData("/v2/", "?ns=docker.io", "containerd/v2.1.4")]
    public async Task BuildKit_and_containerd_2(string root, string query, string agent)
    {
        await using var world = await World.Start();
        var index = AddIndex(world, "1");
        var image = index.Children[0];
        var client = new RecordedClient(world, root, query, ("User-Agent", agent));

        await client.Resolves(Repository, "1", index, ContainerdResolves);
        await client.GetsManifest(Repository, index.Digest, index, Fetches(Media.OciIndex));
        await client.GetsManifest(Repository, image.Digest, image, Fetches(Media.OciManifest));
        foreach (var blob in image.Blobs)
        {
            await client.GetsBlob(Repository, blob, Fetches(blob.MediaType));
        }

        // BuildKit looks at the provenance of what it builds from; by digest, resolving is a HEAD too.
        var attestation = index.Children[^1];
        await client.Resolves(Repository, attestation.Digest, attestation, ContainerdResolves);
        await client.GetsManifest(Repository, attestation.Digest, attestation, Fetches(Media.OciManifest));
        await client.GetsBlob(Repository, attestation.Layers[0], Fetches(Media.InToto));
        AssertNoFault(world);
    }

    [Fact]
    public async Task Containerd_2_1_takes_a_layer_in_pieces_at_once_and_leaves_each_early()
    {
        const int Piece = 1 << 20;
        await using var world = await World.Start();
        var image = world.Upstream.AddImage(Repository, "1", LayerForge.Random((5 * Piece) + 1000));
        var layer = image.Layers[0];
        var client = new RecordedClient(world, "/v2/dockerhub/", "?ns=docker.io", ("User-Agent", "containerd/v2.1.4"));
        await client.Resolves(Repository, "1", image, ContainerdResolves);

        // The first request has a range too, from which it learns whether there are ranges at all.
        var pieces = await Task.WhenAll(Enumerable.Range(0, (int)(layer.Size / Piece) + 1)
            .Select(piece => client.GetsChunk(Repository, layer, (long)piece * Piece, Piece, Fetches(layer.MediaType))));

        Assert.Equal(layer.Bytes, pieces.SelectMany(piece => piece).ToArray());
        Assert.Equal(1, world.Upstream.CountBlobGets(Repository, layer.Digest));
        AssertNoFault(world);
    }

    [Fact]
    public async Task Kaniko()
    {
        // One line, without spaces, the formats of long ago first.
        const string Schema1 = "application/vnd.docker.distribution.manifest.v1+json,application/vnd.docker.distribution.manifest.v1+prettyjws";
        const string Image = $"{Media.DockerManifest},{Media.OciManifest}";
        await using var world = await World.Start();
        var index = AddIndex(world, "1");
        var image = index.Children[0];
        var client = new RecordedClient(world, "/v2/dockerhub/", "", ("User-Agent", "go-containerregistry/v0.20.2"), ("Accept-Encoding", "gzip"));

        await client.Pings("/v2/");
        await client.GetsManifest(Repository, "1", index, ("Accept", $"{Schema1},{Image},{Media.DockerList},{Media.OciIndex}"));
        await client.GetsManifest(Repository, image.Digest, image, ("Accept", Image));
        foreach (var blob in image.Blobs)
        {
            await client.GetsBlob(Repository, blob);
        }

        AssertNoFault(world);
    }

    [Fact]
    public async Task Docker_25_by_a_path_before_v2()
    {
        (string, string)[] types = [.. new[] { Media.OciIndex, Media.DockerManifest, Media.DockerList, Media.OciManifest }.Select(type => ("Accept", type))];
        await using var world = await World.Start();
        var index = AddIndex(world, "1");
        var image = index.Children[0];
        var client = new RecordedClient(
            world, "/dockerhub/v2/", "", ("User-Agent", @"docker/25.0.3 go/go1.21.6 os/linux arch/amd64 UpstreamClient(Docker-Client/25.0.3 \(linux\))"), ("Accept-Encoding", "gzip"));

        await client.Pings("/dockerhub/v2/");
        await client.Resolves(Repository, "1", index, types);
        await client.GetsManifest(Repository, index.Digest, index, types);
        await client.GetsManifest(Repository, image.Digest, image, types);
        foreach (var blob in image.Blobs)
        {
            await client.GetsBlob(Repository, blob);
        }

        AssertNoFault(world);
    }

    [Fact]
    public async Task Containerd_2_2_finds_what_refers_to_an_image_by_the_tag_of_its_digest()
    {
        // Unless hosts.toml gives a host the capability of referrers, this tag is all that it is asked for.
        await using var world = await World.Start();
        var signed = AddSigned(world);
        var client = new RecordedClient(world, "/v2/dockerhub/", "?ns=docker.io", ("User-Agent", "containerd/v2.2.0"));

        await client.GetsManifest(Repository, signed.Referrers.Tag, signed.Referrers.Index, Fetches(Media.OciIndex));
        await client.GetsManifest(Repository, signed.Signature.Digest, signed.Signature, Fetches(Media.OciManifest));
        foreach (var blob in signed.Signature.Blobs)
        {
            await client.GetsBlob(Repository, blob, Fetches(blob.MediaType));
        }

        await client.Misses($"{Repository}/manifests/{TagOf(signed.Signature)}", Fetches(Media.OciIndex));
        AssertNoFault(world);
    }

    [Fact]
    public async Task Containerd_2_2_asks_for_what_refers_to_an_image_where_hosts_toml_lets_it()
    {
        await using var world = await World.Start();
        var signed = AddSigned(world);
        var client = new RecordedClient(world, "/v2/dockerhub/", "?ns=docker.io", ("User-Agent", "containerd/v2.2.0"));

        Assert.Equal([signed.Signature.Digest], await client.GetsReferrers(Repository, signed.Image, SignatureType, Fetches(Media.OciIndex)));
        await client.GetsManifest(Repository, signed.Signature.Digest, signed.Signature, Fetches(Media.OciManifest));

        // None is an empty list, not a 404 upon which the tag is asked for too.
        Assert.Empty(await client.GetsReferrers(Repository, signed.Signature, SignatureType, Fetches(Media.OciIndex)));
        AssertNoFault(world);
    }

    private static (string, string)[] Fetches(string mediaType) => [("Accept", $"{mediaType}, */*"), Encodings];

    /// <summary>Two platforms, and an attestation of the first.</summary>
    private static ForgedManifest AddIndex(World world, string tag)
    {
        var amd64 = ImageForge.Image([LayerForge.Random(300_000, seed: 1), LayerForge.Random(1000, seed: 2)]);
        var arm64 = ImageForge.Image([LayerForge.Random(1000, seed: 3)], "linux/arm64");
        return world.Upstream.Add(Repository, tag, ImageForge.Index([new(amd64, "linux/amd64"), new(arm64, "linux/arm64"), ImageForge.Attestation(amd64)]));
    }

    /// <summary>An image with a signature and an SBOM that refer to it, in a registry that keeps such references as a tag.</summary>
    private static SignedImage AddSigned(World world)
    {
        var image = world.Upstream.AddImage(Repository, "1", LayerForge.Random(1000, seed: 1));
        var signature = ImageForge.Artifact(SignatureType, [ImageForge.Blob(LayerForge.RandomBytes(100))], subject: image);
        var sbom = ImageForge.Artifact(SbomType, [ImageForge.Blob(LayerForge.RandomBytes(200))], subject: image);
        return new SignedImage(image, signature, (TagOf(image), world.Upstream.Add(Repository, TagOf(image), Referrers((signature, SignatureType), (sbom, SbomType)))));
    }

    /// <summary>An index whose entries bear the types of their artifacts, as the distribution specification has it for this tag.</summary>
    private static ForgedManifest Referrers(params (ForgedManifest Artifact, string Type)[] artifacts)
    {
        var index = ImageForge.Index([.. artifacts.Select(entry => new IndexEntry(entry.Artifact, Platform: null))]);
        var json = JsonNode.Parse(index.Bytes)!;
        foreach (var (entry, artifact) in json["manifests"]!.AsArray().Zip(artifacts))
        {
            entry!["artifactType"] = artifact.Type;
        }

        var bytes = Encoding.UTF8.GetBytes(json.ToJsonString());
        return index with { Bytes = bytes, Digest = ContentDigest.Sha256(bytes) };
    }

    private static string TagOf(ForgedManifest subject) => subject.Digest.Replace(':', '-');

    private static void AssertNoFault(World world) =>
        Assert.DoesNotContain(world.Server.Log.Items, line => line.Contains("status=5", StringComparison.Ordinal) || line.Contains("error", StringComparison.Ordinal));

    private sealed record SignedImage(ForgedManifest Image, ForgedManifest Signature, (string Tag, ForgedManifest Index) Referrers);
}
