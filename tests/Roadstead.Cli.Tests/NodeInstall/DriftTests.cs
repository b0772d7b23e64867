namespace Roadstead.Cli.Tests.NodeInstall;

/// <summary>Files that somebody changes after they were installed.</summary>
public class DriftTests
{
    private const string DropIn = "/etc/containers/registries.conf.d/50-mirror.conf";

    [Fact]
    public async Task Uninstall_leaves_what_somebody_changed_names_it_and_keeps_its_original()
    {
        using var node = new NodeTree("podman", "containerd");
        node.Write(DropIn, NodeTree.ByHand);
        var before = await node.Snapshot();
        (await node.Install(NodeTree.Mirror)).OrThrow();
        await File.AppendAllTextAsync(node[DropIn], "# by hand\n", TestContext.Current.CancellationToken);
        var changed = node.Text(DropIn);
        var result = await node.Uninstall();
        Assert.Equal(3, result.ExitCode);
        Assert.Contains($"{DropIn}: somebody changed it", result.Error, StringComparison.Ordinal);
        Assert.Equal(changed, node.Text(DropIn));
        Assert.False(node.Has("/etc/containerd/certs.d"));
        Assert.True(node.Has("/var/lib/roadstead/node/record.json"));
        Assert.Equal(3, (await node.Uninstall()).ExitCode);

        (await node.Uninstall("--force")).OrThrow();
        Assert.Equal(before, await node.Snapshot());
    }

    [Fact]
    public async Task What_somebody_removed_is_left_out_unless_forced()
    {
        using var node = new NodeTree("podman");
        node.Write(DropIn, NodeTree.ByHand);
        var before = await node.Snapshot();
        (await node.Install(NodeTree.Mirror)).OrThrow();
        File.Delete(node[DropIn]);
        var result = await node.Uninstall();
        Assert.Equal(3, result.ExitCode);
        Assert.Contains("somebody removed it", result.Error, StringComparison.Ordinal);
        Assert.False(node.Has(DropIn));
        (await node.Uninstall("--force")).OrThrow();
        Assert.Equal(before, await node.Snapshot());
    }

    [Theory]
    [InlineData("broken [", false)]
    [InlineData("", true)]
    public async Task Install_mends_what_was_changed_and_the_original_is_still_the_first_one(string content, bool removed)
    {
        using var node = new NodeTree("podman");
        node.Write(DropIn, NodeTree.ByHand);
        var before = await node.Snapshot();
        (await node.Install(NodeTree.Mirror)).OrThrow();
        var installed = node.Text(DropIn);
        if (removed)
        {
            File.Delete(node[DropIn]);
        }
        else
        {
            await File.WriteAllTextAsync(node[DropIn], content, TestContext.Current.CancellationToken);
        }

        var again = (await node.Install()).OrThrow();
        Assert.Contains("1 file was written", again.Output, StringComparison.Ordinal);
        Assert.Equal(installed, node.Text(DropIn));
        (await node.Uninstall()).OrThrow();

        // What somebody made of it stays, where it was said to be.
        Assert.Equal(!removed, node.Has("/var/lib/roadstead/replaced"));
        if (!removed)
        {
            Directory.Delete(node["/var/lib/roadstead"], recursive: true);
        }

        Assert.Equal(before, await node.Snapshot());
    }

    [Fact]
    public async Task What_somebody_adds_to_hosts_toml_is_kept_and_what_is_written_over_is_kept_beside()
    {
        using var node = new NodeTree("containerd", "podman");
        (await node.Install(NodeTree.Mirror)).OrThrow();
        var hosts = "/etc/containerd/certs.d/docker.io/hosts.toml";
        await File.AppendAllTextAsync(node[hosts], "\n[host.\"https://late.example\"]\n  capabilities = [\"pull\"]\n", TestContext.Current.CancellationToken);
        await File.AppendAllTextAsync(node[DropIn], "# by hand\n", TestContext.Current.CancellationToken);
        var again = (await node.Install()).OrThrow();
        Assert.Contains("late.example", node.Text(hosts), StringComparison.Ordinal);
        Assert.DoesNotContain("by hand", node.Text(DropIn), StringComparison.Ordinal);
        Assert.Contains("is kept as /var/lib/roadstead/replaced/", again.Error, StringComparison.Ordinal);
        Assert.EndsWith("# by hand\n", await File.ReadAllTextAsync(Directory.GetFiles(node["/var/lib/roadstead/replaced"]).Single(), TestContext.Current.CancellationToken), StringComparison.Ordinal);
    }

    [Fact]
    public async Task Without_options_the_runtimes_are_those_of_before_and_one_that_is_named_no_more_is_told()
    {
        using var node = new NodeTree("containerd", "podman");
        (await node.Install([.. NodeTree.Mirror, "--runtime", "containerd"])).OrThrow();
        Assert.Contains("Nothing is to be changed", (await node.Install()).OrThrow().Output, StringComparison.Ordinal);
        Assert.False(node.Has(DropIn));
        var other = (await node.Install([.. NodeTree.Mirror, "--runtime", "podman"])).OrThrow();
        Assert.Contains("containerd was configured before and is no more", other.Error, StringComparison.Ordinal);
        Assert.False(node.Has("/etc/containerd/certs.d/docker.io/hosts.toml"));
    }

    [Fact]
    public async Task Of_a_file_that_is_wanted_no_more_what_somebody_added_stays()
    {
        using var node = new NodeTree("containerd");
        (await node.Install(NodeTree.Mirror)).OrThrow();
        var hosts = "/etc/containerd/certs.d/quay.io/hosts.toml";
        await File.AppendAllTextAsync(node[hosts], "\n[host.\"https://late.example\"]\n  capabilities = [\"pull\"]\n", TestContext.Current.CancellationToken);
        var result = (await node.Install("--mirror", "https://mirror.example:5000", "--registry", "docker.io=dockerhub")).OrThrow();
        Assert.Contains(hosts, result.Output, StringComparison.Ordinal);
        Assert.Contains("late.example", node.Text(hosts), StringComparison.Ordinal);
        Assert.DoesNotContain("mirror.example", node.Text(hosts), StringComparison.Ordinal);
        (await node.Uninstall("--force")).OrThrow();
        Assert.False(node.Has("/etc/containerd/certs.d"));
    }
}
