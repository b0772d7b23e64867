using System.Net;
using System.Text;
using System.Text.Json;
using Roadstead.Testing.Images;
using Roadstead.Testing.Upstream;

namespace Roadstead.Server.Tests.Mirroring;

public class ReferrersTests
{
    private const string Sbom = "application/spdx+json";
    private const string Signature = "application/vnd.dev.cosign.artifact.sig.v1+json";

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public async Task They_come_from_the_API_or_from_the_tag_that_stands_for_it(bool api)
    {
        await using var world = await World.Start();
        var (image, sbom, signature) = AddSigned(world, api);
        var all = await List(world, $"dockerhub/app/referrers/{image.Digest}");
        Assert.Equivalent(new[] { sbom.Digest, signature.Digest }, all.Digests, strict: true);
        Assert.Equal(("miss", null), (all.Cache, all.Filters));

        var some = await List(world, $"dockerhub/app/referrers/{image.Digest}?artifactType={Uri.EscapeDataString(Sbom)}");
        Assert.Equal([sbom.Digest], some.Digests);
        Assert.Equal(("hit", "artifactType"), (some.Cache, some.Filters));
        Assert.Equal("by test", some.Entries[0].GetProperty("annotations").GetProperty("made").GetString());
        Assert.Empty((await List(world, $"app/referrers/{image.Digest}?artifactType=a/b&ns=docker.io")).Digests);

        // What they name is pulled like any image.
        await world.Pull("dockerhub/app", sbom.Digest, sbom);
    }

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public async Task Nothing_refers_to_most_manifests(bool api)
    {
        await using var world = await World.Start();
        world.Upstream.ServesReferrers = api;
        var image = world.Upstream.AddImage("library/app", "1", LayerForge.Random(10));
        foreach (var digest in new[] { image.Digest, $"sha256:{new string('0', 64)}", $"sha512:{new string('0', 128)}" })
        {
            Assert.Empty((await List(world, $"dockerhub/app/referrers/{digest}")).Digests);
        }
    }

    [Fact]
    public async Task The_copy_is_served_when_upstream_cannot_be_asked()
    {
        await using var world = await World.Start("0s");
        var (image, sbom, signature) = AddSigned(world, api: true);
        await List(world, $"dockerhub/app/referrers/{image.Digest}");
        await world.Upstream.Stop();
        await world.Server.Restart();
        var stale = await List(world, $"dockerhub/app/referrers/{image.Digest}");
        Assert.Equal(("stale", 2), (stale.Cache, stale.Digests.Count));
        Assert.Equivalent(new[] { sbom.Digest, signature.Digest }, stale.Digests, strict: true);

        using var cold = await world.Get($"dockerhub/app/referrers/sha256:{new string('0', 64)}");
        Assert.Equal(HttpStatusCode.ServiceUnavailable, cold.StatusCode);
    }

    [Fact]
    public async Task Upstream_s_answers_are_told_apart()
    {
        await using var world = await World.Start();
        var image = world.Upstream.AddImage("library/app", "1", LayerForge.Random(10));
        var unknown = (RecordedRequest request) => request.Kind == RequestKind.Referrers;
        (Fault Fault, int Status)[] faults =
        [
            (Faults.Status(401), 403), (Faults.TooManyRequests("0"), 503), (Faults.Status(503), 503),
            (Faults.Status(400), 200), (Faults.Status(405), 200), (Faults.HtmlPage(), 200), (Faults.Status(200, """{"schemaVersion":2,"layers":[]}"""), 200),
        ];
        foreach (var (fault, status) in faults)
        {
            world.Upstream.ClearFaults();
            world.Upstream.Fault(unknown, fault);
            using var response = await world.Get($"dockerhub/app/referrers/{image.Digest}");
            Assert.Equal(status, (int)response.StatusCode);
        }
    }

    [Theory]
    [InlineData("referrers/sha256:abc", "DIGEST_INVALID")]
    [InlineData("referrers/latest", "DIGEST_INVALID")]
    [InlineData("referrers/{0}?artifactType=%0d%0a", "UNSUPPORTED")]
    [InlineData("referrers/{0}?artifactType=a", "UNSUPPORTED")]
    public async Task Bad_input_reaches_no_upstream(string path, string code)
    {
        await using var world = await World.Start();
        using var response = await world.Get("dockerhub/app/" + path.Replace("{0}", $"sha256:{new string('0', 64)}", StringComparison.Ordinal));
        Assert.Equal(HttpStatusCode.BadRequest, response.StatusCode);
        Assert.Contains(code, await response.Content.ReadAsStringAsync(TestContext.Current.CancellationToken), StringComparison.Ordinal);
        Assert.Empty(world.Upstream.Requests.Items);
    }

    private static (ForgedManifest Image, ForgedManifest Sbom, ForgedManifest Signature) AddSigned(World world, bool api)
    {
        world.Upstream.ServesReferrers = api;
        var image = world.Upstream.AddImage("library/app", "1", LayerForge.Random(10));
        var made = new[] { Sbom, Signature }.Select(type => world.Upstream.Add("library/app", null, ImageForge.Artifact(type, [ImageForge.Blob(Encoding.UTF8.GetBytes(type))], image)))
            .OrderBy(artifact => artifact.Digest, StringComparer.Ordinal).ToList();
        if (!api)
        {
            var descriptors = made.Select(artifact =>
                $$$"""{"mediaType":"{{{Media.OciManifest}}}","digest":"{{{artifact.Digest}}}","size":{{{artifact.Size}}},"artifactType":"{{{TypeOf(artifact)}}}","annotations":{"made":"by test"}}""");
            world.Upstream.AddManifest("library/app", image.Digest.Replace(':', '-'), Media.OciIndex, Encoding.UTF8.GetBytes(
                $$"""{"schemaVersion":2,"mediaType":"{{Media.OciIndex}}","manifests":[{{string.Join(',', descriptors)}}]}"""));
        }

        return (image, made.Single(artifact => TypeOf(artifact) == Sbom), made.Single(artifact => TypeOf(artifact) == Signature));
    }

    private static string TypeOf(ForgedManifest artifact)
    {
        using var document = JsonDocument.Parse(artifact.Bytes);
        return document.RootElement.GetProperty("artifactType").GetString()!;
    }

    private static async Task<(List<string> Digests, List<JsonElement> Entries, string Cache, string? Filters)> List(World world, string path)
    {
        using var response = await world.Get(path);
        Assert.Equal((HttpStatusCode.OK, Media.OciIndex), (response.StatusCode, response.Content.Headers.ContentType!.ToString()));
        var document = JsonDocument.Parse(await response.Content.ReadAsByteArrayAsync(TestContext.Current.CancellationToken));
        Assert.Equal((2, Media.OciIndex), (document.RootElement.GetProperty("schemaVersion").GetInt32(), document.RootElement.GetProperty("mediaType").GetString()));
        var entries = document.RootElement.GetProperty("manifests").EnumerateArray().ToList();
        return (entries.ConvertAll(entry => entry.GetProperty("digest").GetString()!), entries, World.CacheOf(response),
            response.Headers.TryGetValues("OCI-Filters-Applied", out var filters) ? filters.Single() : null);
    }
}
