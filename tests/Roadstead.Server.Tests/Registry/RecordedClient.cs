using System.Net;
using System.Text.Json.Nodes;
using Roadstead.Testing.Images;

namespace Roadstead.Server.Tests.Registry;

/// <summary>Sends what a client of another kind was recorded to send, and asks of each answer what that client asks of it.</summary>
/// <param name="world">Its server is asked.</param>
/// <param name="root">What comes before the repository, as <c>/v2/dockerhub/</c>.</param>
/// <param name="query">Of every request, as <c>?ns=docker.io</c>.</param>
/// <param name="headers">Of every request.</param>
internal sealed class RecordedClient(World world, string root, string query, params (string Name, string Value)[] headers)
{
    public async Task Pings(string path)
    {
        using var response = await Send(HttpMethod.Get, path);
        Assert.Equal(HttpStatusCode.OK, response.StatusCode);
        Assert.False(response.Headers.Contains("WWW-Authenticate"));
    }

    /// <summary>Learns a tag's digest, type and size by HEAD; a client that misses one of the three makes up for it by a GET that has no fallback.</summary>
    public async Task Resolves(string repository, string reference, ForgedManifest manifest, params (string, string)[] accept)
    {
        using var response = await Send(HttpMethod.Head, $"{root}{repository}/manifests/{reference}{query}", accept);
        AssertManifest(response, manifest);
    }

    public async Task GetsManifest(string repository, string reference, ForgedManifest manifest, params (string, string)[] accept)
    {
        using var response = await Send(HttpMethod.Get, $"{root}{repository}/manifests/{reference}{query}", accept);
        AssertManifest(response, manifest);
        Assert.Equal(manifest.Bytes, await response.Content.ReadAsByteArrayAsync(TestContext.Current.CancellationToken));
    }

    /// <returns>Digests, in the order of the list.</returns>
    public async Task<string[]> GetsReferrers(string repository, ForgedManifest subject, string artifactType, params (string, string)[] accept)
    {
        var filter = $"?artifactType={Uri.EscapeDataString(artifactType)}&{query.TrimStart('?')}";
        using var response = await Send(HttpMethod.Get, $"{root}{repository}/referrers/{subject.Digest}{filter}", accept);
        Assert.Equal((HttpStatusCode.OK, Media.OciIndex), (response.StatusCode, response.Content.Headers.ContentType?.ToString()));
        // One JSON document; what follows it is a fault to the client.
        var index = JsonNode.Parse(await response.Content.ReadAsByteArrayAsync(TestContext.Current.CancellationToken))!;
        return [.. index["manifests"]!.AsArray().Select(entry => (string)entry!["digest"]!)];
    }

    /// <summary>Only a 404 says that there is none; after anything else the client takes the host for broken.</summary>
    public async Task Misses(string path, params (string, string)[] accept)
    {
        using var response = await Send(HttpMethod.Get, $"{root}{path}{query}", accept);
        Assert.Equal(HttpStatusCode.NotFound, response.StatusCode);
    }

    /// <summary>The exact bytes under their exact length: none of these clients undoes an encoding that it did not ask for.</summary>
    public async Task GetsBlob(string repository, ForgedBlob blob, params (string, string)[] accept)
    {
        using var response = await Send(HttpMethod.Get, BlobPath(repository, blob), accept);
        Assert.Equal(HttpStatusCode.OK, response.StatusCode);
        Assert.Empty(response.Content.Headers.ContentEncoding);
        Assert.Equal(blob.Size, response.Content.Headers.ContentLength);
        Assert.Equal(blob.Bytes, await response.Content.ReadAsByteArrayAsync(TestContext.Current.CancellationToken));
    }

    /// <summary>Asks for everything from <paramref name="offset"/> on, reads <paramref name="count"/> bytes of it and leaves.</summary>
    public async Task<byte[]> GetsChunk(string repository, ForgedBlob blob, long offset, int count, params (string, string)[] accept)
    {
        using var response = await Send(HttpMethod.Get, BlobPath(repository, blob), [.. accept, ("Range", $"bytes={offset}-")]);
        Assert.Equal(HttpStatusCode.PartialContent, response.StatusCode);
        Assert.Equal($"bytes {offset}-{blob.Size - 1}/{blob.Size}", response.Content.Headers.ContentRange!.ToString());
        Assert.Equal(blob.Size - offset, response.Content.Headers.ContentLength);
        var chunk = new byte[Math.Min(count, blob.Size - offset)];
        var body = await response.Content.ReadAsStreamAsync(TestContext.Current.CancellationToken);
        await body.ReadExactlyAsync(chunk, TestContext.Current.CancellationToken);
        return chunk;
    }

    private static void AssertManifest(HttpResponseMessage response, ForgedManifest manifest)
    {
        Assert.Equal(HttpStatusCode.OK, response.StatusCode);
        Assert.Equal(manifest.MediaType, response.Content.Headers.ContentType!.ToString());
        Assert.Equal(manifest.Size, response.Content.Headers.ContentLength);
        Assert.Equal(manifest.Digest, response.Headers.GetValues("Docker-Content-Digest").Single());
        Assert.Empty(response.Content.Headers.ContentEncoding);
    }

    private string BlobPath(string repository, ForgedBlob blob) => $"{root}{repository}/blobs/{blob.Digest}{query}";

    private Task<HttpResponseMessage> Send(HttpMethod method, string path, params (string, string)[] own)
    {
        var request = new HttpRequestMessage(method, path);
        foreach (var (name, value) in (IEnumerable<(string, string)>)[.. headers, .. own])
        {
            Assert.True(request.Headers.TryAddWithoutValidation(name, value));
        }

        return world.Server.Client.SendAsync(request, HttpCompletionOption.ResponseHeadersRead, TestContext.Current.CancellationToken);
    }
}
