using System.Net;
using System.Net.Http.Headers;
using Roadstead.Api;
using Roadstead.Testing.Images;
using Roadstead.Testing.Server;

namespace Roadstead.Server.Tests.Management;

/// <summary>What a server holds, read and added to without any upstream.</summary>
public class ContentApiTests
{
    private const string App = "?project=dockerhub&repository=library/app";

    private static CancellationToken Stops => TestContext.Current.CancellationToken;

    [Fact]
    public async Task What_is_held_is_read_whole_and_from_a_byte_on_and_upstream_is_not_asked()
    {
        await using var world = await World.Start("0s");
        var image = world.Upstream.AddImage("library/app", "1", LayerForge.Random(300_000));
        await world.Pull("dockerhub/app", "1", image);
        await world.Stored(image.Blobs.Select(blob => blob.Digest));
        var asked = world.Upstream.Requests.Items.Count;

        var content = (await world.Server.Ask("GET", $"/roadstead/content{App}&reference=1")).Json;
        Assert.Equal(("docker.io", image.Digest, image.Digest), ((string)content["registry"]!, (string)content["digest"]!, (string)content["manifests"]!.AsArray().Single()!));
        Assert.Equal(image.Blobs.Select(blob => (blob.Digest, blob.Size, true)), content["blobs"]!.AsArray().Select(blob => ((string)blob!["digest"]!, (long)blob["size"]!, (bool)blob["held"]!)));
        Assert.Equal(image.Bytes, (await Get(world, $"manifests{App}&reference=1")).Bytes);

        var layer = image.Layers[0];
        var whole = await Get(world, $"blobs{App}&digest={layer.Digest}");
        Assert.Equal(HttpStatusCode.OK, whole.Status);
        Assert.Equal(layer.Bytes, whole.Bytes);
        var rest = await Get(world, $"blobs{App}&digest={layer.Digest}", new RangeHeaderValue(100_000, null));
        Assert.Equal(HttpStatusCode.PartialContent, rest.Status);
        Assert.Equal(layer.Bytes[100_000..], rest.Bytes);
        Assert.Equal($"bytes 100000-{layer.Size - 1}/{layer.Size}", rest.ContentRange);
        var beyond = await Get(world, $"blobs{App}&digest={layer.Digest}", new RangeHeaderValue(layer.Size, null));
        Assert.Equal((HttpStatusCode.RequestedRangeNotSatisfiable, $"bytes */{layer.Size}"), (beyond.Status, beyond.ContentRange));
        Assert.Equal(asked, world.Upstream.Requests.Items.Count);
    }

    [Fact]
    public async Task Manifests_come_first_then_what_they_name_and_the_tag_last()
    {
        await using var world = await World.Start(project: [("platforms", new[] { "linux/amd64" })]);
        await world.Upstream.Stop();
        var arm64 = ImageForge.Image([LayerForge.Random(5000)]);
        var index = ImageForge.Index(("linux/amd64", ImageForge.Image([LayerForge.Random(5000, seed: 2)])), ("linux/arm64", arm64));
        var layer = arm64.Layers[0];

        // Not before a manifest names it; not without the manifest; not of another size; not of other bytes.
        Assert.Equal(HttpStatusCode.Conflict, await Put(world, $"blobs{App}&digest={layer.Digest}", layer.Bytes));
        Assert.Equal(HttpStatusCode.Conflict, await Put(world, $"tags{App}&reference=1&digest={index.Digest}", null));
        Assert.Equal(HttpStatusCode.BadRequest, await Put(world, $"manifests{App}&reference={index.Digest}", arm64.Bytes, arm64.MediaType));
        Assert.Equal(HttpStatusCode.BadRequest, await Put(world, $"manifests{App}&reference=1", index.Bytes, index.MediaType));
        Assert.Equal(HttpStatusCode.BadRequest, await Put(world, $"manifests{App}&reference={layer.Digest}", layer.Bytes, Media.OciManifest));
        Assert.Equal(HttpStatusCode.NoContent, await Put(world, $"manifests{App}&reference={index.Digest}", index.Bytes, index.MediaType));
        Assert.Equal(HttpStatusCode.NoContent, await Put(world, $"manifests{App}&reference={arm64.Digest}", arm64.Bytes, arm64.MediaType));
        Assert.Equal(HttpStatusCode.BadRequest, await Put(world, $"blobs{App}&digest={layer.Digest}", layer.Bytes[1..]));
        Assert.Equal(HttpStatusCode.BadRequest, await Put(world, $"blobs{App}&digest={layer.Digest}", new byte[layer.Size]));
        Assert.Equal(HttpStatusCode.Conflict, await Put(world, $"tags{App}&reference=1&digest={index.Digest}", null));
        Assert.Equal(HttpStatusCode.NotFound, (await world.Server.Ask("POST", $"/roadstead/content/blobs{App}&digest={layer.Digest}&size={layer.Size}")).Status);
        Assert.Empty(Directory.EnumerateFiles(Path.Combine(world.Server.StoragePath, "spool")));
        var content = (await world.Server.Ask("GET", $"/roadstead/content{App}&reference={index.Digest}")).Json;
        Assert.Equal([index.Digest, arm64.Digest], content["manifests"]!.AsArray().Select(manifest => (string)manifest!));
        Assert.Equal(arm64.Blobs.Select(blob => (blob.Digest, false)), content["blobs"]!.AsArray().Select(blob => ((string)blob!["digest"]!, (bool)blob["held"]!)));

        foreach (var blob in arm64.Blobs)
        {
            Assert.Equal(HttpStatusCode.NoContent, await Put(world, $"blobs{App}&digest={blob.Digest}", blob.Bytes));
        }

        Assert.Equal(HttpStatusCode.NoContent, await Put(world, $"tags{App}&reference=1&digest={index.Digest}", null));
        Assert.Equal(index.Digest, (await world.Read("dockerhub/app/manifests/1")).Digest);
        Assert.Equal(arm64.Digest, (await world.Read($"dockerhub/app/manifests/{arm64.Digest}")).Digest);
        Assert.Equal(new Got(HttpStatusCode.OK, "hit", layer.Digest), await world.Read($"dockerhub/app/blobs/{layer.Digest}"));
        StoreCheck.AssertRight(world.Server.StoragePath);
    }

    [Fact]
    public async Task A_blob_that_is_held_for_others_need_not_be_sent_and_counts_for_the_project()
    {
        await using var world = await World.Start(configure: (config, upstream) => config.AddProject("small", "docker-hub", ("public", true), ("quota", 4000)));
        var image = world.Upstream.AddImage("library/app", "1", LayerForge.Random(2000));
        await world.Pull("dockerhub/app", "1", image);
        await world.Stored(image.Blobs.Select(blob => blob.Digest));
        const string Small = "?project=small&repository=org/copy";
        Assert.Equal(HttpStatusCode.NoContent, await Put(world, $"manifests{Small}&reference={image.Digest}", image.Bytes, image.MediaType));
        foreach (var blob in image.Blobs)
        {
            Assert.Equal(HttpStatusCode.BadRequest, (await world.Server.Ask("POST", $"/roadstead/content/blobs{Small}&digest={blob.Digest}&size={blob.Size + 1}")).Status);
            Assert.Equal(HttpStatusCode.NoContent, (await world.Server.Ask("POST", $"/roadstead/content/blobs{Small}&digest={blob.Digest}&size={blob.Size}")).Status);
        }

        Assert.Equal(HttpStatusCode.NoContent, await Put(world, $"tags{Small}&reference=1&digest={image.Digest}", null));
        Assert.Equal(image.Blobs.Sum(blob => blob.Size), (long)(await world.Server.Ask("GET", "/roadstead/projects/small")).Json["used"]!);

        var large = ImageForge.Image([LayerForge.Random(5000, seed: 2)]);
        Assert.Equal(HttpStatusCode.NoContent, await Put(world, $"manifests{Small}&reference={large.Digest}", large.Bytes, large.MediaType));
        Assert.Equal(HttpStatusCode.InsufficientStorage, await Put(world, $"blobs{Small}&digest={large.Layers[0].Digest}", large.Layers[0].Bytes));
        StoreCheck.AssertRight(world.Server.StoragePath);
    }

    [Theory]
    [InlineData("GET", "", "?project=dockerhub", HttpStatusCode.BadRequest)]
    [InlineData("GET", "", "?project=none&repository=library/app&reference=1", HttpStatusCode.NotFound)]
    [InlineData("GET", "", "?project=dockerhub&repository=library/app&reference=1", HttpStatusCode.NotFound)]
    [InlineData("GET", "", "?project=dockerhub&repository=../app&reference=1", HttpStatusCode.BadRequest)]
    [InlineData("GET", "/manifests", "?project=dockerhub&repository=roadstead/verify&reference=1", HttpStatusCode.NotFound)]
    [InlineData("GET", "/blobs", "?project=dockerhub&repository=library/app&digest=sha256:1", HttpStatusCode.BadRequest)]
    [InlineData("GET", "/blobs", "?project=dockerhub&repository=library/app&digest=sha256:e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855", HttpStatusCode.NotFound)]
    [InlineData("POST", "/blobs", "?project=dockerhub&repository=library/app&digest=sha256:e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855&size=-1", HttpStatusCode.BadRequest)]
    [InlineData("PUT", "/manifests", "?project=dockerhub&repository=secret/app&reference=sha256:e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855", HttpStatusCode.NotFound)]
    [InlineData("PUT", "/tags", "?project=dockerhub&repository=library/app&reference=1", HttpStatusCode.BadRequest)]
    public async Task What_names_nothing_is_refused(string method, string path, string query, HttpStatusCode expected)
    {
        await using var world = await World.Start(project: [("exclude", new[] { "secret/**" })]);
        Assert.Equal(expected, (await world.Server.Ask(method, "/roadstead/content" + path + query)).Status);
    }

    [Fact]
    public async Task A_body_without_a_length_and_a_manifest_that_is_too_long_are_refused()
    {
        await using var world = await World.Start();
        using var request = new HttpRequestMessage(HttpMethod.Put, $"/api/v2.0/roadstead/content/blobs{App}&digest=sha256:{new string('0', 64)}") { Content = new StreamContent(new MemoryStream([1])) };
        request.Headers.Authorization = world.Server.Admin();
        request.Headers.TransferEncodingChunked = true;
        using var response = await world.Server.Client.SendAsync(request, Stops);
        Assert.Equal(HttpStatusCode.LengthRequired, response.StatusCode);
        Assert.Equal(HttpStatusCode.RequestEntityTooLarge, await Put(world, $"manifests{App}&reference=sha256:{new string('0', 64)}", new byte[(4 * 1024 * 1024) + 1], Media.OciManifest));
    }

    private static async Task<(HttpStatusCode Status, byte[] Bytes, string? ContentRange)> Get(World world, string path, RangeHeaderValue? range = null)
    {
        using var request = new HttpRequestMessage(HttpMethod.Get, $"{ImageContent.Path}/{path}");
        request.Headers.Authorization = world.Server.Admin();
        request.Headers.Range = range;
        using var response = await world.Server.Client.SendAsync(request, Stops);
        return (response.StatusCode, await response.Content.ReadAsByteArrayAsync(Stops), response.Content.Headers.ContentRange?.ToString());
    }

    private static async Task<HttpStatusCode> Put(World world, string path, byte[]? body, string? type = null)
    {
        using var request = new HttpRequestMessage(HttpMethod.Put, $"{ImageContent.Path}/{path}") { Content = body is null ? null : new ByteArrayContent(body) };
        request.Headers.Authorization = world.Server.Admin();

        // What is refused is not sent.
        request.Headers.ExpectContinue = body is not null;
        if (type is not null)
        {
            request.Content!.Headers.ContentType = new MediaTypeHeaderValue(type);
        }

        using var response = await world.Server.Client.SendAsync(request, Stops);
        return response.StatusCode;
    }
}
