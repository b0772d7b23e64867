using System.Net;
using System.Text.RegularExpressions;
using Roadstead.Testing;
using Roadstead.Testing.Clients;
using Roadstead.Testing.Images;
using Roadstead.Testing.Processes;
using Roadstead.Testing.Registries;
using Roadstead.Testing.Server;

namespace Roadstead.E2E.Documentation;

/// <summary>The README's lines for clients, each given to the client that Debian has, else asked for as the client would.</summary>
public sealed partial class ClientChapterTests : IAsyncLifetime
{
    private const string Mirror = "mirror.example:5000";

    private readonly LoopbackPort _bound = LoopbackPort.Claim();
    private DockerRegistry _registry = null!;
    private TestServer _server = null!;

    public async ValueTask InitializeAsync()
    {
        var images = await ImageSet.Get();
        _registry = await DockerRegistry.Start();
        await images.Plain.PushTo(_registry, "library/plain", "1");
        _server = await TestServer.Start(config => config
            .AddEndpoint("docker-hub", "docker.io", _registry.Address, ("allowPrivateAddresses", true)).AddProject("dockerhub", "docker-hub")
            .AddEndpoint("quay", "quay.io", _registry.Address, ("allowPrivateAddresses", true)).AddProject("quay", "quay")
            .AddEndpoint("ghcr", "ghcr.io", _registry.Address, ("allowPrivateAddresses", true)).AddProject("ghcr", "ghcr")
            .AddListener(_bound.Address, "dockerhub"));
    }

    public async ValueTask DisposeAsync()
    {
        await _server.DisposeAsync();
        await _registry.DisposeAsync();
        _bound.Dispose();
    }

    [Fact]
    public async Task Containerd_by_a_path_for_a_registry()
    {
        var text = Readme.Block("toml", "override_path = true");
        await PullByContainerd("docker.io/library/plain:1", new HostsToml("docker.io", Here(text)));
    }

    [Fact]
    public async Task Containerd_by_one_file_for_all()
    {
        var hosts = new HostsToml(HostsToml.AnyRegistry, Here(Readme.Blocks("toml").Single(block => block.Contains("[host.", StringComparison.Ordinal) && !block.Contains("override_path", StringComparison.Ordinal))));
        await PullByContainerd("docker.io/library/plain:1", hosts);
        await PullByContainerd("quay.io/library/plain:1", hosts);
    }

    [Fact]
    public async Task Containerd_takes_the_folder()
    {
        using var folder = new TemporaryFolder("containerd-config");
        await File.WriteAllTextAsync(folder["config.toml"], Readme.Block("toml", "config_path"), TestContext.Current.CancellationToken);
        var dump = (await Command.Run("containerd", ["--config", folder["config.toml"], "config", "dump"])).OrThrow();
        Assert.Contains("config_path = \"/etc/containerd/certs.d\"", dump.Output, StringComparison.Ordinal);
    }

    [Fact]
    public async Task K3s_whose_endpoints_become_such_files()
    {
        var pairs = Endpoint().Matches(Readme.Block("yaml", "mirrors:"));
        Assert.Equal(2, pairs.Count);
        foreach (Match pair in pairs)
        {
            await PullByContainerd($"{pair.Groups[1].Value}/library/plain:1", HostsToml.For(pair.Groups[1].Value, new Uri(Here(pair.Groups[2].Value))));
        }
    }

    [Fact]
    public async Task Docker_by_a_path()
    {
        var url = Url().Match(Here(Readme.Block("json", "/dockerhub"))).Value;
        await AssertServed($"{url}/v2/");
        await AssertServed($"{url}/v2/library/plain/manifests/1");
    }

    [Fact]
    public async Task Docker_by_a_listener_of_its_own()
    {
        var check = await TestServer.RunToExit(config => config.WholeFile = Readme.Block("yaml", "project: dockerhub}]") + "\nstorage: {path: \"{storage}\"}\n", "--check");
        Assert.Equal(0, check.ExitCode);

        await using var docker = await Dockerd.Start(Readme.Block("json", ":5001").Replace("mirror.example:5001", _bound.Authority, StringComparison.Ordinal));
        (await docker.Pull("docker.io/library/plain:1")).OrThrow();
        await Came("docker/");
    }

    [Fact]
    public async Task BuildKit_and_Kaniko_by_a_path()
    {
        foreach (Match mirror in Mirrored().Matches(Readme.Block("toml", "[registry.\"docker.io\"]")))
        {
            await AssertServed($"http://{Here(mirror.Groups[2].Value).Replace("/", "/v2/", StringComparison.Ordinal)}/library/plain/manifests/1?ns={mirror.Groups[1].Value}");
        }

        var options = Readme.Block("", "--registry-mirror");
        var mapped = Mapped().Matches(options).Select(match => match.Value).ToList();
        Assert.Equal(2, mapped.Count);
        foreach (var path in mapped)
        {
            await AssertServed($"http://{Here(path).Replace("/", "/v2/", StringComparison.Ordinal)}/library/plain/manifests/1");
        }
    }

    [Fact]
    public void Partial_pulls_are_those_that_the_tests_make() =>
        Assert.Contains(Podman.PartialPulls, Readme.Block("toml", "pull_options"), StringComparison.Ordinal);

    private string Here(string text) => text.Replace(Mirror, _server.Authority, StringComparison.Ordinal);

    private async Task PullByContainerd(string image, HostsToml hosts)
    {
        await using var containerd = await Containerd.Start(hosts);
        (await containerd.Pull(image)).OrThrow();
        await Came("containerd/");
    }

    /// <summary>The registry itself is behind the mirror: that a client came this way is in the log alone.</summary>
    private Task<string> Came(string agent) =>
        _server.WaitForLog(line => line.Contains("repository=library/plain", StringComparison.Ordinal) && line.Contains($"agent={agent}", StringComparison.Ordinal));

    private async Task AssertServed(string url)
    {
        using var response = await _server.Client.GetAsync(new Uri(url), TestContext.Current.CancellationToken);
        Assert.True(response.StatusCode == HttpStatusCode.OK, $"{url}: {response}");
    }

    [GeneratedRegex(@"^  (\S+):\n    endpoint:\n      - ""([^""]+)""", RegexOptions.Multiline)]
    private static partial Regex Endpoint();

    [GeneratedRegex(@"http://[^""]+")]
    private static partial Regex Url();

    [GeneratedRegex(@"\[registry\.""([^""]+)""\]\n  mirrors = \[""([^""]+)""\]")]
    private static partial Regex Mirrored();

    [GeneratedRegex(@"mirror\.example:5000/[a-z]+")]
    private static partial Regex Mapped();
}
