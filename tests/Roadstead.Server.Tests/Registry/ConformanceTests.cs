using System.Net;
using System.Security.Cryptography;
using System.Text;
using System.Text.Json;
using Roadstead.Testing.Images;

namespace Roadstead.Server.Tests.Registry;

/// <summary>What the conformance suite of the OCI distribution specification asks of a registry that only reads, each check one test.</summary>
/// <seealso href="https://github.com/opencontainers/distribution-spec/tree/main/conformance"/>
public sealed class ConformanceTests : IAsyncLifetime
{
    private const string Repository = "dockerhub/conformance";

    private readonly Dictionary<string, ForgedManifest> _tags = [];
    private readonly List<ForgedManifest> _manifests = [];
    private readonly List<(string Digest, byte[] Bytes)> _blobs = [];
    private World _world = null!;

    public async ValueTask InitializeAsync()
    {
        _world = await World.Start();
        _world.Upstream.ServesReferrers = true;
        var image = ImageForge.Image([LayerForge.Random(5000, seed: 1), LayerForge.Random(1, seed: 2)]);
        var arm = ImageForge.Image([LayerForge.Random(700, seed: 3)], "linux/arm64");
        Add("image", image);
        Add("docker", ImageForge.Image([LayerForge.Random(300, seed: 4)], format: ImageFormat.DockerSchema2));
        Add("index", ImageForge.Index(("linux/amd64", image), ("linux/arm64", arm)));
        Add("nested", ImageForge.Index([new IndexEntry(ImageForge.Index(("linux/arm64", arm)), null)]));
        Add("sha512", ImageForge.Image([LayerForge.Random(300, seed: 5, algorithm: "sha512")], algorithm: "sha512"));
        Add(null, ImageForge.Artifact("application/vnd.example.one", [ImageForge.Blob([1, 2, 3])], image));
        Add(null, ImageForge.Artifact("application/vnd.example.two", [ImageForge.Blob(Encoding.UTF8.GetBytes("{}"))], image));
        foreach (var bytes in new[] { Array.Empty<byte>(), Encoding.UTF8.GetBytes("{}"), LayerForge.RandomBytes(5000) })
        {
            _blobs.Add((_world.Upstream.AddBlob("library/conformance", bytes), bytes));
        }
    }

    public ValueTask DisposeAsync() => _world.DisposeAsync();

    [Fact]
    public async Task Ping() => Assert.Equal(HttpStatusCode.OK, (await Ask(HttpMethod.Get, "/v2/")).Response.StatusCode);

    [Fact]
    public async Task Referrers_of_nothing() => Assert.Empty(await Referrers($"sha256:{Convert.ToHexStringLower(RandomNumberGenerator.GetBytes(32))}"));

    [Fact]
    public async Task Tag_list_and_last()
    {
        var sorted = _tags.Keys.Order(StringComparer.Ordinal).ToList();
        Assert.Equal(sorted, await Tags(""));
        Assert.Equal(sorted[2..], await Tags($"?last={sorted[1]}"));
    }

    [Fact]
    public async Task Manifests_by_tag_and_digest()
    {
        // HEAD first: the suite does, on a registry that was never asked before.
        foreach (var method in new[] { HttpMethod.Head, HttpMethod.Get })
        {
            foreach (var (reference, manifest) in _tags.Select(tag => (tag.Key, tag.Value)).Concat(_manifests.Select(manifest => (manifest.Digest, manifest))))
            {
                var (response, body) = await Ask(method, $"/v2/{Repository}/manifests/{reference}");
                Assert.True(response.StatusCode == HttpStatusCode.OK, $"{method} {reference}: {response}");
                Assert.Equal((manifest.MediaType, manifest.Bytes.LongLength), (response.Content.Headers.ContentType!.ToString(), response.Content.Headers.ContentLength));
                Assert.Equal(manifest.Digest, response.Headers.GetValues("Docker-Content-Digest").Single());
                Assert.Equal(method == HttpMethod.Head ? [] : manifest.Bytes, body);
            }
        }
    }

    [Fact]
    public async Task Blobs()
    {
        foreach (var method in new[] { HttpMethod.Head, HttpMethod.Get, HttpMethod.Head })
        {
            foreach (var (digest, bytes) in _blobs)
            {
                var (response, body) = await Ask(method, $"/v2/{Repository}/blobs/{digest}");
                Assert.True(response.StatusCode == HttpStatusCode.OK, $"{method} {digest}: {response}");
                Assert.Equal(bytes.LongLength, response.Content.Headers.ContentLength);
                Assert.Equal(digest, response.Headers.GetValues("Docker-Content-Digest").Single());
                Assert.Equal(method == HttpMethod.Head ? [] : bytes, body);
            }
        }
    }

    [Theory]
    [InlineData("bytes=0-1999", 206, "bytes 0-1999/5000")]
    [InlineData("bytes=2000-", 206, "bytes 2000-4999/5000")]
    [InlineData("bytes=500-0", 416, "bytes */5000")]
    [InlineData("bytes=5000-10000", 416, "bytes */5000")]
    public async Task Blob_ranges(string range, int status, string contentRange)
    {
        var (digest, bytes) = _blobs.First(blob => blob.Bytes.Length == 5000);
        var (response, body) = await Ask(HttpMethod.Get, $"/v2/{Repository}/blobs/{digest}", ("Range", range));
        Assert.Equal((status, contentRange), ((int)response.StatusCode, response.Content.Headers.ContentRange!.ToString()));
        if (response.Content.Headers.ContentRange is { From: { } from, To: { } to })
        {
            Assert.Equal(bytes[(int)from..((int)to + 1)], body);
        }
    }

    [Fact]
    public async Task Referrers_with_and_without_a_filter()
    {
        var image = _tags["image"].Digest;
        var all = await Referrers(image);
        var artifacts = _manifests.Where(manifest => Text(manifest.Bytes, "artifactType") is not null).ToList();
        Assert.Equal(2, artifacts.Count);
        foreach (var artifact in artifacts)
        {
            var type = Text(artifact.Bytes, "artifactType")!;
            var listed = all.Single(entry => entry.GetProperty("digest").GetString() == artifact.Digest);
            Assert.Equal((artifact.MediaType, artifact.Size, type), (listed.GetProperty("mediaType").GetString(), listed.GetProperty("size").GetInt64(), listed.GetProperty("artifactType").GetString()));
            var filtered = await Referrers(image, $"?artifactType={Uri.EscapeDataString(type)}", "artifactType");
            Assert.Equal(artifact.Digest, Assert.Single(filtered).GetProperty("digest").GetString());
        }
    }

    [Theory]
    [InlineData("sha256:d3b07384d113edec49eaa6238ad5ff00d3b07384d113edec49eaa6238ad5ff00", 404, "MANIFEST_UNKNOWN")]
    [InlineData("missing-abcdefghij", 404, "MANIFEST_UNKNOWN")]
    [InlineData("sha256:baddigeststring", 400, "DIGEST_INVALID")]
    public async Task Manifests_that_are_not_there(string reference, int status, string code)
    {
        foreach (var method in new[] { HttpMethod.Get, HttpMethod.Head })
        {
            var (response, body) = await Ask(method, $"/v2/{Repository}/manifests/{reference}");
            Assert.Equal(status, (int)response.StatusCode);
            Assert.True(method == HttpMethod.Head || Encoding.UTF8.GetString(body).Contains(code, StringComparison.Ordinal));
        }
    }

    [Fact]
    public async Task Blobs_that_are_not_there()
    {
        var (response, body) = await Ask(HttpMethod.Get, $"/v2/{Repository}/blobs/sha256:{new string('0', 64)}");
        Assert.Equal(HttpStatusCode.NotFound, response.StatusCode);
        Assert.Contains("BLOB_UNKNOWN", Encoding.UTF8.GetString(body), StringComparison.Ordinal);
    }

    private void Add(string? tag, ForgedManifest manifest)
    {
        _world.Upstream.Add("library/conformance", tag, manifest);
        if (tag is not null)
        {
            _tags[tag] = manifest;
        }

        _manifests.Add(manifest);
        _blobs.AddRange(manifest.Blobs.Select(blob => (blob.Digest, blob.Bytes)));
    }

    private async Task<List<string>> Tags(string query)
    {
        var (response, body) = await Ask(HttpMethod.Get, $"/v2/{Repository}/tags/list{query}");
        Assert.Equal(HttpStatusCode.OK, response.StatusCode);
        using var document = JsonDocument.Parse(body);
        return [.. document.RootElement.GetProperty("tags").EnumerateArray().Select(tag => tag.GetString()!)];
    }

    private async Task<List<JsonElement>> Referrers(string digest, string query = "", string? filters = null)
    {
        var (response, body) = await Ask(HttpMethod.Get, $"/v2/{Repository}/referrers/{digest}{query}");
        Assert.Equal((HttpStatusCode.OK, Media.OciIndex), (response.StatusCode, response.Content.Headers.ContentType!.ToString()));
        Assert.Equal(filters, response.Headers.TryGetValues("OCI-Filters-Applied", out var applied) ? applied.Single() : null);
        Assert.Equal(Media.OciIndex, Text(body, "mediaType"));
        return [.. JsonDocument.Parse(body).RootElement.GetProperty("manifests").EnumerateArray()];
    }

    private async Task<(HttpResponseMessage Response, byte[] Body)> Ask(HttpMethod method, string path, params (string Name, string Value)[] headers)
    {
        var request = new HttpRequestMessage(method, path);
        foreach (var (name, value) in headers.Append(("Accept", Media.OciIndex)).Append(("Accept", Media.OciManifest)))
        {
            request.Headers.TryAddWithoutValidation(name, value);
        }

        var response = await _world.Server.Client.SendAsync(request, TestContext.Current.CancellationToken);
        return (response, await response.Content.ReadAsByteArrayAsync(TestContext.Current.CancellationToken));
    }

    private static string? Text(byte[] json, string name)
    {
        using var document = JsonDocument.Parse(json);
        return document.RootElement.TryGetProperty(name, out var value) ? value.GetString() : null;
    }
}
