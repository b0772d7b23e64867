using System.Net;
using Roadstead.Testing.Images;
using Roadstead.Testing.Server;
using Roadstead.Testing.Upstream;

namespace Roadstead.Server.Tests.Management;

/// <summary>What the API tells of how an endpoint does.</summary>
public class EndpointStatusTests
{
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
