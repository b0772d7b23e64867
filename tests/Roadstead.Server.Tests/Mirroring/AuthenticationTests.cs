using System.Net;
using Roadstead.Testing.Images;
using Roadstead.Testing.Registries;
using Roadstead.Testing.Upstream;

namespace Roadstead.Server.Tests.Mirroring;

public class AuthenticationTests
{
    private static readonly Credential Robot = new("robot", "secret");

    [Theory]
    [InlineData(AuthMode.Basic)]
    [InlineData(AuthMode.Bearer)]
    public async Task The_endpoint_s_credential_is_used(AuthMode mode)
    {
        await using var world = await World.Start(endpoint: [("username", Robot.Username), ("password", Robot.Password)]);
        world.Upstream.Auth.Mode = mode;
        world.Upstream.Auth.Credential = Robot;
        var image = world.Upstream.AddImage("library/app", "1", LayerForge.Random(1000));
        await world.Pull("dockerhub/library/app", "1", image);
    }

    [Fact]
    public async Task One_token_for_a_repository_serves_all_who_wait()
    {
        await using var world = await World.Start();
        world.Upstream.Auth.Mode = AuthMode.Bearer;
        var image = world.Upstream.AddImage("library/app", "1", [.. Enumerable.Range(1, 8).Select(seed => LayerForge.Random(1000, seed))]);
        await world.Read("dockerhub/library/app/manifests/1");
        await Task.WhenAll(image.Blobs.Select(blob => world.Read($"dockerhub/library/app/blobs/{blob.Digest}")));
        Assert.Equal(1, world.Upstream.Auth.TokensIssued);
    }

    [Fact]
    public async Task A_token_that_upstream_no_longer_takes_is_fetched_anew_once()
    {
        await using var world = await World.Start("0s");
        world.Upstream.Auth.Mode = AuthMode.Bearer;
        var image = world.Upstream.AddImage("library/app", "1", LayerForge.Random(1000));
        await world.Pull("dockerhub/library/app", "1", image);
        world.Upstream.Auth.ExpireTokens();
        Assert.Equal("hit", (await world.Read("dockerhub/library/app/manifests/1")).Cache);
        Assert.Equal(2, world.Upstream.Auth.TokensIssued);
    }

    [Fact]
    public async Task A_token_service_that_hangs_keeps_nobody_from_what_needs_no_new_token()
    {
        await using var world = await World.Start(endpoint: ("headerTimeout", "1s"));
        world.Upstream.Auth.Mode = AuthMode.Bearer;
        world.Upstream.AddImage("library/app", "1", LayerForge.Random(1000));
        world.Upstream.AddImage("library/app", "2", LayerForge.Random(1000, seed: 2));
        world.Upstream.AddImage("library/other", "1", LayerForge.Random(1000, seed: 3));
        await world.Read("dockerhub/app/manifests/1");
        var gate = new Gate();
        world.Upstream.Fault(On.Token, Faults.StallBeforeHeaders(gate));
        Assert.Equal(HttpStatusCode.GatewayTimeout, (await world.Read("dockerhub/other/manifests/1")).Status);
        Assert.Equal("miss", (await world.Read("dockerhub/app/manifests/2")).Cache);
        Assert.DoesNotContain(world.Server.Log.Items, line => line.Contains("endpoint down", StringComparison.Ordinal));

        // After a few, who needs a token is told at once, and nobody asks for one but what tries whether it is back.
        foreach (var repository in new[] { "second", "third" })
        {
            Assert.Equal(HttpStatusCode.GatewayTimeout, (await world.Read($"dockerhub/{repository}/manifests/1")).Status);
        }

        // A client's time ends a moment before its token's, and the service counts as silent with the latter: one that comes between the two may still ask.
        for (var more = 0; more == 0 || IsTokenAsked($"another-{more}"); more++)
        {
            Assert.InRange(more, 0, 3);
            Assert.Equal(HttpStatusCode.GatewayTimeout, (await world.Read($"dockerhub/another-{more + 1}/manifests/1")).Status);
        }

        gate.Open();
        Got got;
        do
        {
            got = await world.Read("dockerhub/other/manifests/1");
        }
        while (got.Status == HttpStatusCode.GatewayTimeout);

        Assert.Equal("miss", got.Cache);

        bool IsTokenAsked(string repository) =>
            world.Upstream.Requests.Items.Any(request => request.Kind == RequestKind.Token && request.Target.Contains(repository, StringComparison.Ordinal));
    }

    [Fact]
    public async Task A_scope_that_the_token_service_fails_for_says_nothing_of_the_others()
    {
        await using var world = await World.Start();
        world.Upstream.Auth.Mode = AuthMode.Bearer;
        world.Upstream.AddImage("library/app", "1", LayerForge.Random(1000));
        world.Upstream.Fault(request => request.Kind == RequestKind.Token && request.Target.Contains("bad", StringComparison.Ordinal), Faults.Status(500));
        Assert.Equal(HttpStatusCode.ServiceUnavailable, (await world.Read("dockerhub/bad/manifests/1")).Status);
        Assert.Equal("miss", (await world.Read("dockerhub/app/manifests/1")).Cache);
    }

    [Fact]
    public async Task A_realm_elsewhere_is_sent_nothing()
    {
        await using var evil = await FakeUpstream.Start();
        await using var world = await World.Start(endpoint: [("username", Robot.Username), ("password", Robot.Password)]);
        world.Upstream.Auth.Mode = AuthMode.Bearer;
        world.Upstream.Auth.Credential = Robot;
        world.Upstream.Auth.Realm = $"http://127.0.0.2:{evil.Address.Port}/token";
        world.Upstream.AddImage("library/app", "1", LayerForge.Random(1000));
        Assert.Equal(HttpStatusCode.BadGateway, (await world.Read("dockerhub/library/app/manifests/1")).Status);
        Assert.Empty(evil.Requests.Items);
    }

    [Theory]
    [InlineData("Basic realm=\"maintenance\"", 403)]
    [InlineData("Bearer realm=\"https://evil.example/token\",service=\"x\"", 502)]
    [InlineData("Bearer realm=\"http://127.0.0.1:1/token\",service=\"x\"", 503)]
    public async Task One_repository_s_odd_challenge_says_nothing_of_the_others(string challenge, int status)
    {
        await using var world = await World.Start();
        var image = world.Upstream.AddImage("library/good", "1", LayerForge.Random(1000));
        world.Upstream.Fault(request => request.Repository == "library/odd", Faults.Status(401, "", "text/plain", ("WWW-Authenticate", challenge)));
        Assert.Equal(status, (int)(await world.Read("dockerhub/odd/manifests/1")).Status);
        await world.Pull("dockerhub/good", "1", image);
        Assert.DoesNotContain(world.Upstream.Requests.Items, request => request.HasAuthorization);
    }

    [Fact]
    public async Task A_wrong_credential_is_a_denial()
    {
        await using var world = await World.Start(endpoint: [("username", Robot.Username), ("password", "wrong")]);
        world.Upstream.Auth.Mode = AuthMode.Bearer;
        world.Upstream.Auth.Credential = Robot;
        world.Upstream.AddImage("library/app", "1", LayerForge.Random(1000));
        Assert.Equal(HttpStatusCode.Forbidden, (await world.Read("dockerhub/library/app/manifests/1")).Status);
    }

    [Fact]
    public async Task Private_addresses_are_dialled_only_where_the_endpoint_allows_them()
    {
        await using var upstream = await FakeUpstream.Start();
        await using var server = await Roadstead.Testing.Server.TestServer.Start(config => 
            config.AddEndpoint("e", "docker.io", new Uri($"http://localhost:{upstream.Address.Port}")).AddProject("dockerhub", "e"));
        upstream.AddImage("library/app", "1", LayerForge.Random(10));
        using var response = await server.Client.GetAsync(new Uri("/v2/dockerhub/app/manifests/1", UriKind.Relative), TestContext.Current.CancellationToken);
        Assert.Equal(HttpStatusCode.BadGateway, response.StatusCode);
        Assert.Contains("allowPrivateAddresses", await response.Content.ReadAsStringAsync(TestContext.Current.CancellationToken), StringComparison.Ordinal);
        Assert.Empty(upstream.Requests.Items);
    }
}
