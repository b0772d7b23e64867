using System.Net;
using System.Net.Http.Headers;
using System.Text;
using Roadstead.Server.Tests.Retention;
using Roadstead.Testing.Images;
using Roadstead.Testing.Server;
using Roadstead.Testing.Upstream;

namespace Roadstead.Server.Tests.Mirroring;

/// <summary>A server between two registries that have nothing to do with each other: the project <c>mine</c> mirrors the one, <c>theirs</c> the other. Both are open to begin with.</summary>
internal sealed class SharingWorld : IAsyncDisposable
{
    private SharingWorld(FakeUpstream mine, FakeUpstream theirs, TestServer server) => (Mine, Theirs, Server) = (mine, theirs, server);

    public FakeUpstream Mine { get; }

    public FakeUpstream Theirs { get; }

    public TestServer Server { get; }

    private static CancellationToken Stops => TestContext.Current.CancellationToken;

    public static async Task<SharingWorld> Start(Action<ServerConfig>? configure = null)
    {
        var world = new SharingWorld(await FakeUpstream.Start(), await FakeUpstream.Start(), await TestServer.Start(config =>
        {
            config.FreshFor = "1h";
            configure?.Invoke(config);
        }));
        await world.Endpoint("mine", "mine.example", world.Mine);
        await world.Endpoint("theirs", "theirs.example", world.Theirs);
        await world.Project("mine", "mine");
        await world.Project("theirs", "theirs");
        return world;
    }

    public Task Endpoint(string name, string registry, FakeUpstream upstream) =>
        Put($"/roadstead/endpoints/{name}", $$"""{"registry": "{{registry}}", "url": "{{upstream.Address.ToString().TrimEnd('/')}}", "allowPrivateAddresses": true}""");

    /// <summary>Makes or changes a project, which is in force when this returns.</summary>
    public Task Project(string name, string endpoint, bool isOpen = true, string more = "") => Put($"/roadstead/projects/{name}", $$"""{"endpoint": "{{endpoint}}", "public": {{(isOpen ? "true" : "false")}}{{more}}}""");

    public Task Close(string project) => Project(project, project, isOpen: false);

    /// <summary>Has the server hold a blob for <c>mine</c>, and nobody else see it.</summary>
    public async Task HoldInPrivate(string repository, ForgedBlob blob)
    {
        Mine.AddBlob(repository, blob.Bytes);
        Assert.Equal(new Seen("GET", HttpStatusCode.OK, "miss", blob.Size, blob.Digest), await Ask($"mine/{repository}/blobs/{blob.Digest}"));
        await Stored(blob.Digest);
        await Close("mine");
        Assert.Equal(HttpStatusCode.Forbidden, (await Ask($"mine/{repository}/blobs/{blob.Digest}")).Status);
    }

    public Task<HttpResponseMessage> Send(string path, string method = "GET") =>
        Server.Client.SendAsync(new HttpRequestMessage(new HttpMethod(method), "/v2/" + path), HttpCompletionOption.ResponseHeadersRead, Stops);

    public async Task<Seen> Ask(string path, string method = "GET")
    {
        using var response = await Send(path, method);
        return await Read(response, method);
    }

    public static async Task<Seen> Read(HttpResponseMessage response, string method = "GET")
    {
        byte[]? body = null;
        try
        {
            body = await response.Content.ReadAsByteArrayAsync(Stops);
        }
        catch (Exception exception) when (exception is HttpRequestException or IOException)
        {
            // Cut off.
        }

        return new Seen(
            method, response.StatusCode, response.Headers.TryGetValues("X-Roadstead-Cache", out var cache) ? cache.Single() : "", response.IsSuccessStatusCode ? response.Content.Headers.ContentLength : null,
            body is null ? "cut" : response.IsSuccessStatusCode && method == "GET" ? ContentDigest.Sha256(body) : "");
    }

    /// <summary>What a client sees of a blob or manifest of <c>theirs</c>, and what is asked of its registry for it.</summary>
    public async Task<(Seen Seen, string Asked)> Look(string kind, string digest, string method = "GET", string repository = "org/app")
    {
        var before = Theirs.Requests.Items.Count;
        var seen = await Ask($"theirs/{repository}/{kind}/{digest}", method);
        return (seen, string.Join(' ', Theirs.Requests.Items.Skip(before).Where(request => request.Reference == digest).Select(request => $"{request.Method} {request.Kind}")));
    }

    /// <summary>As <see cref="Look"/>, once no more than so many fills are under way: who was cut off may come back before his has ended.</summary>
    public async Task<(Seen Seen, string Asked)> LookAlone(string kind, string digest, string method = "GET", string repository = "org/app", int besides = 0)
    {
        await StoreClient.Until(async () => (await Server.Metrics()).Contains($"roadstead_fills {besides}\n", StringComparison.Ordinal));
        return await Look(kind, digest, method, repository);
    }

    /// <summary>Has <c>theirs</c> have a manifest that says that another one is a blob, and nothing be fetched for it.</summary>
    public async Task Name(string repository, ForgedManifest asBlob)
    {
        var digest = Theirs.AddManifest(repository, null, Media.OciManifest, Encoding.UTF8.GetBytes($$"""
            {"schemaVersion":2,"mediaType":"{{Media.OciManifest}}","config":{"mediaType":"{{Media.OciEmpty}}","digest":"{{asBlob.Digest}}","size":{{asBlob.Size}}},"layers":[]}
            """));
        Assert.Equal(HttpStatusCode.OK, (await Ask($"theirs/{repository}/manifests/{digest}", "HEAD")).Status);
    }

    /// <summary>Waits until the server has written so often that it stored a blob.</summary>
    public Task Stored(string digest, int times = 1) =>
        Server.WaitForLog(line => line.Contains(" stored blob", StringComparison.Ordinal) && !line.Contains("not stored", StringComparison.Ordinal) && line.Contains(digest, StringComparison.Ordinal), times);

    public async Task<long> Used(string project) => (long)(await Server.Ask("GET", $"/roadstead/projects/{project}")).Json["used"]!;

    public async Task<long> Bytes() => (long)(await Server.Ask("GET", "/roadstead/store")).Json["bytes"]!;

    /// <summary>Adds a manifest or a blob without any upstream.</summary>
    public async Task Import(string kind, string query, byte[] bytes, string? mediaType = null)
    {
        using var request = new HttpRequestMessage(HttpMethod.Put, $"/api/v2.0/roadstead/content/{kind}?{query}") { Content = new ByteArrayContent(bytes) };
        request.Content.Headers.ContentType = mediaType is null ? null : new MediaTypeHeaderValue(mediaType);
        request.Headers.Authorization = Server.Admin();
        using var response = await Server.Client.SendAsync(request, Stops);
        Assert.True(response.StatusCode == HttpStatusCode.NoContent, await response.Content.ReadAsStringAsync(Stops));
    }

    public async ValueTask DisposeAsync()
    {
        await Server.DisposeAsync();
        await Mine.DisposeAsync();
        await Theirs.DisposeAsync();
    }

    private async Task Put(string path, string body)
    {
        var answer = await Server.Ask("PUT", path, body);
        Assert.True(answer.Status is HttpStatusCode.OK or HttpStatusCode.Created, answer.Text);
    }
}

/// <summary>All that a client sees of an answer, but for its words.</summary>
/// <param name="Method">Of the request.</param>
/// <param name="Status">Its status.</param>
/// <param name="Cache">What the cache did.</param>
/// <param name="Length">How long it says that it is, where it is no refusal.</param>
/// <param name="Digest">Of the body of a GET; <c>cut</c> where that ended early; empty of a refusal or a HEAD.</param>
internal sealed record Seen(string Method, HttpStatusCode Status, string Cache, long? Length, string Digest);
