using Roadstead.Api;
using Roadstead.Server.Tests.Retention;
using Roadstead.Testing.Images;
using Roadstead.Testing.Upstream;

namespace Roadstead.Server.Tests.Clusters;

/// <summary>What a cluster lacks is fetched from all its registries at once.</summary>
public class FetchTests
{
    [Fact]
    public async Task What_newly_appears_does_not_wait_for_another_registry()
    {
        await using var other = await FakeUpstream.Start();
        await using var world = await World.Start(configure: (config, _) => config.AddEndpoint("quay", "quay.io", other.Address, ("allowPrivateAddresses", true)).AddProject("quay", "quay"));
        var slow = world.Upstream.AddImage("library/slow", "1", LayerForge.Random(100_000, seed: 1));
        world.Upstream.AddImage("library/next", "1", LayerForge.Random(1000, seed: 2));
        other.AddImage("team/new", "1", LayerForge.Random(1000, seed: 3));
        var gate = new Gate();
        world.Upstream.Fault(On.Blob("library/slow", slow.Layers[0].Digest), Faults.StallAfter(1000, gate));
        await world.Server.Uses("slow:1");
        await gate.Reached();

        await world.Server.Uses("slow:1", "next:1", "quay.io/team/new:1");
        await StoreClient.Until(async () => (await world.Server.Readiness()).Of("quay.io/team/new:1").State == ImageState.Ready);

        // Of one registry they come one after the other, and what is under way or waits is not begun again.
        Assert.Equal(1, (await world.Server.Readiness()).Ready);
        Assert.Equal(0, world.Upstream.Requests.Count(On.Manifest("library/next")));
        var fetched = world.Server.Fetched();
        gate.Open();
        Assert.Equal(3, (await fetched).Ready);
        Assert.Equal(1, world.Upstream.CountBlobGets("library/slow", slow.Layers[0].Digest));
    }

    [Fact]
    public async Task What_an_upstream_that_was_away_did_not_bring_comes_once_it_is_back()
    {
        await using var world = await World.Start(configure: (config, _) => config.Extra = "inUse: {followEvery: 10s}");
        world.Upstream.AddImage("library/app", "1", LayerForge.Random(1000));
        await world.Upstream.Stop();
        await world.Server.Uses("app:1");
        await world.Server.WaitForLog(line => line.Contains("not fetched for cluster=prod image=docker.io/library/app:1", StringComparison.Ordinal));
        await world.Upstream.StartAgain();

        // Nobody asks for it.
        await world.Server.WaitForLog(line => line.Contains(" fetched for cluster=prod image=docker.io/library/app:1", StringComparison.Ordinal) && !line.Contains("not fetched", StringComparison.Ordinal), timeout: TimeSpan.FromMinutes(2));
        Assert.Equal(1, (await world.Server.Readiness()).Ready);
    }
}
