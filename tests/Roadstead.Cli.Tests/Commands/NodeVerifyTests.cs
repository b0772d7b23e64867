using Roadstead.Testing;
using Roadstead.Testing.Cli;

namespace Roadstead.Cli.Tests.Commands;

/// <summary>The program itself, on a node without runtimes.</summary>
public sealed class NodeVerifyTests : IDisposable
{
    private readonly TemporaryFolder _folder = new("verify");

    public void Dispose() => _folder.Dispose();

    [Fact]
    public async Task Help_says_what_measuring_costs()
    {
        Assert.Contains("node verify ", (await RoadsteadCli.Run("--help")).OrThrow().Output, StringComparison.Ordinal);
        var help = (await RoadsteadCli.Run("node", "verify", "--help")).OrThrow().Output;
        Assert.All(new[] { "--root", "--outage", "[default: refused]", "30 seconds", "--timeout", "[default: 60]" }, word => Assert.Contains(word, help, StringComparison.Ordinal));
    }

    [Theory]
    [InlineData("--runtime talos --server http://m:1", "crio, podman")]
    [InlineData("--runtime podman=/run/podman.sock --server http://m:1", "no socket")]
    [InlineData("--runtime containerd=run.sock --server http://m:1", "absolute")]
    [InlineData("--runtime podman --timeout 0 --server http://m:1", "--timeout")]
    [InlineData("--runtime podman --outage some --server http://m:1", "some")]
    [InlineData("--runtime podman", "--server URL")]
    public async Task Wrong_usage_is_2_and_says_what_to_do(string line, string words)
    {
        var result = await RoadsteadCli.Run(["node", "verify", .. line.Split(' ')]);
        Assert.Equal((2, ""), (result.ExitCode, result.Output));
        Assert.Contains(words, result.Error, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_node_without_runtimes()
    {
        var result = await RoadsteadCli.Run("node", "verify", "--root", _folder.Path, "--server", "http://127.0.0.1:1");
        Assert.Equal((1, ""), (result.ExitCode, result.Output));
        Assert.Contains("no runtime was found", result.Error, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_runtime_that_is_not_there()
    {
        var result = await RoadsteadCli.Run("node", "verify", "--runtime", "crio", "--root", _folder.Path, "--mirror", "http://127.0.0.1:1", "--insecure", "--registry", "docker.io=dockerhub");
        Assert.Equal(1, result.ExitCode);
        Assert.Contains("crio     -", result.Output, StringComparison.Ordinal);
        Assert.Contains("runtime-away", result.Output, StringComparison.Ordinal);
        Assert.Contains("/run/crio/crio.sock", result.Output, StringComparison.Ordinal);
    }
}
