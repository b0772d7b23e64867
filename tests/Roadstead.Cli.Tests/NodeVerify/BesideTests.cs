using System.Text;
using Roadstead.Cli.NodeConfig;
using Roadstead.Cli.NodeInstall;
using Roadstead.Cli.NodeVerify;
using Roadstead.Cli.Tests.NodeConfig;
using Roadstead.Testing;

namespace Roadstead.Cli.Tests.NodeVerify;

/// <summary>What is told of files with which the image came through the mirror all the same, and how another image is explained.</summary>
public sealed class BesideTests : IDisposable
{
    private const string Hosts = "/etc/containerd/certs.d/docker.io/hosts.toml";
    private const string Config = "/etc/containerd/config.toml";
    private const string Ours = "[host.\"https://mirror.example:5000/v2/dockerhub\"]\noverride_path = true\n";

    private static readonly MirrorPlace Place = new(Plans.Plain.Registries[0], Plans.Plain.Mirror, "dockerhub/");
    private static readonly MirrorPlan MirrorOnly = Plans.Plain with { MirrorOnly = true };

    private readonly TemporaryFolder _root = new("check");

    public void Dispose() => _root.Dispose();

    [Fact]
    public void A_host_that_is_asked_first_is_told()
    {
        Assert.Contains($"https://other.example is asked before this mirror ({Hosts}:1)", Of("[host.\"https://other.example\"]\n" + Ours, Plans.Plain).Notes(Place).Single(), StringComparison.Ordinal);
        Assert.Empty(Of(Ours + "[host.\"https://other.example\"]\n", Plans.Plain).Notes(Place));
    }

    [Fact]
    public void A_server_that_came_back_by_hand_is_no_longer_the_mirror_only()
    {
        var breach = Of("server = \"https://registry-1.docker.io\"\n" + Ours, MirrorOnly).Breaches(Place).Single();
        Assert.Equal((CauseKind.ConfigurationChanged, $"{Hosts}:1"), (breach.Kind, breach.Where));
        Assert.Equal(Hosts, Of(Ours, MirrorOnly).Breaches(Place).Single().Where);
        Assert.Empty(Of(Plans.Render("containerd", MirrorOnly).Files.Single(file => file.Path == Hosts).Content, MirrorOnly).Breaches(Place));
        Assert.Empty(Of("server = \"https://registry-1.docker.io\"\n" + Ours, Plans.Plain).Breaches(Place));
    }

    [Theory]
    [InlineData("config_path = \"/etc/containerd/nope.d\"", true, "/etc/containerd/config.toml:3")]
    [InlineData("", true, "/etc/containerd/config.toml")]
    [InlineData("config_path", true, "/etc/containerd/config.toml:3")]
    [InlineData("config_path = \"/etc/containerd/certs.d/\"", true, null)]
    [InlineData("config_path = \"/etc/containerd/nope.d\"", false, null)]
    public void A_config_path_that_is_not_in_force_yet_is_told(string key, bool isRead, string? where)
    {
        var check = new ContainerdCheck(Node((Hosts, Ours), (Config, $"version = 2\n[plugins.\"io.containerd.grpc.v1.cri\".registry]\n{key}\n")), Plans.Plain, "/etc/containerd/certs.d", isRead);
        Assert.Equal(where is not null, check.Notes(Place).Any());
        Assert.All(check.Notes(Place), note => Assert.StartsWith($"{where}:", note, StringComparison.Ordinal));
    }

    [Fact]
    public void A_daemon_json_that_is_not_in_force_yet_is_told()
    {
        IReadOnlyList<string> inForce = ["https://mirror.example:5000/dockerhub"];
        var note = new DockerCheck(Node(("/etc/docker/daemon.json", "{}")), Plans.Plain, containerdStore: false, inForce).Notes(Place).Single();
        Assert.Contains("from its next start on, pulls go around the mirror", note, StringComparison.Ordinal);
        Assert.Empty(new DockerCheck(Node(("/etc/docker/daemon.json", "{\"registry-mirrors\": [\"https://mirror.example:5000/dockerhub\"]}")), Plans.Plain, containerdStore: false, inForce).Notes(Place));
    }

    [Fact]
    public void Another_image_is_of_another_project_or_server_and_its_entry_is_named()
    {
        var probe = new ProbeOutcome.Serves("sha256:right", []);
        var pull = new PullResult.Pulled(["sha256:wrong"]);
        var changed = new VerifyCause(CauseKind.ConfigurationChanged, "It names quay.", "Put it right.", "/etc/x:5");
        var diagnosis = new Diagnosis(Plans.Plain, Place, null, "x.conf");
        var found = diagnosis.Of(pull, probe, [changed], null);
        Assert.Equal((CauseKind.PulledElsewhere, "/etc/x:5"), (found.Kind, found.Where));
        Assert.Contains("another project or server. It names quay.", found.What, StringComparison.Ordinal);
        Assert.Equal("/etc/y:1", diagnosis.Of(pull, probe, [], ("other.example", "/etc/y:1")).Where);
    }

    [Fact]
    public void Where_nothing_was_found_it_is_said_what_was_looked_at_and_what_the_runtime_says()
    {
        var found = new Diagnosis(Plans.Plain, Place, null, "x.conf").Of(new PullResult.Failed("its own words"), new ProbeOutcome.Serves("sha256:right", []), [], null);
        Assert.Equal((CauseKind.MirrorNotAsked, "its own words"), (found.Kind, found.Evidence));
        Assert.Contains("nothing amiss was found in x.conf", found.What, StringComparison.Ordinal);
    }

    private HostsTomlCheck Of(string text, MirrorPlan plan) => new(Node((Hosts, text)), plan, "/etc/containerd/certs.d");

    private NodeFiles Node(params (string Path, string Text)[] files) =>
        new NodeFiles(_root.Path).With(files.ToDictionary(file => file.Path, file => (byte[]?)Encoding.UTF8.GetBytes(file.Text)));
}
