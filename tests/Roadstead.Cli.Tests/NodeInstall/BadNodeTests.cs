using Roadstead.Testing;
using Roadstead.Testing.Cli;
using Roadstead.Testing.Processes;

namespace Roadstead.Cli.Tests.NodeInstall;

/// <summary>Nodes that cannot be changed: it is said why and what to do, and nothing is changed.</summary>
public class BadNodeTests
{
    private const string DropIn = "/etc/containers/registries.conf.d/50-mirror.conf";

    [Fact]
    public async Task A_root_that_is_not_there() => await Refused(await RoadsteadCli.Run(["node", "install", "--root", "/nowhere/at/all", .. NodeTree.Mirror]), "--root: /nowhere/at/all is no folder");

    [Fact]
    public async Task A_node_without_a_runtime()
    {
        using var node = new NodeTree();
        await Refused(node, await node.Install(NodeTree.Mirror), "--runtime");
    }

    [Theory]
    [InlineData("etc", "install", "read-only")]
    [InlineData("etc/containerd", "install", "read-only")]
    [InlineData("var/lib", "install", "read-only")]
    [InlineData("etc", "uninstall", "read-only")]
    public async Task A_read_only_file_system(string folder, string command, string words)
    {
        using var node = new NodeTree("podman", "containerd");
        node.Write(DropIn, NodeTree.ByHand);
        if (command == "uninstall")
        {
            (await node.Install(NodeTree.Mirror)).OrThrow();
        }

        var before = await node.Snapshot();
        var place = node[folder];
        var result = await node.RunBy(["unshare", "--mount", "--", "sh", "-ec", $"mount --bind '{place}' '{place}'; mount -o remount,bind,ro '{place}'; exec \"$@\"", "sh"], command, command == "install" ? NodeTree.Mirror : []);
        await Refused(result, words, "roadstead node render");
        Assert.Contains(place, result.Error, StringComparison.Ordinal);
        Assert.Equal(before, await node.Snapshot());
    }

    [Theory]
    [InlineData("etc/containerd")]
    [InlineData("var/lib")]
    public async Task A_full_disk(string folder)
    {
        using var node = new NodeTree("podman", "containerd");
        node.Write(DropIn, NodeTree.ByHand);
        var before = await node.Snapshot();
        using var inside = new TemporaryFolder("inside");
        var script = $"mount -t tmpfs -o size=16k tmpfs '{node[folder]}'; dd if=/dev/zero of='{node[folder]}/ballast' bs=4k count=3 status=none; \"$@\" || status=$?; ls -A '{node[folder]}' > '{inside["left"]}'; exit $status";
        var result = await node.RunBy(["unshare", "--mount", "--", "sh", "-c", script, "sh"], "install", NodeTree.Mirror);
        await Refused(result, "The disk is full", "Nothing was changed");
        Assert.Equal("ballast\n", await File.ReadAllTextAsync(inside["left"], TestContext.Current.CancellationToken));
        Assert.Equal(before, await node.Snapshot());
    }

    [Theory]
    [InlineData("rename", "etc/containerd/.config.toml.roadstead-new", 1)]
    [InlineData("link", "etc/containers/registries.conf.d/50-mirror.conf", 1)]
    [InlineData("fsync", "etc/containerd", 2)]
    [InlineData("fsync", "etc/containerd/.config.toml.roadstead-new", 1)]
    [InlineData("rename", "var/lib/.roadstead-node.new", 1)]
    [InlineData("fsync", "var/lib", 1)]
    public async Task A_disk_that_fails(string call, string file, int time)
    {
        using var node = new NodeTree("podman", "containerd");
        node.Write(DropIn, NodeTree.ByHand);
        var before = await node.Snapshot();
        var result = await node.RunBy(["strace", "-f", "-o", "/dev/null", "-P", node[file], "-e", $"inject={call}:error=EIO:when={time}"], "install", NodeTree.Mirror);
        await Refused(result, "The disk has a fault", "Nothing was changed");
        Assert.Equal(before, await node.Snapshot());
    }

    [Fact]
    public async Task A_record_that_cannot_be_put_in_order_takes_no_file_back()
    {
        using var node = new NodeTree("podman");
        node.Write(DropIn, NodeTree.ByHand);
        var before = await node.Snapshot();
        var result = await node.RunBy(["strace", "-f", "-o", "/dev/null", "-P", node["var/lib/roadstead/node/record.json.new"], "-e", "inject=rename:error=EIO"], "install", NodeTree.Mirror);
        Assert.Equal(3, result.ExitCode);
        Assert.Contains("The files are in place", result.Error, StringComparison.Ordinal);
        Assert.Contains("quay.io", node.Text(DropIn), StringComparison.Ordinal);
        (await node.Uninstall()).OrThrow();
        Assert.Equal(before, await node.Snapshot());
    }

    [Fact]
    public async Task Somebody_who_is_not_root()
    {
        using var node = new NodeTree("podman");
        File.SetUnixFileMode(node.Root, (UnixFileMode)0b111_101_101);
        string[] nobody = ["setpriv", "--reuid=65534", "--regid=65534", "--clear-groups"];
        await Refused(node, await node.RunBy(nobody, "install", NodeTree.Mirror), "Run this as root");
        await Refused(await RoadsteadCli.Run(nobody, new Dictionary<string, string?>(), ["node", "install", "--runtime", "podman", .. NodeTree.Mirror]), "run this as root");
        (await node.RunBy(nobody, "install", [.. NodeTree.Mirror, "--dry-run"])).OrThrow();
    }

    [Theory]
    [InlineData("{", "record.json:1:")]
    [InlineData("null", "is empty")]
    [InlineData("""{"form": 1}""", "record.json:")]
    [InlineData("""{"form": 9, "version": "7.0.0", "server": null, "plan": {"mirror": "https://m", "registries": [], "caPem": null, "insecure": false, "mirrorOnly": false, "digestOnly": false, "sigstoreAttachments": false, "username": null}, "runtimes": [], "files": [], "madeFolders": []}""", "roadstead 7.0.0")]
    [InlineData("""{"form": 1, "version": "0.1.0", "server": null, "plan": {"mirror": "https://m", "registries": [], "caPem": null, "insecure": false, "mirrorOnly": false, "digestOnly": false, "sigstoreAttachments": false, "username": null}, "runtimes": [], "files": [{"path": "/etc/../x", "installed": "", "original": null}], "madeFolders": []}""", "/etc/../x")]
    public async Task A_record_that_cannot_be_read(string record, string words)
    {
        using var node = new NodeTree("podman");
        node.Write("/var/lib/roadstead/node/record.json", record);
        await Refused(node, await node.Install(NodeTree.Mirror), words, "/var/lib/roadstead/node/record.json", "nothing was changed");
        await Refused(node, await node.Uninstall(), words);
    }

    [Fact]
    public async Task An_original_that_is_not_what_was_put_there()
    {
        using var node = new NodeTree("podman");
        node.Write(DropIn, NodeTree.ByHand);
        (await node.Install(NodeTree.Mirror)).OrThrow();
        await File.WriteAllTextAsync(Directory.GetFiles(node["/var/lib/roadstead/node"], "original-*").Single(), "other", TestContext.Current.CancellationToken);
        await Refused(node, await node.Uninstall(), "is not the original");
    }

    [Fact]
    public async Task Something_else_where_a_file_or_folder_should_be()
    {
        using var node = new NodeTree("podman");
        Directory.Delete(node["/etc/containers"], recursive: true);
        node.Write("/etc/containers", "a file");
        await Refused(node, await node.Install(NodeTree.Mirror), DropIn, "is a file, where a folder is needed");
        File.Delete(node["/etc/containers"]);
        Directory.CreateDirectory(node[DropIn]);
        await Refused(node, await node.Install(NodeTree.Mirror), $"{DropIn}: is a folder");
        Directory.Delete(node["/etc/containers"], recursive: true);
        File.CreateSymbolicLink(node["/etc/containers"], "containers");
        await Refused(node, await node.Install(NodeTree.Mirror), "circle");
    }

    [Fact]
    public async Task A_plan_that_one_of_two_runtimes_cannot_have()
    {
        using var node = new NodeTree("podman", "containerd");
        await Refused(node, await node.Install([.. NodeTree.Mirror, "--sigstore-attachments"]), "--sigstore-attachments", "containerd");
    }

    [Fact]
    public async Task A_server_that_is_down()
    {
        using var node = new NodeTree("podman");
        await Refused(node, await node.Install("--server", "https://127.0.0.1:1"), "cannot be reached");
    }

    [Fact]
    public async Task Another_one_at_the_same_time()
    {
        using var node = new NodeTree("podman");
        await Refused(node, await node.RunBy(["flock", node.Root], "install", NodeTree.Mirror), "another roadstead changes this node");
        (await node.RunBy(["flock", node.Root], "install", [.. NodeTree.Mirror, "--dry-run"])).OrThrow();
    }

    private static async Task Refused(NodeTree node, CommandResult result, params string[] words)
    {
        await Refused(result, words);
        Assert.DoesNotContain(".roadstead-", await node.Snapshot(), StringComparison.Ordinal);
        Assert.False(File.Exists(node[DropIn]) && node.Text(DropIn).Contains("dockerhub", StringComparison.Ordinal) && !node.Has("/var/lib/roadstead/node"));
    }

    private static Task Refused(CommandResult result, params string[] words)
    {
        Assert.Equal(1, result.ExitCode);
        Assert.All(words, word => Assert.Contains(word, result.Error, StringComparison.Ordinal));
        return Task.CompletedTask;
    }
}
