using Roadstead.Cli.NodeInstall;
using Roadstead.Cli.NodeMerge;
using Roadstead.Cli.Tests.NodeConfig;
using Roadstead.Testing;
using Roadstead.Testing.Clients;
using Roadstead.Testing.Processes;

namespace Roadstead.Cli.Tests.NodeMerge;

/// <summary>What a node's files become, read by the programs that they are for.</summary>
public class RealToolTests
{
    public static TheoryData<string> ContainersImage => [.. MergeCases.All.Keys.Where(name => name.StartsWith("crio", StringComparison.Ordinal) || name.StartsWith("podman", StringComparison.Ordinal)).Where(name => name != "crio-other-folder")];

    public static TheoryData<string> Containerd => [.. MergeCases.All.Keys.Where(name => name.StartsWith("containerd", StringComparison.Ordinal) && !(MergeCases.All[name].IsAtLeast(2, 0)))];

    public static TheoryData<string> Docker => [.. MergeCases.All.Keys.Where(name => name.StartsWith("docker", StringComparison.Ordinal))];

    [Theory]
    [MemberData(nameof(ContainersImage))]
    public async Task Skopeo_asks_our_mirror_first(string name)
    {
        var asked = await Asked(name, "docker.io/library/nginx:1", "quay.io/site/app@sha256:" + new string('0', 64));
        var first = name switch
        {
            "crio-digest-only" => "cache.example:5000/hub",
            // The longer prefix holds, as the note says.
            "crio-by-digest-only" or "crio-later-drop-in" => "docker.io",
            _ => "mirror.example:5000/dockerhub",
        };
        Assert.Equal($"{first}/library/nginx:1", asked[0]);
        Assert.Contains(asked, place => place.StartsWith("mirror.example:5000/quay/site/app@", StringComparison.Ordinal));
    }

    [Fact]
    public async Task Skopeo_asks_the_mirrors_that_were_there_before_in_their_order()
    {
        var asked = await Asked("crio-same-prefix", "docker.io/library/nginx@sha256:" + new string('0', 64));
        Assert.Equal(["mirror.example:5000/dockerhub", "cache.example:5000/hub", "other.example/hub", "docker.io"], asked.Select(place => place[..place.IndexOf("/library", StringComparison.Ordinal)]));
    }

    [Theory]
    [InlineData("a.example.com", "*.example.com", true)]
    [InlineData("host.example.com", "*.example.com", false)]
    [InlineData("a.example.com", "*.com", false)]
    public async Task Skopeo_takes_an_asterisk_before_our_entry_where_the_note_says_so(string registry, string prefix, bool isTold)
    {
        using var node = new TemporaryFolder("node");
        MergeCases.Write(node.Path, "/etc/containers/registries.conf", $"[[registry]]\nprefix = \"{prefix}\"\n[[registry.mirror]]\nlocation = \"wild.example/x\"\n");
        var plan = Plans.Plain with { Registries = [Plans.Registry(registry, "site")] };
        var ready = MergeCases.Ready(NodeEdits.For(MergeCases.Runtime("crio"), plan, new NodeFiles(node.Path), []));
        ready.Files.ToList().ForEach(file => MergeCases.Write(node.Path, file.Path, file.Content));
        var asked = await AskedOn(node, $"{registry}/app:1");
        Assert.StartsWith(isTold ? "wild.example/x" : "mirror.example:5000/site", asked[0], StringComparison.Ordinal);
        Assert.Equal(isTold, ready.Notes.Any(note => note.StartsWith("/etc/containers/registries.conf:1: the prefix", StringComparison.Ordinal)));
    }

    [Theory]
    [MemberData(nameof(Containerd))]
    public async Task Containerd_takes_the_configuration_and_has_the_one_folder(string name)
    {
        using var node = new TemporaryFolder("node");
        MergeCases.Apply(name, MergeCases.Ready(MergeCases.Edit(name, MergeCases.Before(name))), node.Path);

        // This containerd finds patterns from where it is started.
        var dump = (await Command.Run("containerd", ["--config", node["etc/containerd/config.toml"], "config", "dump"], workingFolder: node.Path)).OrThrow().Output;
        if (name == "containerd-config-1")
        {
            // Of a plug-in that is turned off nothing is shown.
            Assert.DoesNotContain("config_path", dump, StringComparison.Ordinal);
            return;
        }

        Assert.Contains($"config_path = \"{(name == "containerd-imports" ? "/etc/site/certs.d" : "/etc/containerd/certs.d")}\"", dump, StringComparison.Ordinal);
        Assert.DoesNotContain("endpoint = [", dump, StringComparison.Ordinal);
    }

    [Theory]
    [MemberData(nameof(Docker))]
    public async Task Dockerd_takes_daemon_json(string name)
    {
        using var node = new TemporaryFolder("node");
        MergeCases.Apply(name, MergeCases.Ready(MergeCases.Edit(name, MergeCases.Before(name))), node.Path);

        // It reads its file, and then fails at a place for its process id that cannot be: no daemon comes up.
        string[] arguments = ["--config-file", node["etc/docker/daemon.json"], "--pidfile", "/dev/null/x", "--data-root", node["data"], "--exec-root", node["exec"], "-H", $"unix://{node["socket"]}"];
        var result = await Command.Run("unshare", ["--mount", "--net", "--", "dockerd", .. arguments]);
        Assert.Contains("mkdir /dev/null: not a directory", result.Error, StringComparison.Ordinal);
        Assert.DoesNotContain("unable to configure", result.Error, StringComparison.Ordinal);
    }

    /// <summary>Where skopeo looks for images, in order, in a network that reaches nothing.</summary>
    private static async Task<List<string>> Asked(string name, params string[] images)
    {
        using var node = new TemporaryFolder("node");
        MergeCases.Apply(name, MergeCases.Ready(MergeCases.Edit(name, MergeCases.Before(name))), node.Path);
        return await AskedOn(node, images);
    }

    private static async Task<List<string>> AskedOn(TemporaryFolder node, params string[] images)
    {
        using var shell = new Shell();
        shell.AddConfiguration(node["etc/containers"]);
        var output = "";
        foreach (var image in images)
        {
            output += (await shell.Type($"unshare --net skopeo --debug inspect docker://{image} 2>&1 || true")).OrThrow().Output;
        }

        var asked = output.Split('\n').Where(line => line.Contains("Trying to access", StringComparison.Ordinal)).Select(line => line.Split("\\\"")[1]).ToList();
        Assert.True(asked.Count > 0, output);
        return asked;
    }
}
