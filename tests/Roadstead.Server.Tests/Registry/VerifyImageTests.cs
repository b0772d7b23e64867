using System.Formats.Tar;
using System.IO.Compression;
using System.Net;
using System.Net.Http.Headers;
using System.Security.Cryptography;
using System.Text.Json;
using Roadstead.Testing;

namespace Roadstead.Server.Tests.Registry;

/// <summary>The image that only this server has, by which nodes see that their pulls come here.</summary>
public class VerifyImageTests
{
    // Nodes compare it: it changes with a release that says so, and never by itself.
    private const string IndexDigest = "sha256:78d16947e6e0caec1fc59b72970c2c82f196d94fb2b714fead7f1c8fc415fda2";
    private const string Index = "application/vnd.oci.image.index.v1+json";

    private static CancellationToken Stops => TestContext.Current.CancellationToken;

    [Fact]
    public async Task Every_way_to_name_a_project_leads_to_it_and_nobody_upstream_is_asked()
    {
        using var bound = LoopbackPort.Claim();
        await using var world = await World.Start(configure: (config, upstream) => config
            .AddListener(bound.Address, "dockerhub")
            .AddEndpoint("quay", "quay.io", upstream.Address, ("allowPrivateAddresses", true))
            .AddProject("quay", "quay", ("hosts", new[] { "quay.mirror.example" }), ("include", new[] { "only/this" }), ("exclude", new[] { "**" }))
            .AddProject("hosted", null));
        using var client = LoopbackClient.For(bound.Address);
        string[] dockerhub =
        [
            .. await Indexes(world.Server.Client, "/v2/dockerhub/roadstead/verify/", "/v2/docker.io/roadstead/verify/", "/dockerhub/v2/roadstead/verify/", "/docker.io/v2/roadstead/verify/"),
            await DigestOfIndex(world.Server.Client, "/v2/roadstead/verify/manifests/x?ns=docker.io"),
            await DigestOfIndex(world.Server.Client, "/v2/dockerhub/roadstead/verify/manifests/x?ns=docker.io"),
            await DigestOfIndex(client, "/v2/roadstead/verify/manifests/x"),
        ];
        string[] quay =
        [
            .. await Indexes(world.Server.Client, "/v2/quay/roadstead/verify/", "/v2/quay.io/roadstead/verify/"),
            await DigestOfIndex(world.Server.Client, "/v2/roadstead/verify/manifests/x?ns=quay.io"),
            await DigestOfIndex(world.Server.Client, "/v2/roadstead/verify/manifests/x", "quay.mirror.example"),
        ];
        var hosted = await Indexes(world.Server.Client, "/v2/hosted/roadstead/verify/", "/hosted/v2/roadstead/verify/");
        Assert.Equal(IndexDigest, Assert.Single(dockerhub.Distinct()));

        // A pull that goes to another project than it should is told by its digest.
        Assert.Equal(3, new[] { Assert.Single(dockerhub.Distinct()), Assert.Single(quay.Distinct()), Assert.Single(hosted.Distinct()) }.Distinct().Count());

        using var nobody = await world.Server.Client.GetAsync(new Uri("/v2/roadstead/verify/manifests/x", UriKind.Relative), Stops);
        Assert.Equal(HttpStatusCode.NotFound, nobody.StatusCode);
        using var neighbour = await world.Get("quay/roadstead/verify2/manifests/x");
        Assert.Equal(HttpStatusCode.NotFound, neighbour.StatusCode);
        Assert.Empty(world.Upstream.Requests.Items);
    }

    [Fact]
    public async Task All_that_it_names_is_there_by_digest_for_GET_and_HEAD()
    {
        await using var world = await World.Start();
        var index = await Json(world, $"manifests/{IndexDigest}", Index);
        var platforms = new List<string>();
        var layers = new HashSet<string>();
        foreach (var child in index.GetProperty("manifests").EnumerateArray())
        {
            var platform = child.GetProperty("platform");
            platforms.Add($"{platform.GetProperty("os")}/{platform.GetProperty("architecture")}{(platform.TryGetProperty("variant", out var variant) ? $"/{variant}" : "")}");
            var manifest = await Json(world, $"manifests/{child.GetProperty("digest")}", child.GetProperty("mediaType").GetString()!, child.GetProperty("size").GetInt64());
            var described = manifest.GetProperty("config");
            var config = await Json(world, $"blobs/{described.GetProperty("digest")}", "application/octet-stream", described.GetProperty("size").GetInt64());
            Assert.Equal(platform.GetProperty("architecture").GetString(), config.GetProperty("architecture").GetString());
            var layer = Assert.Single(manifest.GetProperty("layers").EnumerateArray());
            layers.Add(layer.GetProperty("digest").GetString()!);
            var bytes = await Body(world, $"blobs/{layer.GetProperty("digest")}", "application/octet-stream", layer.GetProperty("size").GetInt64());
            Assert.Equal(config.GetProperty("rootfs").GetProperty("diff_ids")[0].GetString(), Digest(Unpacked(bytes)));
        }

        Assert.Equal(["linux/amd64", "linux/arm64/v8", "linux/arm/v7", "linux/ppc64le", "linux/s390x", "linux/riscv64"], platforms);
        Assert.Single(layers);
        using var tar = new TarReader(new MemoryStream(Unpacked(await Body(world, $"blobs/{layers.Single()}", "application/octet-stream"))));
        var file = (await tar.GetNextEntryAsync(copyData: true, Stops))!;
        using var reader = new StreamReader(file.DataStream!);
        Assert.Equal("roadstead-verify.txt", file.Name);
        Assert.Contains("through the mirror", await reader.ReadToEndAsync(Stops), StringComparison.Ordinal);
        Assert.Null(await tar.GetNextEntryAsync(copyData: false, Stops));
    }

    [Fact]
    public async Task Its_layer_is_served_in_parts_and_what_a_client_has_is_not_sent_again()
    {
        await using var world = await World.Start();
        var (path, bytes) = await Layer(world);
        using var part = await world.Get(path, range: new RangeHeaderValue(10, 19));
        Assert.Equal((HttpStatusCode.PartialContent, $"bytes 10-19/{bytes.Length}", "hit"), (part.StatusCode, part.Content.Headers.ContentRange!.ToString(), World.CacheOf(part)));
        Assert.Equal(bytes[10..20], await part.Content.ReadAsByteArrayAsync(Stops));
        using var rest = await world.Get(path, range: new RangeHeaderValue(bytes.Length - 3, null));
        Assert.Equal(bytes[^3..], await rest.Content.ReadAsByteArrayAsync(Stops));
        using var parts = await world.Get(path, range: new RangeHeaderValue { Ranges = { new RangeItemHeaderValue(0, 1), new RangeItemHeaderValue(5, 6) } });
        Assert.Equal("multipart/byteranges", parts.Content.Headers.ContentType!.MediaType);
        using var beyond = await world.Get(path, range: new RangeHeaderValue(bytes.Length, null));
        Assert.Equal(HttpStatusCode.RequestedRangeNotSatisfiable, beyond.StatusCode);

        foreach (var known in new[] { path, "dockerhub/roadstead/verify/manifests/x" })
        {
            using var first = await world.Get(known, HttpMethod.Head);
            using var request = new HttpRequestMessage(HttpMethod.Get, "/v2/" + known);
            request.Headers.IfNoneMatch.Add(first.Headers.ETag!);
            using var again = await world.Server.Client.SendAsync(request, Stops);
            Assert.Equal(HttpStatusCode.NotModified, again.StatusCode);
        }
    }

    [Theory]
    [InlineData("manifests/sha256:1111111111111111111111111111111111111111111111111111111111111111", "MANIFEST_UNKNOWN")]
    [InlineData("blobs/sha256:1111111111111111111111111111111111111111111111111111111111111111", "BLOB_UNKNOWN")]
    [InlineData("blobs/" + IndexDigest, "BLOB_UNKNOWN")]
    [InlineData("manifests/sha256-1111111111111111111111111111111111111111111111111111111111111111.sig", "MANIFEST_UNKNOWN")]
    [InlineData("manifests/sha256-1111111111111111111111111111111111111111111111111111111111111111", "MANIFEST_UNKNOWN")]
    public async Task What_it_has_not_is_unknown_without_a_question_to_upstream(string path, string code)
    {
        await using var world = await World.Start();
        using var answer = await world.Get("dockerhub/roadstead/verify/" + path);
        Assert.Equal(HttpStatusCode.NotFound, answer.StatusCode);
        Assert.Contains($"\"{code}\"", await answer.Content.ReadAsStringAsync(Stops), StringComparison.Ordinal);
        Assert.Empty(world.Upstream.Requests.Items);
    }

    [Fact]
    public async Task One_tag_and_no_referrers_are_listed_and_the_catalog_does_not_name_it()
    {
        await using var world = await World.Start();
        await AssertIndex(world.Server.Client, "/v2/dockerhub/roadstead/verify/manifests/x");
        Assert.Equal("""{"name":"dockerhub/roadstead/verify","tags":["latest"]}""", await Text(world, "dockerhub/roadstead/verify/tags/list"));
        Assert.Equal("""{"name":"dockerhub/roadstead/verify","tags":[]}""", await Text(world, "dockerhub/roadstead/verify/tags/list?last=latest"));
        Assert.Contains("\"manifests\":[]", await Text(world, $"dockerhub/roadstead/verify/referrers/{IndexDigest}"), StringComparison.Ordinal);
        Assert.Equal("""{"repositories":[]}""", await Text(world, "_catalog"));
        Assert.Empty(world.Upstream.Requests.Items);
    }

    [Fact]
    public async Task It_comes_while_upstream_is_down_and_the_store_is_gone_and_leaves_nothing_in_it()
    {
        await using var world = await World.Start();
        await world.Upstream.Stop();
        foreach (var file in Directory.EnumerateFiles(world.Server.StoragePath, "roadstead.db*"))
        {
            File.Delete(file);
        }

        Directory.Delete(Path.Combine(world.Server.StoragePath, "blobs"), recursive: true);
        await AssertIndex(world.Server.Client, "/v2/dockerhub/roadstead/verify/manifests/x");
        await Layer(world);
        Assert.False(Directory.Exists(Path.Combine(world.Server.StoragePath, "blobs")));
    }

    private static async Task<(string Path, byte[] Bytes)> Layer(World world)
    {
        var index = await Json(world, "manifests/x", Index);
        var manifest = await Json(world, $"manifests/{index.GetProperty("manifests")[0].GetProperty("digest")}", "application/vnd.oci.image.manifest.v1+json");
        var digest = manifest.GetProperty("layers")[0].GetProperty("digest").GetString()!;
        return ($"dockerhub/roadstead/verify/blobs/{digest}", await Body(world, $"blobs/{digest}", "application/octet-stream"));
    }

    private static async Task<JsonElement> Json(World world, string path, string mediaType, long? size = null) =>
        JsonSerializer.Deserialize<JsonElement>(await Body(world, path, mediaType, size));

    /// <summary>The body of a GET, after a HEAD that must say the same of it.</summary>
    private static async Task<byte[]> Body(World world, string path, string mediaType, long? size = null)
    {
        using var head = await world.Get("dockerhub/roadstead/verify/" + path, HttpMethod.Head);
        using var got = await world.Get("dockerhub/roadstead/verify/" + path);
        var body = await got.Content.ReadAsByteArrayAsync(Stops);
        foreach (var response in new[] { head, got })
        {
            Assert.Equal((HttpStatusCode.OK, "hit", mediaType), (response.StatusCode, World.CacheOf(response), response.Content.Headers.ContentType!.ToString()));
            Assert.Equal(Digest(body), response.Headers.GetValues("Docker-Content-Digest").Single());
            Assert.Equal(body.Length, response.Content.Headers.ContentLength);
        }

        Assert.Equal(size ?? body.Length, body.Length);
        return body;
    }

    private static async Task<string> Text(World world, string path)
    {
        using var response = await world.Get(path);
        Assert.Equal((HttpStatusCode.OK, "hit"), (response.StatusCode, World.CacheOf(response)));
        return await response.Content.ReadAsStringAsync(Stops);
    }

    private static Task<string[]> Indexes(HttpClient client, params string[] repositories) => Task.WhenAll(repositories.Select(repository => DigestOfIndex(client, repository + "manifests/any-Tag.1")));

    private static async Task AssertIndex(HttpClient client, string path) => Assert.Equal(IndexDigest, await DigestOfIndex(client, path));

    private static async Task<string> DigestOfIndex(HttpClient client, string path, string? host = null)
    {
        using var request = new HttpRequestMessage(HttpMethod.Get, path);
        request.Headers.Host = host;
        using var response = await client.SendAsync(request, Stops);
        Assert.True(response.StatusCode == HttpStatusCode.OK, path);
        Assert.Equal("hit", World.CacheOf(response));
        return Digest(await response.Content.ReadAsByteArrayAsync(Stops));
    }

    private static byte[] Unpacked(byte[] gzip)
    {
        using var unpacked = new MemoryStream();
        using var stream = new GZipStream(new MemoryStream(gzip), CompressionMode.Decompress);
        stream.CopyTo(unpacked);
        return unpacked.ToArray();
    }

    private static string Digest(byte[] bytes) => "sha256:" + Convert.ToHexStringLower(SHA256.HashData(bytes));
}
