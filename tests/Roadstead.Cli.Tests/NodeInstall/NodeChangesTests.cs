using System.Text;
using Roadstead.Cli.NodeConfig;
using Roadstead.Cli.NodeInstall;
using Roadstead.Cli.Tests.NodeConfig;

namespace Roadstead.Cli.Tests.NodeInstall;

/// <summary>What is to be changed where files are shared with others' settings; a line that begins with "mirror " stands for what is merged in.</summary>
public class NodeChangesTests
{
    private const string Path = "/etc/docker/daemon.json";
    private static readonly DetectedRuntime Docker = new(Runtimes.Named("docker")!, null, "/usr/bin/dockerd");

    [Fact]
    public void Settings_that_somebody_added_since_are_merged_and_the_original_would_lose_them()
    {
        using var node = new NodeTree();
        var record = Installed(node, "a\n", "a\nmirror old\n");
        node.Write(Path, "a\nb\nmirror old\n");
        var changes = Compute(node, record);
        Assert.Equal("a\nb\nmirror new\n", Encoding.UTF8.GetString(Assert.Single(changes.Changes).After!));
        Assert.True(Assert.Single(changes.Entries).HasOthers);

        // Also if nothing is left to be changed.
        node.Write(Path, "a\nb\nmirror new\n");
        var same = Compute(node, record);
        Assert.Empty(same.Changes);
        Assert.True(Assert.Single(same.Entries).HasOthers);

        // And ever after.
        var later = Compute(node, record with { Files = same.Entries });
        Assert.Empty(later.Changes);
        Assert.True(Assert.Single(later.Entries).HasOthers);
    }

    [Fact]
    public void What_nobody_changed_is_merged_anew_into_the_original()
    {
        using var node = new NodeTree();
        var record = Installed(node, "a\n", "a\nmirror old\nleft over\n");
        node.Write(Path, "a\nmirror old\nleft over\n");
        var changes = Compute(node, record);
        Assert.Equal("a\nmirror new\n", Encoding.UTF8.GetString(Assert.Single(changes.Changes).After!));
        Assert.False(Assert.Single(changes.Entries).HasOthers);
        Assert.Equal(record.Files[0].Original, changes.Entries[0].Original);
        Assert.Empty(changes.Originals);
    }

    [Fact]
    public void Two_runtimes_that_need_one_file_to_be_different_are_a_fault()
    {
        using var node = new NodeTree();
        DetectedRuntime[] both = [Docker, Docker with { Runtime = Runtimes.Named("podman")! }];
        var changes = NodeChanges.Compute(new NodeFiles(node.Root), both, Plans.Plain, null, (runtime, _, _, _) => new NodeEdit.Ready([Edit(runtime.Name)], [], []));
        Assert.Contains("docker and podman need it to be different", Assert.Single(changes.Faults), StringComparison.Ordinal);
        Assert.Empty(changes.Changes);
    }

    [Fact]
    public void Two_runtimes_that_share_a_file_have_it_changed_once_and_each_its_reload()
    {
        using var node = new NodeTree();
        DetectedRuntime[] both = [Docker with { Runtime = Runtimes.Named("crio")! }, Docker with { Runtime = Runtimes.Named("podman")! }];
        var changes = NodeChanges.Compute(new NodeFiles(node.Root), both, Plans.Plain, null,
            (runtime, _, _, _) => new NodeEdit.Ready([Edit("same") with { Reload = runtime.Name == "crio" ? Reload.Signal : Reload.None }], [], [runtime.Name]));
        var need = Assert.Single(ReloadNeed.Of(changes.Changes.Select(change => (change.Path, changes.Entries.Single().Reloads!))));
        Assert.Equal(("crio", Reload.Signal), (need.Runtime, need.Reload));
    }

    [Theory]
    [InlineData("""{"registry-mirrors": ["https://a"]}""", """{"registry-mirrors": []}""", Reload.Signal)]
    [InlineData("""{"registry-mirrors": ["https://a"]}""", """{}""", Reload.Restart)]
    [InlineData("""{"insecure-registries": ["a"], "registry-mirrors": ["https://a"]}""", """{"registry-mirrors": ["https://a"]}""", Reload.Restart)]
    [InlineData("""{"debug": true}""", """{"registry-mirrors": []}""", Reload.Signal)]
    [InlineData("""{"registry-mirrors": ["https://a"]}""", null, Reload.Restart)]
    [InlineData(null, """{"registry-mirrors": ["https://a"]}""", Reload.Signal)]
    [InlineData("no json", "{}", Reload.Signal)]
    public void A_key_that_goes_from_daemon_json_takes_a_restart(string? before, string? after, Reload expected)
    {
        var change = new FileChange(Path, Path, Bytes(before), Bytes(after), new FileTraits(0), IsSecret: false);
        Assert.Equal(expected, Assert.Single(DaemonJsonKeys.Strengthen(change, [new InstalledReload("docker", Reload.Signal, ["docker"])])).Reload);
    }

    [Theory]
    [InlineData("level=info msg=\"Applied new registry configuration: {...}\"\n", true)]
    [InlineData("level=error msg=\"system registries reload failed: bad\"\n", false)]
    [InlineData("level=info msg=\"Reloading configuration\"\n", null)]
    public void What_cri_o_s_log_says_of_a_reload(string log, bool? expected) => Assert.Equal(expected, SystemdUnits.Verdict(log));

    private static FileEdit Edit(string content) => new(Path, content, UnixFileMode.UserRead, Reload.Signal, IsShared: true);

    private static byte[]? Bytes(string? text) => text is null ? null : Encoding.UTF8.GetBytes(text);

    private static NodeChanges Compute(NodeTree node, InstallRecord record) => NodeChanges.Compute(new NodeFiles(node.Root), [Docker], Plans.Plain, record, (_, _, before, _) => new NodeEdit.Ready(
        [Edit(string.Concat(before.Text(Path)!.Split('\n', StringSplitOptions.RemoveEmptyEntries).Where(line => !line.StartsWith("mirror ", StringComparison.Ordinal)).Append("mirror new").Select(line => line + "\n")))], [], []));

    private static InstallRecord Installed(NodeTree node, string original, string installed)
    {
        node.Write("/var/lib/roadstead/node/original-x", original);
        var entry = new InstalledFile(Path, ContentHash.Of(Bytes(installed)!), new OriginalFile("original-x", ContentHash.Of(Bytes(original)!), 0b110_100_100, 0, 0, 0), IsShared: true);
        return new InstallRecord(InstallRecord.CurrentForm, "0", null, InstalledPlan.Of(Plans.Plain), ["docker"], [entry], []);
    }
}
