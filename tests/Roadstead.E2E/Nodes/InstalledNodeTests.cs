using Roadstead.E2E.Pulls;
using Roadstead.Testing;
using Roadstead.Testing.Cli;
using Roadstead.Testing.Clients;
using Roadstead.Testing.Processes;

namespace Roadstead.E2E.Nodes;

/// <summary>Real clients on the file system of a node that <c>roadstead node install</c> made use the mirror of a running server.</summary>
public sealed class InstalledNodeTests : IDisposable
{
    private readonly TemporaryFolder _node = new("node");

    public InstalledNodeTests()
    {
        foreach (var program in new[] { "podman", "containerd" })
        {
            File.WriteAllText(Path.Combine(_node.Subfolder("usr/bin"), program), "");
        }

        _node.Subfolder("etc/containers/registries.conf.d");
        _node.Subfolder("etc/docker");
        _node.Subfolder("var/lib");
    }

    public void Dispose() => _node.Dispose();

    [Theory]
    [InlineData("podman", "http")]
    [InlineData("podman", "https", "--mirror-only")]
    [InlineData("skopeo", "https")]
    [InlineData("buildah", "http")]
    [InlineData("containerd", "http", "--mirror-only")]
    [InlineData("containerd", "https")]
    public async Task Clients_pull_through_the_mirror_until_it_is_uninstalled(string client, string scheme, params string[] options)
    {
        await using var world = await MirroredRegistries.Start();
        var before = await FileTree.Of(_node.Path);
        (await Node("install", [.. Server(world, scheme), .. options])).OrThrow();
        await world.PullWithAndWithoutUpstream(world.Images, image => Pull(client, image));
        (await Node("uninstall")).OrThrow();
        Assert.Equal(before, await FileTree.Of(_node.Path));
    }

    [Fact]
    public async Task The_server_of_the_environment_is_asked_and_remembered()
    {
        await using var world = await MirroredRegistries.Start();
        var environment = new Dictionary<string, string?> { ["ROADSTEAD_SERVER"] = world.Address("http").ToString() };
        (await RoadsteadCli.Run([], environment, "node", "install", "--root", _node.Path, "--insecure")).OrThrow();
        Assert.Contains($"\"server\": \"{world.Address("http").ToString().TrimEnd('/')}\"", await File.ReadAllTextAsync(_node["var/lib/roadstead/node/record.json"], TestContext.Current.CancellationToken), StringComparison.Ordinal);
        var again = (await Node("install")).OrThrow();
        Assert.Contains("Nothing is to be changed", again.Output, StringComparison.Ordinal);
    }

    [Fact]
    public async Task The_server_s_own_ca_is_trusted_again_without_being_named()
    {
        await using var world = await MirroredRegistries.Start();
        (await Node("install", Server(world, "https"))).OrThrow();
        Assert.Contains("Nothing is to be changed", (await Node("install")).OrThrow().Output, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_running_dockerd_takes_its_mirror_up_by_a_signal_and_gives_it_up_by_a_restart_alone()
    {
        await using var world = await MirroredRegistries.Start();
        await using var docker = await Dockerd.StartWith(_node["etc/docker"]);
        await using var other = await Dockerd.Start("{}");
        var before = await FileTree.Of(_node.Path);
        string[] runtime = ["--live", "--runtime", "docker", "--runtime-version", "20.10"];
        var installed = (await Node("install", [.. Server(world, "http"), .. runtime])).OrThrow();
        Assert.Contains("docker: reloaded (SIGHUP", installed.Output, StringComparison.Ordinal);
        await docker.Reloaded();
        var image = world.Images[0];
        (await docker.Pull(image.Name)).OrThrow();
        Assert.Contains(image.Digest, await docker.Digests(image.Name), StringComparison.Ordinal);

        // A key that is gone from daemon.json stays in force, whatever signal comes.
        var uninstalled = await Node("uninstall", "--live");
        Assert.Equal(3, uninstalled.ExitCode);
        Assert.Contains("docker: must be restarted to take up /etc/docker/daemon.json. Run: systemctl restart docker.", uninstalled.Error, StringComparison.Ordinal);
        Assert.Equal(before, await FileTree.Of(_node.Path));

        // One that has files of its own is no business of this node's.
        Assert.DoesNotContain(other.Log.Items, line => line.Contains("Reloaded configuration", StringComparison.Ordinal));
    }

    [Fact]
    public async Task A_containerd_that_must_be_restarted_is_left_to_the_operator_until_it_was()
    {
        await using var world = await MirroredRegistries.Start();
        var etc = _node.Subfolder("etc/containerd");
        await using (await Containerd.StartIn(etc))
        {
            string[] options = ["--live", "--runtime", "containerd", .. Server(world, "http")];
            var first = await Node("install", options);
            Assert.Equal(3, first.ExitCode);
            Assert.Contains("Run: systemctl restart containerd", first.Error, StringComparison.Ordinal);
            Assert.Equal(3, (await Node("install", "--live")).ExitCode);
        }

        await using (await Containerd.StartIn(etc))
        {
            Assert.Contains("Nothing is to be changed", (await Node("install", "--live")).OrThrow().Output, StringComparison.Ordinal);
        }
    }

    [Fact]
    public async Task A_runtime_that_does_not_run_takes_the_files_at_its_start()
    {
        await using var world = await MirroredRegistries.Start();
        var result = (await Node("install", ["--live", "--runtime", "docker", "--runtime-version", "20.10", .. Server(world, "http")])).OrThrow();
        Assert.Contains("docker: does not run; it takes the files at its start", result.Output, StringComparison.Ordinal);
    }

    private async Task Pull(string client, PulledImage image)
    {
        switch (client)
        {
            case "podman":
                using (var podman = new Podman())
                {
                    podman.AddConfiguration(_node["etc/containers"]);
                    (await podman.Pull(image.Name)).OrThrow();
                }

                break;
            case "buildah":
                using (var buildah = new Buildah())
                {
                    buildah.AddConfiguration(_node["etc/containers"]);
                    (await buildah.Pull(image.Name)).OrThrow();
                }

                break;
            case "skopeo":
                using (var folder = new TemporaryFolder("copied"))
                using (var skopeo = new Skopeo())
                {
                    skopeo.AddConfiguration(_node["etc/containers"]);
                    (await skopeo.Copy($"docker://{image.Name}", $"dir:{folder.Path}")).OrThrow();
                }

                break;
            default:
                await using (var containerd = await Containerd.StartWith(_node["etc/containerd"]))
                {
                    (await containerd.Pull(image.Name)).OrThrow();
                    Assert.Equal(image.Digest, await containerd.Digest(image.Name));
                }

                break;
        }
    }

    private static string[] Server(MirroredRegistries world, string scheme) =>
        ["--server", world.Address(scheme).ToString(), .. scheme == "http" ? ["--insecure"] : new[] { "--ca", world.Authority }];

    private Task<CommandResult> Node(string command, params string[] words) => RoadsteadCli.Run(["node", command, "--root", _node.Path, .. words]);
}
