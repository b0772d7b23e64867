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
        Assert.Equal(before, await node.Snapshot());
    }

    [Fact]
    public async Task A_file_that_is_wanted_no_more_and_was_changed_stays()
    {
        using var node = new NodeTree("containerd");
        (await node.Install(NodeTree.Mirror)).OrThrow();
        var hosts = "/etc/containerd/certs.d/quay.io/hosts.toml";
        await File.AppendAllTextAsync(node[hosts], "# by hand\n", TestContext.Current.CancellationToken);
        var result = await node.Install("--mirror", "https://mirror.example:5000", "--registry", "docker.io=dockerhub");
        Assert.Equal(3, result.ExitCode);
        Assert.Contains(hosts, result.Error, StringComparison.Ordinal);
        Assert.EndsWith("# by hand\n", node.Text(hosts), StringComparison.Ordinal);
        (await node.Uninstall("--force")).OrThrow();
        Assert.False(node.Has("/etc/containerd/certs.d"));
    }
}
