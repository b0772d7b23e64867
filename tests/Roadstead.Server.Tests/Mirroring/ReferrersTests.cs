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

    [Fact]
    public async Task A_fault_takes_nothing_from_the_copy()
    {
        await using var world = await World.Start("0s");
        var (image, sbom, signature) = AddSigned(world, api: true);
        Assert.Equal(2, (await List(world, $"dockerhub/app/referrers/{image.Digest}")).Digests.Count);
        var api = (RecordedRequest request) => request.Kind == RequestKind.Referrers;
        var later = (RecordedRequest request) => api(request) && request.Query.Length > 0;
        (Func<RecordedRequest, bool> When, Fault Fault)[] faults =
        [
            (On.Registry, Faults.HtmlPage()), (On.Registry, Faults.Headers(("Content-Encoding", "gzip"))), (On.Registry, Faults.Status(200, "{}")),
            (api, Faults.TruncateAfter(5)), (api, Faults.ResetAfter(5)), (api, Faults.Longer(5_000_000)), (api, Faults.RedirectLoop()),
            (api, Faults.Status(502)), (api, Faults.Status(403)),
            (later, Faults.HtmlPage()), (later, Faults.Status(404)), (later, Faults.Status(400)), (later, Faults.Status(500)), (later, Faults.TruncateAfter(5)),
        ];
        foreach (var (when, fault) in faults)
        {
            world.Upstream.ClearFaults();
            var rule = world.Upstream.Fault(when, fault);
            var stale = await List(world, $"dockerhub/app/referrers/{image.Digest}");
            Assert.Equal("stale", stale.Cache);
            Assert.Equivalent(new[] { sbom.Digest, signature.Digest }, stale.Digests, strict: true);
            Assert.NotEmpty(rule.Hits.Items);
            // An endpoint that failed three times in a row would not be asked the next time.
            await world.Read("dockerhub/app/manifests/1");
        }

        world.Upstream.ClearFaults();
        Assert.Equal(2, (await List(world, $"dockerhub/app/referrers/{image.Digest}")).Digests.Count);
    }

    [Fact]
    public async Task A_web_page_is_no_answer_about_what_refers()
    {
        await using var world = await World.Start();
        world.Upstream.Fault(On.Registry, Faults.HtmlPage());
        using var response = await world.Get($"dockerhub/app/referrers/sha256:{new string('0', 64)}");
        Assert.Equal(HttpStatusCode.BadGateway, response.StatusCode);
    }

    [Theory]
    [InlineData("</x?token=again>; rel=next", 2)]
    [InlineData("</x>; rel=next", 1)]
    [InlineData("</x?token=again>; rel=prev", 1)]
    public async Task Pages_that_lead_in_circles_end(string link, int requests)
    {
        await using var world = await World.Start();
        var (image, _, _) = AddSigned(world, api: true);
        world.Upstream.Fault(request => request.Kind == RequestKind.Referrers, Faults.Headers(("Link", link)));
        await List(world, $"dockerhub/app/referrers/{image.Digest}");
        Assert.Equal(requests, world.Upstream.Requests.Count(request => request.Kind == RequestKind.Referrers));
    }

    [Fact]
    public async Task Many_who_ask_at_once_cost_one_request()
    {
        await using var world = await World.Start();
        var image = world.Upstream.AddImage("library/app", "1", LayerForge.Random(10));
        world.Upstream.ServesReferrers = true;
        world.Upstream.Add("library/app", null, ImageForge.Artifact(Sbom, [ImageForge.Blob([1])], image));
        var gate = new Gate();
        world.Upstream.Fault(request => request.Kind == RequestKind.Referrers, Faults.StallBeforeHeaders(gate));
        var clients = Enumerable.Range(0, 16).Select(i => List(world, $"dockerhub/app/referrers/{image.Digest}" + (i % 2 == 0 ? "" : "?artifactType=a/b"))).ToList();
        await gate.Reached();
        gate.Open();
        await Task.WhenAll(clients);
        Assert.Equal(1, gate.Arrivals);
    }

    [Fact]
    public async Task A_long_digest_s_tag_is_cut()
    {
        await using var world = await World.Start();
        var image = world.Upstream.Add("library/app", "1", ImageForge.Artifact("a/b", [ImageForge.Blob([1], algorithm: "sha512")], algorithm: "sha512"));
        var sbom = ImageForge.Artifact(Sbom, [ImageForge.Blob([2])], image);
        world.Upstream.AddManifest("library/app", image.Digest.Replace(':', '-')[..71], Media.OciIndex, Index(sbom));
        Assert.Equal([sbom.Digest], (await List(world, $"dockerhub/app/referrers/{image.Digest}")).Digests);
    }

    [Fact]
    public async Task What_is_no_text_is_refused()
    {
        await using var world = await World.Start();
        var (image, sbom, _) = AddSigned(world, api: false);
        foreach (var part in new[] { Sbom, "by test" })
        {
            world.Upstream.ClearFaults();
            world.Upstream.Fault(On.Registry, Faults.Body(_ => Replaced(Index(sbom), part, 0xff)));
            using var broken = await world.Get($"dockerhub/app/referrers/{image.Digest}");
            Assert.Equal(HttpStatusCode.BadGateway, broken.StatusCode);
        }

        world.Upstream.ClearFaults();
        world.Upstream.Fault(On.Registry, Faults.Status(200, Encoding.UTF8.GetString(Index(sbom)).Replace(Sbom, "\\ud800", StringComparison.Ordinal), Media.OciIndex));
        using var response = await world.Get($"dockerhub/app/referrers/{image.Digest}");
        Assert.Equal(HttpStatusCode.BadGateway, response.StatusCode);
    }

    [Fact]
    public async Task A_copy_that_is_too_old_is_not_served()
    {
        await using var world = await World.StartWithStaleFor("0s");
        var (image, _, _) = AddSigned(world, api: true);
        await List(world, $"dockerhub/app/referrers/{image.Digest}");
        await world.Upstream.Stop();
        using var response = await world.Get($"dockerhub/app/referrers/{image.Digest}");
        Assert.Equal(HttpStatusCode.ServiceUnavailable, response.StatusCode);
    }

    [Fact]
    public async Task A_HEAD_has_the_headers_of_a_GET()
    {
        await using var world = await World.Start();
        var (image, _, _) = AddSigned(world, api: true);
        using var got = await world.Get($"dockerhub/app/referrers/{image.Digest}?artifactType=a/b");
        using var head = await world.Get($"dockerhub/app/referrers/{image.Digest}?artifactType=a/b", HttpMethod.Head);
        Assert.Equal((got.StatusCode, got.Content.Headers.ContentLength, Media.OciIndex), (head.StatusCode, head.Content.Headers.ContentLength, head.Content.Headers.ContentType!.ToString()));
        Assert.Equal("artifactType", head.Headers.GetValues("OCI-Filters-Applied").Single());
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
            world.Upstream.AddManifest("library/app", image.Digest.Replace(':', '-'), Media.OciIndex, Index([.. made]));
        }

        return (image, made.Single(artifact => TypeOf(artifact) == Sbom), made.Single(artifact => TypeOf(artifact) == Signature));
    }

    /// <summary>The text with one byte in the place of a part of it.</summary>
    private static byte[] Replaced(byte[] text, string part, byte other)
    {
        var start = text.AsSpan().IndexOf(Encoding.UTF8.GetBytes(part));
        return [.. text[..start], other, .. text[(start + part.Length)..]];
    }

    private static byte[] Index(params ForgedManifest[] artifacts)
    {
        var descriptors = artifacts.Select(artifact =>
            $$$"""{"mediaType":"{{{Media.OciManifest}}}","digest":"{{{artifact.Digest}}}","size":{{{artifact.Size}}},"artifactType":"{{{TypeOf(artifact)}}}","annotations":{"made":"by test"}}""");
        return Encoding.UTF8.GetBytes($$"""{"schemaVersion":2,"mediaType":"{{Media.OciIndex}}","manifests":[{{string.Join(',', descriptors)}}]}""");
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
