using Roadstead.E2E.Pulls;
using Roadstead.Testing;
using Roadstead.Testing.Cli;
using Roadstead.Testing.Clients;
using Roadstead.Testing.Processes;

namespace Roadstead.E2E.Nodes;

/// <summary>What <c>roadstead node render</c> writes, asked from a running server, given as it is to the real clients.</summary>
public sealed class RenderedConfigTests : IDisposable
{
    private readonly TemporaryFolder _folder = new("rendered");

    public void Dispose() => _folder.Dispose();

    [Theory]
    [InlineData("http")]
    [InlineData("https", "--mirror-only")]
    public async Task Podman_pulls_through_its_drop_in(string scheme, params string[] options)
    {
        await using var world = await MirroredRegistries.Start();
        await Render(world, scheme, "podman", options);
        await world.PullWithAndWithoutUpstream(world.Images, async image =>
        {
            using var podman = new Podman();
            podman.AddConfiguration(_folder["etc/containers"]);
            (await podman.Pull(image.Name)).OrThrow();
            Assert.True(await podman.Exists(image.Name), image.Name);
        });
    }

    [Fact]
    public async Task Podman_by_digest_alone()
    {
        await using var world = await MirroredRegistries.Start();
        await Render(world, "http", "podman", "--digest-only");
        await world.PullWithAndWithoutUpstream([.. world.Images.Where(image => image.Reference == image.Digest)], async image =>
        {
            using var podman = new Podman();
            podman.AddConfiguration(_folder["etc/containers"]);
            (await podman.Pull(image.Name)).OrThrow();
        });
    }

    [Fact]
    public async Task Podman_looks_for_signatures_on_the_mirror()
    {
        await using var world = await MirroredRegistries.Start();
        await Render(world, "http", "podman", "--sigstore-attachments");
        using var podman = new Podman();
        podman.AddConfiguration(_folder["etc/containers"]);
        (await podman.Pull(world.Images[0].Name)).OrThrow();
        await world.Server.WaitForLog(line => line.Contains($"reference={world.Images[0].Digest.Replace(':', '-')}.sig ", StringComparison.Ordinal));
    }

    [Theory]
    [InlineData("http")]
    [InlineData("https", "--mirror-only")]
    public async Task Containerd_pulls_through_hosts_toml(string scheme, params string[] options)
    {
        await using var world = await MirroredRegistries.Start();
        await File.WriteAllTextAsync(_folder["password"], "any", TestContext.Current.CancellationToken);
        await Render(world, scheme, "containerd", ["--username", "robot", "--password-file", _folder["password"], .. options]);
        await world.PullWithAndWithoutUpstream(world.Images, async image =>
        {
            await using var containerd = await Containerd.StartWith(_folder["etc/containerd"]);
            (await containerd.Pull(image.Name)).OrThrow();
            Assert.Equal(image.Digest, await containerd.Digest(image.Name));
        });
    }

    [Fact]
    public async Task Containerd_that_has_the_mirror_only_asks_it_once_and_nobody_else()
    {
        await using var world = await MirroredRegistries.Start();
        await Render(world, "http", "containerd", "--mirror-only");
        await using var containerd = await Containerd.StartWith(_folder["etc/containerd"]);
        var result = await containerd.Pull("docker.io/library/missing:1");
        Assert.False(result.Succeeded);
        Assert.DoesNotContain("registry-1.docker.io", result.Error, StringComparison.Ordinal);
        Assert.Equal(0, await world.Server.Stop());
        Assert.Single(world.Server.Log.Items, line => line.Contains("missing", StringComparison.Ordinal) && line.Contains(" manifest ", StringComparison.Ordinal));
    }

    [Fact]
    public async Task Containerd_takes_its_folder_from_config_toml()
    {
        await using var world = await MirroredRegistries.Start();
        await Render(world, "http", "containerd");
        var dump = (await Command.Run("containerd", ["--config", _folder["etc/containerd/config.toml"], "config", "dump"])).OrThrow();
        Assert.Contains("config_path = \"/etc/containerd/certs.d\"", dump.Output, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Docker_before_25_pulls_through_daemon_json()
    {
        await using var world = await MirroredRegistries.Start();
        await Render(world, "http", "docker", "--runtime-version", "20.10");
        await using var docker = await Dockerd.Start(await File.ReadAllTextAsync(_folder["etc/docker/daemon.json"], TestContext.Current.CancellationToken));
        await world.PullWithAndWithoutUpstream([.. world.Images.Where(image => image.Registry == "docker.io")], async image =>
        {
            (await docker.Pull(image.Name)).OrThrow();
            Assert.Contains(image.Digest, await docker.Digests(image.Name), StringComparison.Ordinal);
            await docker.RemoveImages();
        });
    }

    private async Task Render(MirroredRegistries world, string scheme, string runtime, params string[] words)
    {
        string[] trust = scheme == "http" ? ["--insecure"] : ["--ca", world.Authority];
        (await RoadsteadCli.Run(["node", "render", "--runtime", runtime, "--server", world.Address(scheme).ToString(), "--directory", _folder.Path, .. trust, .. words])).OrThrow();
    }
}
