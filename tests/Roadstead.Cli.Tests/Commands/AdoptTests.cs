using Roadstead.Testing;
using Roadstead.Testing.Server;

namespace Roadstead.Cli.Tests.Commands;

/// <summary>What <c>adopt</c> must not do.</summary>
public sealed class AdoptTests : IAsyncLifetime
{
    private readonly TemporaryFolder _folder = new("adopt");
    private TestServer _server = null!;

    public async ValueTask InitializeAsync()
    {
        await File.WriteAllTextAsync(_folder["images"], "other.example/app:1\n", TestContext.Current.CancellationToken);
        _server = await TestServer.Start(config => config.Extra = "clusters: [{name: edge, prometheus: 'http://127.0.0.1:1'}]");
    }

    public async ValueTask DisposeAsync()
    {
        await _server.DisposeAsync();
        _folder.Dispose();
    }

    /// <summary>The cluster around whoever types it is another one.</summary>
    [Fact]
    public async Task A_cluster_that_the_server_looks_at_is_looked_for_nowhere_else()
    {
        await _server.Fails("Nothing has been heard of the cluster edge yet: ", "adopt", "--cluster", "edge", "--yes");
        await _server.Fails("The server looks at the cluster edge itself", "adopt", "--cluster", "edge", "--file", _folder["images"], "--yes");
        Assert.DoesNotContain("other.example", (await _server.Json("project", "list")).GetRawText(), StringComparison.Ordinal);
        Assert.DoesNotContain("other.example", (await _server.Json("endpoint", "list")).GetRawText(), StringComparison.Ordinal);
    }

    [Fact]
    public Task A_registry_has_one_URL() => _server.IsMisused(
        "--url other.example=http://b: other.example has a URL already", "adopt", "--cluster", "prod", "--file", _folder["images"], "--url", "other.example=http://a", "--url", "other.example=http://b", "--dry-run");
}
