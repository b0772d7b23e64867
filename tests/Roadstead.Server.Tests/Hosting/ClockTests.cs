using System.Net;
using Roadstead.Testing;
using Roadstead.Testing.Images;
using Roadstead.Testing.Upstream;

namespace Roadstead.Server.Tests.Hosting;

/// <summary>A machine whose clock is set an hour forth or back while the server runs.</summary>
public sealed class ClockTests : IDisposable
{
    private readonly TemporaryFolder _folder = new("clock");

    public void Dispose() => _folder.Dispose();

    [Theory]
    [InlineData("+1h")]
    [InlineData("-1h")]
    public async Task A_tag_is_asked_for_again_and_everything_is_served(string jump)
    {
        await using var world = await Start();
        var image = world.Upstream.AddImage("library/app", "1", LayerForge.Random(1000));
        await world.Pull("dockerhub/app", "1", image);
        await world.Read("dockerhub/app/manifests/1");
        var asked = world.Upstream.Requests.Count(On.Manifest("library/app", "1"));
        Set(jump);
        await world.Pull("dockerhub/app", "1", image);
        Assert.Equal(asked + 1, world.Upstream.Requests.Count(On.Manifest("library/app", "1")));
        await world.Upstream.Stop();
        await world.Pull("dockerhub/app", "1", image);
    }

    [Fact]
    public async Task A_rest_and_a_refusal_end_when_they_should()
    {
        await using var world = await Start();
        world.Upstream.AddImage("library/app", "1", LayerForge.Random(1000));
        world.Upstream.Fault(On.Manifest(), Faults.TooManyRequests("2"), times: 1);
        Assert.Equal(HttpStatusCode.ServiceUnavailable, (await world.Read("dockerhub/app/manifests/1")).Status);
        Set("-1h");
        Got got;
        do
        {
            got = await world.Read("dockerhub/app/manifests/1");
        }
        while (got.Status == HttpStatusCode.ServiceUnavailable);

        Assert.Equal(HttpStatusCode.OK, got.Status);
    }

    [Fact]
    public async Task An_allowance_that_was_told_in_the_future_is_not_spared()
    {
        await using var world = await Start("0s");
        var image = world.Upstream.AddImage("library/app", "1", LayerForge.Random(1000));
        await world.Pull("dockerhub/app", "1", image);
        world.Upstream.Fault(On.Manifest(), Faults.Headers(("ratelimit-limit", "100;w=21600"), ("ratelimit-remaining", "9;w=21600")));
        Assert.Equal("hit", (await world.Read("dockerhub/app/manifests/1")).Cache);
        Assert.Equal("stale", (await world.Read("dockerhub/app/manifests/1")).Cache);
        Set("-1h");
        Assert.Equal("hit", (await world.Read("dockerhub/app/manifests/1")).Cache);
    }

    private async Task<World> Start(string freshFor = "10m")
    {
        Set("+0");
        var library = Directory.EnumerateFiles("/usr/lib", "libfaketimeMT.so.1", SearchOption.AllDirectories).First();
        return await World.Start(freshFor, (config, _) =>
        {
            config.Environment["LD_PRELOAD"] = library;
            config.Environment["FAKETIME_TIMESTAMP_FILE"] = _folder["clock"];
            config.Environment["FAKETIME_NO_CACHE"] = "1";
            config.Environment["FAKETIME_DONT_FAKE_MONOTONIC"] = "1";
        });
    }

    private void Set(string offset) => File.WriteAllText(_folder["clock"], offset + "\n");
}
