using System.Net;
using System.Text;
using Roadstead.Testing.Images;
using Roadstead.Testing.Upstream;

namespace Roadstead.Server.Tests.Mirroring;

/// <summary>The catalogue's rows 49 to 69: what upstreams should not answer, each with what clients get of it.</summary>
public class UpstreamAnswerTests
{
    private static readonly string Nested = string.Concat(Enumerable.Repeat("[", 10_000)) + string.Concat(Enumerable.Repeat("]", 10_000));

    public static TheoryData<int, string> BadManifests => new()
    {
        { 53, "<!DOCTYPE html><html>login</html>" },
        { 54, $$"""{"schemaVersion":2,"layers":[],"x":"{{new string('x', 5 * 1024 * 1024)}}"}""" },
        { 55, $$"""{"schemaVersion":2,"layers":[],"x":{{Nested}}}""" },
        { 56, $$"""{"schemaVersion":2,"mediaType":"{{Media.OciManifest}}","layers":[],"mediaType":"{{Media.OciIndex}}"}""" },
        { 57, """{"schemaVersion":2,"layers":[],"manifests":[]}""" },
        { 58, Layer("-1") },
        { 58, Layer("9223372036854775808") },
        { 58, Layer("1e400") },
        { 58, Layer("\"7\"") },
        { 0, "" },
        { 0, "null" },
        { 0, "{}" },
        { 0, """{"schemaVersion":2,"mediaType":"application/x-unknown","layers":[]}""" },
    };

    [Theory]
    [MemberData(nameof(BadManifests))]
    public async Task What_is_no_manifest_is_502_and_not_kept(int row, string document)
    {
        await using var world = await World.Start();
        world.Upstream.AddManifest("library/app", "1", Media.OciManifest, Encoding.UTF8.GetBytes(document));
        for (var i = 0; i < 2; i++)
        {
            var got = await world.Read("dockerhub/library/app/manifests/1");
            Assert.True(got.Status == HttpStatusCode.BadGateway, $"row {row}: {got}");
        }

        Assert.Equal(2, world.Upstream.Requests.Count(On.Manifest().Get()));
    }

    [Theory]
    [InlineData("text/html")]
    [InlineData("text/plain")]
    [InlineData("application/xml")]
    public async Task Only_the_registry_itself_says_that_there_is_no_such_image(string mediaType)
    {
        await using var world = await World.Start("0s");
        var held = world.Upstream.AddImage("library/held", "1", LayerForge.Random(1000));
        await world.Pull("dockerhub/held", "1", held);
        await world.Stored(held.Blobs.Select(blob => blob.Digest));
        world.Upstream.Fault(On.Manifest(), Faults.Status(404, "default backend - 404", mediaType));
        Assert.Equal(HttpStatusCode.BadGateway, (await world.Read("dockerhub/cold/manifests/1")).Status);
        using var stale = await world.Get("dockerhub/held/manifests/1");
        Assert.Equal("stale", World.CacheOf(stale));
        Assert.DoesNotContain("no longer", stale.Headers.GetValues("Warning").Single(), StringComparison.Ordinal);
    }

    [Fact]
    public async Task Where_the_registry_redirects_to_has_no_say_in_whether_there_is_a_blob()
    {
        await using var world = await World.Start();
        world.Upstream.RedirectsBlobs = true;
        var layer = LayerForge.Random(1000);
        world.Upstream.AddImage("library/app", "1", layer);
        world.Upstream.Cdn.Fault(On.Any, Faults.Error(404, "BLOB_UNKNOWN"));
        Assert.Equal(HttpStatusCode.BadGateway, (await world.Read($"dockerhub/app/blobs/{layer.Digest}")).Status);
    }

    [Fact]
    public async Task Row_50_More_than_was_declared_is_cut_and_not_kept()
    {
        await using var world = await World.Start();
        var layer = LayerForge.Random(5_000_000);
        world.Upstream.AddImage("library/app", "1", layer);
        world.Upstream.Fault(On.Blob(digest: layer.Digest), new Fault(shape: (_, response) =>
        {
            response.DeclaresLength = false;
            response.Body = [.. response.Body, 1];
        }), times: 1);
        await world.Get("dockerhub/library/app/manifests/1", HttpMethod.Head);
        using (var response = await world.Get($"dockerhub/library/app/blobs/{layer.Digest}"))
        {
            await Assert.ThrowsAnyAsync<Exception>(() => response.Content.ReadAsByteArrayAsync(TestContext.Current.CancellationToken));
        }

        Assert.Equal(layer.Digest, (await world.Read($"dockerhub/library/app/blobs/{layer.Digest}")).Digest);
    }

    [Theory]
    [InlineData("manifests/1")]
    [InlineData("blobs/")]
    public async Task Row_52_An_encoded_body_is_502(string path)
    {
        await using var world = await World.Start();
        var layer = LayerForge.Random(1000);
        world.Upstream.AddImage("library/app", "1", layer);
        world.Upstream.Fault(On.Registry, Faults.Headers(("Content-Encoding", "gzip")));
        var got = await world.Read($"dockerhub/library/app/{path}{(path == "blobs/" ? layer.Digest : "")}");
        Assert.Equal(HttpStatusCode.BadGateway, got.Status);
    }

    [Fact]
    public async Task Row_59_A_lying_digest_header_is_no_digest()
    {
        await using var world = await World.Start();
        var image = world.Upstream.AddImage("library/app", "1", LayerForge.Random(1000));
        world.Upstream.Fault(On.Registry, Faults.LyingDigest($"sha256:{new string('0', 64)}"));
        using var response = await world.Get("dockerhub/library/app/manifests/1");
        Assert.Equal(image.Digest, response.Headers.GetValues("Docker-Content-Digest").Single());
    }

    [Fact]
    public async Task Row_60_A_HEAD_without_a_length_is_asked_by_GET()
    {
        await using var world = await World.Start();
        var layer = LayerForge.Random(1000);
        world.Upstream.AddImage("library/app", "1", layer);
        world.Upstream.Fault(On.Blob().Head(), Faults.WithoutContentLength());
        using var response = await world.Get($"dockerhub/library/app/blobs/{layer.Digest}", HttpMethod.Head);
        Assert.Equal((HttpStatusCode.OK, layer.Size), (response.StatusCode, response.Content.Headers.ContentLength));
    }

    [Theory]
    [InlineData(61, "http://169.254.169.254/latest/meta-data")]
    [InlineData(61, "http://[::ffff:169.254.169.254]/latest/meta-data")]
    [InlineData(61, "http://2852039166/latest/meta-data")]
    [InlineData(61, "ftp://127.0.0.1/x")]
    [InlineData(61, "http://user:word@127.0.0.1/x")]
    [InlineData(61, "http://")]
    [InlineData(61, "")]
    public async Task A_redirect_that_leads_nowhere_good_is_not_followed(int row, string location)
    {
        await using var world = await World.Start(endpoint: [("connectTimeout", "1s"), ("headerTimeout", "2s")]);
        world.Upstream.Fault(On.Registry, Faults.Redirect(location));
        foreach (var path in new[] { "manifests/1", $"blobs/sha256:{new string('0', 64)}" })
        {
            using var response = await world.Get($"dockerhub/library/app/{path}");
            Assert.True((int)response.StatusCode is 502 or 503, $"row {row}: {response}");
            Assert.DoesNotContain("word", await response.Content.ReadAsStringAsync(TestContext.Current.CancellationToken), StringComparison.Ordinal);
        }
    }

    [Theory]
    [InlineData("{}")]
    [InlineData("""{"token":""}""")]
    [InlineData("""{"token":7}""")]
    [InlineData("""{"token":"a b"}""")]
    [InlineData("not json")]
    [InlineData(null)]
    public async Task Row_67_A_token_service_without_a_token_is_502(string? body)
    {
        await using var world = await World.Start();
        world.Upstream.Auth.Mode = AuthMode.Bearer;
        world.Upstream.Auth.AllowsAnonymous = true;
        world.Upstream.AddImage("library/app", "1", LayerForge.Random(100));
        world.Upstream.Fault(On.Token, Faults.Status(200, body ?? $$"""{"token":"{{new string('a', 10_000_000)}}"}""", "application/json"), times: 1);
        Assert.Equal(HttpStatusCode.BadGateway, (await world.Read("dockerhub/library/app/manifests/1")).Status);
        Assert.Equal(HttpStatusCode.OK, (await world.Read("dockerhub/library/app/manifests/1")).Status);
    }

    [Fact]
    public async Task Row_69_Headers_that_drip_are_given_up()
    {
        await using var world = await World.Start(endpoint: [("headerTimeout", "3s")]);
        world.Upstream.Fault(On.Registry, Faults.Raw("HTTP/1.1 200 OK\r\nX-Slow: a"));
        using var ended = await world.Get("dockerhub/library/app/manifests/1");
        Assert.Equal(HttpStatusCode.BadGateway, ended.StatusCode);

        world.Upstream.ClearFaults();
        world.Upstream.Fault(On.Registry, Faults.StallBeforeHeaders(new Gate()));
        using var silent = await world.Get("dockerhub/library/app/manifests/1");
        Assert.Equal(HttpStatusCode.GatewayTimeout, silent.StatusCode);
    }

    [Theory]
    [InlineData("HTTP/1.1 200 OK\r\nContent-Type: a\0b\r\n\r\n")]
    [InlineData("HTTP/1.1 999 Odd\r\n\r\n")]
    [InlineData("HTTP/1.1 101 Switching Protocols\r\nUpgrade: x\r\n\r\n")]
    [InlineData("SSH-2.0-OpenSSH_9.2\r\n")]
    [InlineData("")]
    public async Task What_is_no_HTTP_is_502(string answer)
    {
        await using var world = await World.Start(endpoint: [("headerTimeout", "2s")]);
        world.Upstream.Fault(On.Registry, Faults.Raw(answer));
        foreach (var path in new[] { "manifests/1", $"blobs/sha256:{new string('0', 64)}" })
        {
            Assert.Equal(HttpStatusCode.BadGateway, (await world.Read($"dockerhub/library/app/{path}")).Status);
        }
    }

    private static string Layer(string size) =>
        $$"""{"schemaVersion":2,"mediaType":"{{Media.OciManifest}}","layers":[{"mediaType":"a/b","digest":"sha256:{{new string('0', 64)}}","size":{{size}}}]}""";
}
