using System.Net;
using Roadstead.Oci.Client;
using Roadstead.Server.Projects;
using Roadstead.Testing.Upstream;

namespace Roadstead.Server.Tests.Projects;

/// <summary>The client of an endpoint that was replaced: it closes with its last use, and not before.</summary>
public class SharedClientTests
{
    private static CancellationToken Stops => TestContext.Current.CancellationToken;

    [Fact]
    public async Task It_closes_with_its_last_use_and_whoever_comes_back_gets_another()
    {
        await using var upstream = await FakeUpstream.Start();
        var made = 0;
        using var shared = new SharedClient(() =>
        {
            made++;
            return new RegistryClient(new UpstreamSettings { Url = upstream.Address, AllowPrivateAddresses = true }, TimeProvider.System);
        });
        var first = shared.Take();
        var second = shared.Take();
        Assert.Same(first.Client, second.Client);
        shared.Retire();
        first.Dispose();
        first.Dispose();
        Assert.True(await Answers(second.Client));
        second.Dispose();
        await Assert.ThrowsAsync<ObjectDisposedException>(() => Answers(second.Client));

        using (var late = shared.Take())
        {
            Assert.NotSame(first.Client, late.Client);
            Assert.True(await Answers(late.Client));
        }

        Assert.Equal(2, made);
    }

    [Fact]
    public async Task One_that_nobody_uses_closes_at_once()
    {
        await using var upstream = await FakeUpstream.Start();
        using var shared = new SharedClient(() => new RegistryClient(new UpstreamSettings { Url = upstream.Address, AllowPrivateAddresses = true }, TimeProvider.System));
        var use = shared.Take();
        use.Dispose();
        Assert.True(await Answers(use.Client));
        shared.Retire();
        await Assert.ThrowsAsync<ObjectDisposedException>(() => Answers(use.Client));
    }

    private static async Task<bool> Answers(RegistryClient client) => await client.Ping(TimeSpan.FromSeconds(10), Stops) is UpstreamOutcome<HttpStatusCode>.Found;
}
