using System.Text.Json;
using Roadstead.Cli.Tests.NodeConfig;
using Roadstead.Testing;
using Roadstead.Testing.Cli;
using YamlDotNet.RepresentationModel;

namespace Roadstead.Cli.Tests.NodeInstall;

/// <summary>The program, on the file system of a node that is not this machine.</summary>
public class InstallTests
{
    private const string DropIn = "/etc/containers/registries.conf.d/50-mirror.conf";

    [Fact]
    public async Task What_is_installed_is_what_is_rendered_and_uninstall_leaves_the_tree_as_it_was()
    {
        using var node = new NodeTree("podman", "containerd");
        node.Write("/etc/containers/registries.conf", "unqualified-search-registries = []\n");
        var before = await node.Snapshot();
        var result = (await node.Install(NodeTree.Mirror)).OrThrow();
        Assert.Equal(Plans.Render("podman", Plans.Plain).Files[0].Content, node.Text(DropIn));
        Assert.Contains("capabilities = [\"pull\", \"resolve\"]", node.Text("/etc/containerd/certs.d/quay.io/hosts.toml"), StringComparison.Ordinal);
        Assert.Contains("+prefix = \"docker.io\"\n", result.Output, StringComparison.Ordinal);
        Assert.Contains("systemctl restart containerd", result.Output, StringComparison.Ordinal);
        Assert.Equal(("0644", "0755", "0700", "0600"), (NodeTree.ModeOf(node[DropIn]), NodeTree.ModeOf(node["/etc/containerd/certs.d"]), NodeTree.ModeOf(node["/var/lib/roadstead/node"]), NodeTree.ModeOf(node["/var/lib/roadstead/node/record.json"])));
        (await node.Uninstall()).OrThrow();
        Assert.Equal(before, await node.Snapshot());
    }

    [Fact]
    public async Task A_file_that_stood_there_is_given_back_with_mode_owner_and_time()
    {
        using var node = new NodeTree("podman");
        node.Write(DropIn, NodeTree.ByHand);
        var before = await node.Snapshot();
        (await node.Install(NodeTree.Mirror)).OrThrow();
        Assert.Contains("quay.io", node.Text(DropIn), StringComparison.Ordinal);
        Assert.Equal("0640", NodeTree.ModeOf(node[DropIn]));
        Assert.Contains($"{DropIn[1..]} file 640 12:34 ", await node.Snapshot(), StringComparison.Ordinal);
        (await node.Uninstall()).OrThrow();
        Assert.Equal(before, await node.Snapshot());
    }

    [Fact]
    public async Task A_strict_umask_hides_nothing_from_users_of_the_node()
    {
        using var node = new NodeTree("podman");
        (await node.RunBy(["sh", "-c", "umask 077; exec \"$@\"", "sh"], "install", [.. NodeTree.Mirror, "--sigstore-attachments"])).OrThrow();
        Assert.Equal(("0644", "0755"), (NodeTree.ModeOf(node[DropIn]), NodeTree.ModeOf(node["/etc/containers/registries.d"])));
    }

    [Fact]
    public async Task Twice_is_once_and_without_options_it_is_the_same_again()
    {
        using var node = new NodeTree("podman");
        (await node.Install([.. NodeTree.Mirror, "--digest-only"])).OrThrow();
        var first = await node.Snapshot();
        var again = (await node.Install([.. NodeTree.Mirror, "--digest-only"])).OrThrow();
        Assert.Contains("Nothing is to be changed", again.Output, StringComparison.Ordinal);
        Assert.Contains("Nothing is to be changed", (await node.Install()).OrThrow().Output, StringComparison.Ordinal);
        Assert.Equal(first, await node.Snapshot());
    }

    [Fact]
    public async Task Another_plan_replaces_the_one_before_and_what_it_does_not_want_goes()
    {
        using var node = new NodeTree("containerd");
        node.Write("/etc/containerd/certs.d/quay.io/hosts.toml", "# quay\n");
        var before = await node.Snapshot();
        (await node.Install(NodeTree.Mirror)).OrThrow();
        (await node.Install("--mirror", "https://other.example", "--registry", "docker.io=hub", "--registry", "ghcr.io=ghcr")).OrThrow();
        Assert.Contains("https://other.example/v2/hub", node.Text("/etc/containerd/certs.d/docker.io/hosts.toml"), StringComparison.Ordinal);
        Assert.Equal("# quay\n", node.Text("/etc/containerd/certs.d/quay.io/hosts.toml"));
        (await node.Install("--mirror", "https://other.example", "--registry", "docker.io=hub")).OrThrow();
        Assert.False(node.Has("/etc/containerd/certs.d/ghcr.io"));
        (await node.Uninstall()).OrThrow();
        Assert.Equal(before, await node.Snapshot());
    }

    [Fact]
    public async Task A_dry_run_shows_it_and_changes_nothing()
    {
        using var node = new NodeTree("podman");
        var before = await node.Snapshot();
        var result = (await node.Install([.. NodeTree.Mirror, "--dry-run"])).OrThrow();
        Assert.Contains($"--- /dev/null\n+++ {DropIn}\n@@ -0,0 +1,", result.Output, StringComparison.Ordinal);
        Assert.Equal(before, await node.Snapshot());
        (await node.Install(NodeTree.Mirror)).OrThrow();
        var installed = await node.Snapshot();
        Assert.Contains($"--- {DropIn}\n+++ /dev/null\n", (await node.Uninstall("--dry-run")).OrThrow().Output, StringComparison.Ordinal);
        Assert.Equal(installed, await node.Snapshot());
    }

    [Fact]
    public async Task A_password_is_in_the_runtime_s_file_alone()
    {
        using var node = new NodeTree("containerd");
        const string hosts = "/etc/containerd/certs.d/docker.io/hosts.toml";
        node.Write(hosts, "# readable to all\n", mode: 0b110_100_100);
        var before = await node.Snapshot();
        using var folder = new TemporaryFolder();
        await File.WriteAllTextAsync(folder["password"], Plans.Password, TestContext.Current.CancellationToken);
        string[] login = ["--username", "robot", "--password-file", folder["password"]];
        var result = (await node.Install([.. NodeTree.Mirror, .. login])).OrThrow();
        var said = result.Output + result.Error + node.Text("/var/lib/roadstead/node/record.json") + (await node.Install([.. NodeTree.Mirror, .. login, "--output", "json"])).Output;
        Assert.DoesNotContain(Plans.Password, said, StringComparison.Ordinal);
        Assert.DoesNotContain(Plans.Credential.Base64, said, StringComparison.Ordinal);
        Assert.Contains(Plans.Credential.Base64, node.Text(hosts), StringComparison.Ordinal);
        Assert.Equal(("0640", "0600"), (NodeTree.ModeOf(node[hosts]), NodeTree.ModeOf(node["/etc/containerd/certs.d/quay.io/hosts.toml"])));

        // Nobody kept the password, so it must be said again.
        var without = await node.Install();
        Assert.Equal(2, without.ExitCode);
        Assert.Contains("--password-file again", without.Error, StringComparison.Ordinal);
        var undone = (await node.Uninstall()).OrThrow();
        Assert.DoesNotContain(Plans.Credential.Base64, undone.Output, StringComparison.Ordinal);
        Assert.Equal(before, await node.Snapshot());
    }

    [Fact]
    public async Task The_diff_shows_no_password_of_others()
    {
        using var node = new NodeTree();
        node.Write("/etc/docker/daemon.json", "{\n  \"password\": \"canary\",\n  \"auth\": \"canary\",\n  \"plain\": 1\n}\n", mode: 0b110_100_100);
        var result = (await node.Install([.. NodeTree.Mirror, "--runtime", "docker", "--runtime-version", "25", "--dry-run"])).OrThrow();
        Assert.Contains("   \"password\": …\n   \"auth\": …\n", result.Output, StringComparison.Ordinal);
        Assert.DoesNotContain("canary", result.Output, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Links_stay_links_and_lead_within_the_root_only()
    {
        using var node = new NodeTree("podman");
        Directory.Delete(node["/etc/containers"], recursive: true);
        node.Write("/srv/config/registries.conf.d/00-first.conf", "");
        node.Write("/srv/real.conf", NodeTree.ByHand);
        File.CreateSymbolicLink(node["/etc/containers"], "/srv/config");
        File.CreateSymbolicLink(node["/srv/config/registries.conf.d/50-mirror.conf"], "../../real.conf");
        var before = await node.Snapshot();
        (await node.Install(NodeTree.Mirror)).OrThrow();
        Assert.Contains("quay.io", node.Text("/srv/real.conf"), StringComparison.Ordinal);
        Assert.Equal("../../real.conf", new FileInfo(node["/srv/config/registries.conf.d/50-mirror.conf"]).LinkTarget);
        (await node.Uninstall()).OrThrow();
        Assert.Equal(before, await node.Snapshot());
    }

    [Fact]
    public async Task Where_nothing_is_installed_uninstall_says_so()
    {
        using var node = new NodeTree("podman");
        var before = await node.Snapshot();
        Assert.Contains("Nothing is installed", (await node.Uninstall()).OrThrow().Output, StringComparison.Ordinal);
        Assert.Equal(before, await node.Snapshot());
    }

    [Fact]
    public async Task A_node_without_var_gets_its_folders_and_loses_them_again()
    {
        using var node = new NodeTree("podman");
        Directory.Delete(node["/var"], recursive: true);
        var before = await node.Snapshot();
        (await node.Install(NodeTree.Mirror)).OrThrow();
        Assert.True(node.Has("/var/lib/roadstead/node/record.json"));
        (await node.Uninstall()).OrThrow();
        Assert.Equal(before, await node.Snapshot());
    }

    [Fact]
    public async Task What_others_put_beside_it_stays()
    {
        using var node = new NodeTree("containerd");
        (await node.Install(NodeTree.Mirror)).OrThrow();
        node.Write("/var/lib/roadstead/blobs/x", "the server's");
        node.Write("/etc/containerd/certs.d/docker.io/note", "another's");
        (await node.Uninstall()).OrThrow();
        Assert.Equal(("the server's", "another's"), (node.Text("/var/lib/roadstead/blobs/x"), node.Text("/etc/containerd/certs.d/docker.io/note")));
        Assert.False(node.Has("/var/lib/roadstead/node"));
    }

    [Fact]
    public async Task This_machine_s_own_files_are_the_node_s_without_a_root()
    {
        // In a mount namespace, where they are the test's.
        const string script = "mount -t tmpfs tmpfs /etc; mkdir -p /etc/containers; mount -t tmpfs tmpfs /var/lib; \"$@\" --yes; cat /etc/containers/registries.conf.d/50-mirror.conf; \"${@:1:3}\" uninstall | tail -n 1 && find /etc /var/lib";
        var result = (await RoadsteadCli.Run(["unshare", "--mount", "--", "bash", "-ec", script, "bash"], new Dictionary<string, string?>(), ["node", "install", "--runtime", "podman", .. NodeTree.Mirror])).OrThrow();
        Assert.EndsWith($"1 file was written.\n{Plans.Render("podman", Plans.Plain).Files[0].Content}Every file is as it was before.\n/etc\n/etc/containers\n/var/lib\n", result.Output, StringComparison.Ordinal);
        Assert.False(Path.Exists("/var/lib/roadstead/node"));
    }

    [Fact]
    public async Task A_version_is_of_one_runtime()
    {
        using var node = new NodeTree("podman", "containerd");
        var result = await node.Install([.. NodeTree.Mirror, "--runtime-version", "1.7"]);
        Assert.Equal(2, result.ExitCode);
        Assert.Contains("podman, containerd", result.Error, StringComparison.Ordinal);
        (await node.Install([.. NodeTree.Mirror, "--runtime", "containerd", "--runtime-version", "2.2"])).OrThrow();
        Assert.Contains("referrers", node.Text("/etc/containerd/certs.d/quay.io/hosts.toml"), StringComparison.Ordinal);
    }

    [Fact]
    public async Task Scripts_get_json_and_yaml()
    {
        using var node = new NodeTree("podman");
        using var json = JsonDocument.Parse((await node.Install([.. NodeTree.Mirror, "--output", "json"])).OrThrow().Output);
        Assert.Equal("done", json.RootElement.GetProperty("state").GetString());
        Assert.Equal("podman", json.RootElement.GetProperty("runtimes")[0].GetProperty("name").GetString());
        var file = json.RootElement.GetProperty("files")[0];
        Assert.Equal((DropIn, "add"), (file.GetProperty("path").GetString(), file.GetProperty("change").GetString()));

        var yaml = new YamlStream();
        yaml.Load(new StringReader((await node.Uninstall("--output", "yaml")).OrThrow().Output));
        var root = (YamlMappingNode)yaml.Documents[0].RootNode;
        Assert.Equal("done", (string?)root["state"]);
        Assert.Equal("remove", (string?)root["files"][0]["change"]);
        Assert.Equal(file.GetProperty("diff").GetString()!.Split('\n').Length, ((string?)root["files"][0]["diff"])!.Split('\n').Length);
    }

    [Fact]
    public async Task A_node_whose_files_belong_to_another_is_told_what_to_apply_there()
    {
        using var node = new NodeTree("crio", "podman");
        node.Write("/etc/machine-config-daemon/currentconfig", "{}");
        node.Write("/etc/os-release", "ID=\"rhcos\"\nOPENSHIFT_VERSION=\"4.16\"\n");
        var before = await node.Snapshot();
        var result = (await node.Install(NodeTree.Mirror)).OrThrow();
        Assert.Contains("kind: ImageDigestMirrorSet", result.Output, StringComparison.Ordinal);
        Assert.Contains("belong to openshift", result.Output, StringComparison.Ordinal);
        Assert.Equal(before, await node.Snapshot());

        var beside = await node.Install([.. NodeTree.Mirror, "--runtime", "openshift", "--runtime", "podman"]);
        Assert.Equal(3, beside.ExitCode);
        Assert.True(node.Has(DropIn));
    }
}
