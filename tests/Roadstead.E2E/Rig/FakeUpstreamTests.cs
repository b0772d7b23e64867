using System.Net;
using System.Net.Http.Headers;
using System.Net.Sockets;
using System.Text.Json;
using Roadstead.Testing;
using Roadstead.Testing.Images;
using Roadstead.Testing.Registries;
using Roadstead.Testing.Upstream;

namespace Roadstead.E2E.Rig;

/// <summary>The fake authenticates, redirects, goes away and comes back as registries do.</summary>
public sealed class FakeUpstreamTests : IAsyncLifetime
{
    private readonly CancellationToken cancel = TestContext.Current.CancellationToken;
    private FakeUpstream upstream = null!;
    private HttpClient client = null!;

    public async ValueTask InitializeAsync()
    {
        upstream = await FakeUpstream.Start();
        client = LoopbackClient.For(upstream.Address);
    }

    public async ValueTask DisposeAsync()
    {
        client.Dispose();
        await upstream.DisposeAsync();
    }

    [Fact]
    public async Task Images_and_indexes_are_served_with_all_they_name()
    {
        var image = ImageForge.Image([LayerForge.Layer(("etc/hello", "hi"u8.ToArray()))]);
        var index = upstream.AddIndex("library/a", "1", ("linux/amd64", image), ("linux/arm/v7", image));
        using var byTag = await Get("/v2/library/a/manifests/1");
        Assert.Equal(index.Bytes, await byTag.Content.ReadAsByteArrayAsync(cancel));
        Assert.Equal(Media.OciIndex, byTag.Content.Headers.ContentType!.ToString());
        Assert.Equal(index.Digest, byTag.Headers.GetValues("Docker-Content-Digest").Single());
        foreach (var blob in image.Blobs)
        {
            Assert.Equal(blob.Bytes, await client.GetByteArrayAsync(Relative($"/v2/library/a/blobs/{blob.Digest}"), cancel));
        }

        using var tags = await Get("/v2/library/a/tags/list");
        Assert.Equal("1", (await Json(tags)).GetProperty("tags")[0].GetString());
        upstream.RemoveTag("library/a", "1");
        Assert.Equal(HttpStatusCode.NotFound, (await Get("/v2/library/a/manifests/1")).StatusCode);
        Assert.Equal(HttpStatusCode.OK, (await Get($"/v2/library/a/manifests/{index.Digest}")).StatusCode);
    }

    [Fact]
    public async Task Basic_admits_its_credential_alone()
    {
        var credential = new Credential("u", "p");
        (upstream.Auth.Mode, upstream.Auth.Credential) = (AuthMode.Basic, credential);
        using var refused = await Get("/v2/");
        Assert.Equal(HttpStatusCode.Unauthorized, refused.StatusCode);
        Assert.Equal("Basic", refused.Headers.WwwAuthenticate.Single().Scheme);
        Assert.Equal(HttpStatusCode.Unauthorized, (await Get("/v2/", new Credential("u", "q").Basic)).StatusCode);
        Assert.Equal(HttpStatusCode.OK, (await Get("/v2/", credential.Basic)).StatusCode);
        Assert.Equal(credential.Basic, upstream.Requests.Items[^1].Authorization);
    }

    [Fact]
    public async Task Bearer_checks_credential_scope_and_age()
    {
        var credential = new Credential("u", "p");
        (upstream.Auth.Mode, upstream.Auth.Credential) = (AuthMode.Bearer, credential);
        var digest = upstream.AddBlob("library/a", [1, 2, 3]);
        var path = $"/v2/library/a/blobs/{digest}";

        using var refused = await Get(path);
        var challenge = refused.Headers.WwwAuthenticate.Single();
        Assert.Equal("Bearer", challenge.Scheme);
        Assert.Equal($"realm=\"{upstream.Address}token\",service=\"fake-upstream\",scope=\"repository:library/a:pull\"", challenge.Parameter);

        Assert.Equal(HttpStatusCode.Unauthorized, (await Get("/token?scope=repository:library/a:pull")).StatusCode);
        var token = await Token("library/a", credential);
        var elsewhere = await Token("library/b", credential);
        Assert.Equal(HttpStatusCode.OK, (await Get(path, token)).StatusCode);
        Assert.Equal(HttpStatusCode.Unauthorized, (await Get(path, elsewhere)).StatusCode);
        upstream.Auth.ExpireTokens();
        Assert.Equal(HttpStatusCode.Unauthorized, (await Get(path, token)).StatusCode);
        Assert.Equal(2, upstream.Auth.TokensIssued);
        upstream.Auth.RefusesTokens = true;
        Assert.Equal(HttpStatusCode.Unauthorized, (await Get("/token", credential.Basic)).StatusCode);
    }

    [Fact]
    public async Task Blobs_redirect_to_a_cdn_whose_links_expire()
    {
        var digest = upstream.AddBlob("library/a", [1, 2, 3]);
        upstream.RedirectsBlobs = true;
        using var redirect = await Get($"/v2/library/a/blobs/{digest}");
        Assert.Equal(HttpStatusCode.TemporaryRedirect, redirect.StatusCode);
        var link = redirect.Headers.Location!;
        Assert.Equal(upstream.Cdn.Authority, link.Authority);
        Assert.Contains("X-Amz-Signature=", link.Query, StringComparison.Ordinal);

        Assert.Equal([1, 2, 3], await client.GetByteArrayAsync(link, cancel));
        Assert.False(upstream.Cdn.Requests.Items[0].HasAuthorization);
        upstream.ExpireCdnLinks();
        Assert.Equal(HttpStatusCode.Forbidden, (await client.GetAsync(link, cancel)).StatusCode);
        upstream.Fault(On.Blob(), Faults.RedirectLoop());
        using var loop = await Get($"/v2/library/a/blobs/{digest}");
        Assert.Equal($"/v2/library/a/blobs/{digest}", loop.Headers.Location!.ToString());
    }

    [Fact]
    public async Task A_stopped_fake_refuses_and_comes_back_on_its_port()
    {
        Assert.Equal(HttpStatusCode.OK, (await Get("/v2/")).StatusCode);
        await upstream.Stop();
        var refusal = await Assert.ThrowsAsync<HttpRequestException>(() => Get("/v2/"));
        Assert.Equal(SocketError.ConnectionRefused, Assert.IsType<SocketException>(refusal.InnerException).SocketErrorCode);
        await upstream.StartAgain();
        Assert.Equal(HttpStatusCode.OK, (await Get("/v2/")).StatusCode);
    }

    [Fact]
    public async Task A_stop_ends_answers_under_way()
    {
        var digest = upstream.AddBlob("library/a", new byte[1000]);
        var gate = new Gate();
        upstream.Fault(On.Blob(), Faults.StallAfter(10, gate));
        var pull = client.GetByteArrayAsync(Relative($"/v2/library/a/blobs/{digest}"), cancel);
        await gate.Reached();
        await upstream.Stop();
        await Assert.ThrowsAnyAsync<HttpRequestException>(() => pull);
    }

    [Fact]
    public async Task A_frozen_fake_accepts_and_says_nothing()
    {
        upstream.Freeze();
        using var connection = await RawConnection.Open(upstream.Address);
        await connection.Send("GET /v2/");
        await upstream.Requests.WaitFor(On.Ping);
        Assert.Equal(0, connection.Available);
        upstream.Thaw();
        Assert.Equal(200, (await connection.Receive()).Status);
    }

    private static Uri Relative(string path) => new(path, UriKind.Relative);

    private async Task<HttpResponseMessage> Get(string path, string? authorization = null)
    {
        using var request = new HttpRequestMessage(HttpMethod.Get, Relative(path));
        if (authorization is not null)
        {
            request.Headers.Authorization = AuthenticationHeaderValue.Parse(authorization);
        }

        return await client.SendAsync(request, cancel);
    }

    private async Task<string> Token(string repository, Credential credential)
    {
        using var answer = await Get($"/token?service=fake-upstream&scope=repository:{repository}:pull", credential.Basic);
        return "Bearer " + (await Json(answer)).GetProperty("token").GetString();
    }

    private async Task<JsonElement> Json(HttpResponseMessage answer) =>
        JsonDocument.Parse(await answer.Content.ReadAsStringAsync(cancel)).RootElement;
}
