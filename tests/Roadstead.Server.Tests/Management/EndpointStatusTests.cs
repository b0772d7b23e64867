using System.Net;
using Roadstead.Testing.Images;
using Roadstead.Testing.Server;
using Roadstead.Testing.Upstream;

namespace Roadstead.Server.Tests.Management;

/// <summary>What the API tells of how an endpoint does.</summary>
public class EndpointStatusTests
{
    /// <summary>It is asked on, for each pull may be the one that works; who looks at it sees that none does.</summary>
    [Theory]
    [InlineData("refused", "refuses access (401)")]
    [InlineData("a web page", "")]
    [InlineData("failing", "500")]
    public async Task One_of_which_nothing_comes_is_failing_until_something_does(string how, string words)
    {
        await using var world = await World.Start("0s", endpoint: [("username", "robot"), ("password", "x")]);
        world.Upstream.AddImage("library/app", "1", LayerForge.Random(1000));
        if (how == "refused")
        {
            (world.Upstream.Auth.Mode, world.Upstream.Auth.Credential) = (AuthMode.Basic, new Roadstead.Testing.Registries.Credential("robot", "y"));
        }
        else
        {
            world.Upstream.Fault(_ => true, how == "failing" ? Faults.Status(500) : Faults.HtmlPage());
        }

        Assert.Equal("unknown", (string)(await Health(world))["state"]!);
        await world.Server.Ask("POST", "/roadstead/endpoints/docker-hub/test");
        Assert.Equal("failing", (string)(await Health(world))["state"]!);
        Assert.Contains(words, (string)(await Health(world))["reason"]!, StringComparison.OrdinalIgnoreCase);
        Assert.Equal("unhealthy", (string)(await world.Server.Ask("GET", "/registries?name=docker-hub")).Json[0]!["status"]!);
        Assert.Contains("roadstead_endpoint_up{endpoint=\"docker-hub\"} 0", await world.Server.Client.GetStringAsync(new Uri("/metrics", UriKind.Relative), TestContext.Current.CancellationToken), StringComparison.Ordinal);

        world.Upstream.Auth.Mode = AuthMode.None;
        world.Upstream.ClearFaults();
        Assert.Equal(HttpStatusCode.OK, (await world.Read("dockerhub/app/manifests/1")).Status);
        Assert.Equal("up", (string)(await Health(world))["state"]!);
        Assert.Contains("roadstead_endpoint_up{endpoint=\"docker-hub\"} 1", await world.Server.Client.GetStringAsync(new Uri("/metrics", UriKind.Relative), TestContext.Current.CancellationToken), StringComparison.Ordinal);
    }

    private static async Task<System.Text.Json.Nodes.JsonNode> Health(World world) => (await world.Server.Ask("GET", "/roadstead/endpoints/docker-hub")).Json["health"]!;

    [Fact]
    public async Task What_it_allows_and_that_it_asks_for_a_rest_are_told()
    {
        await using var world = await World.Start("0s");
        world.Upstream.AddImage("library/app", "1", LayerForge.Random(1000));
        world.Upstream.Fault(On.Manifest(), Faults.Headers(("ratelimit-limit", "100;w=21600"), ("ratelimit-remaining", "76;w=21600")), times: 1);
        Assert.Equal(HttpStatusCode.OK, (await world.Read("dockerhub/app/manifests/1")).Status);
        var told = (await world.Server.Ask("GET", "/roadstead/endpoints/docker-hub")).Json;
        Assert.Equal((100, 76, "up", "file"), ((int)told["rateLimit"]!["limit"]!, (int)told["rateLimit"]!["remaining"]!, (string)told["health"]!["state"]!, (string)told["source"]!));
        Assert.Equal("dockerhub", (string)Assert.Single(told["projects"]!.AsArray())!);

        world.Upstream.Fault(On.Manifest(), Faults.TooManyRequests("3600"));
        Assert.Equal(HttpStatusCode.ServiceUnavailable, (await world.Read("dockerhub/cold/manifests/1")).Status);
        var health = (await world.Server.Ask("GET", "/roadstead/endpoints/docker-hub")).Json["health"]!;
        Assert.Equal("resting", (string)health["state"]!);
        Assert.InRange((DateTimeOffset)health["restsUntil"]! - TimeProvider.System.GetUtcNow(), TimeSpan.FromMinutes(50), TimeSpan.FromMinutes(60));
        Assert.Contains("429", (string)health["reason"]!, StringComparison.Ordinal);
        Assert.Equal("healthy", (string)(await world.Server.Ask("GET", "/registries?name=docker-hub")).Json[0]!["status"]!);
    }
}
