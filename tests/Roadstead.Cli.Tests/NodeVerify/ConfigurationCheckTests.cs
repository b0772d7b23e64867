using System.Text;
using Roadstead.Cli.NodeInstall;
using Roadstead.Cli.NodeVerify;
using Roadstead.Cli.Tests.NodeConfig;
using Roadstead.Testing;

namespace Roadstead.Cli.Tests.NodeVerify;

/// <summary>What is seen in a node's files, of runtimes that need not be there.</summary>
public sealed class ConfigurationCheckTests : IDisposable
{
    private const string DropIn = "/etc/containers/registries.conf.d/50-mirror.conf";
    private const string Hosts = "/etc/containerd/certs.d/docker.io/hosts.toml";
    private const string Yaml = "/etc/rancher/k3s/registries.yaml";
    private const string Made = "/var/lib/rancher/k3s/agent/etc/containerd/certs.d/docker.io/hosts.toml";
    private const string Config = "/etc/containerd/config.toml";

    private static readonly MirrorPlace Place = new(Plans.Plain.Registries[0], Plans.Plain.Mirror, "dockerhub/");

    private readonly TemporaryFolder _root = new("check");

    public void Dispose() => _root.Dispose();

    [Fact]
    public void Files_as_they_are_rendered_have_no_fault()
    {
        Assert.Empty(new RegistriesConfCheck(Node(Rendered("podman")), Plans.Plain).Faults(Place));
        Assert.Empty(new ContainerdCheck(Node(Rendered("containerd")), Plans.Plain, null).Faults(Place));
        Assert.Empty(new K3sCheck(Node([.. Rendered("k3s"), (Made, "https://mirror.example:5000/v2/dockerhub")]), Plans.Plain, "k3s").Faults(Place));
        Assert.Empty(new DockerCheck(Node(Rendered("docker")), Plans.Plain, containerdStore: false, ["https://mirror.example:5000/dockerhub"]).Faults(Place));
        Assert.Empty(new DockerCheck(Node(Rendered("docker")), Plans.Plain, containerdStore: true, null).Faults(Place));
    }

    [Fact]
    public void An_entry_that_others_mirrors_were_merged_into_is_no_fault()
    {
        var merged = "[[registry]]\nlocation = \"docker.io\"\n[[registry.mirror]]\nlocation = \"other.example\"\n[[registry.mirror]]\nlocation = \"mirror.example:5000/dockerhub\"\n";
        Assert.Empty(new RegistriesConfCheck(Node((DropIn, merged)), Plans.Plain).Faults(Place));
    }

    [Theory]
    [InlineData("[[registry]]\nprefix = \"docker.io\"\n\n[[registry.mirror]]\nlocation = 'mirror.example:5000/other'", CauseKind.ConfigurationChanged, DropIn + ":5")]
    [InlineData("[[registry]]\nprefix = \"quay.io\"", CauseKind.ConfigurationMissing, DropIn)]
    [InlineData("[[registry]]\nprefix = \"docker.io", CauseKind.ConfigurationBroken, DropIn + ":2")]
    [InlineData("a = 1\n[b]\na = 1\na = 2", CauseKind.ConfigurationBroken, DropIn + ":4")]
    public void A_drop_in(string text, CauseKind kind, string where)
    {
        var fault = new RegistriesConfCheck(Node((DropIn, text)), Plans.Plain).Faults(Place).First();
        Assert.Equal((kind, where), (fault.Kind, fault.Where));
    }

    [Fact]
    public void Root_s_own_registries_conf_hides_the_system_s()
    {
        var fault = new RegistriesConfCheck(Node([.. Rendered("podman"), ("/root/.config/containers/registries.conf", "")]), Plans.Plain).Faults(Place).Single();
        Assert.Equal((CauseKind.ConfigurationOverridden, "/root/.config/containers/registries.conf"), (fault.Kind, fault.Where));
    }

    [Theory]
    [InlineData("capabilities = [\"pull\", \"resolve\", \"pulls\"]\noverride_path = true", CauseKind.ConfigurationBroken, 2)]
    [InlineData("capabilities = [\"pull\"]\noverride_path = true", CauseKind.ConfigurationChanged, 2)]
    [InlineData("capabilities = [\"pull\", \"resolve\"]", CauseKind.ConfigurationChanged, 2)]
    [InlineData("override_path = true", null, 0)]
    [InlineData("[host.\"https://mirror.example:5000/v2/dockerhub\"]", CauseKind.ConfigurationBroken, 2)]
    public void A_host_of_hosts_toml(string keys, CauseKind? kind, int line)
    {
        var fault = new HostsTomlCheck(Node((Hosts, $"[host.\"https://mirror.example:5000/v2/dockerhub\"]\n{keys}\n")), Plans.Plain, "/etc/containerd/certs.d").Faults(Place).FirstOrDefault();
        Assert.Equal((kind, kind is null ? null : $"{Hosts}:{line}"), (fault?.Kind, fault?.Where));
    }

    [Theory]
    [InlineData("config_path = \"/etc/containerd/certs.d\"", "", CauseKind.RestartNeeded)]
    [InlineData("config_path = \"/etc/containerd/certs.d\"", null, null)]
    [InlineData("config_path = \"/etc/containerd/certs.d:/etc/docker/certs.d\"", null, CauseKind.ConfigPathUnset)]
    [InlineData("config_path = \"/etc/other\"", "/etc/other", CauseKind.ConfigPathUnset)]
    [InlineData("", null, CauseKind.ConfigPathUnset)]
    [InlineData("config_path", null, CauseKind.ConfigurationBroken)]
    public void The_folder_of_hosts_toml(string key, string? told, CauseKind? kind)
    {
        var files = Rendered("containerd").Where(file => file.Path != Config).Append((Config, $"version = 3\n[plugins.\"io.containerd.cri.v1.images\".registry]\n{key}\n"));
        Assert.Equal(kind, new ContainerdCheck(Node([.. files]), Plans.Plain, told).Faults(Place).FirstOrDefault()?.Kind);
    }

    [Theory]
    [InlineData(null, CauseKind.ConfigurationMissing, Yaml)]
    [InlineData("mirrors:\n  quay.io: {}\n", CauseKind.ConfigurationMissing, Yaml)]
    [InlineData("mirrors:\n  docker.io:\n    endpoint: [\"https://other.example\"]\n", CauseKind.ConfigurationChanged, Yaml + ":3")]
    [InlineData("mirrors:\n  docker.io: [\n", CauseKind.ConfigurationBroken, Yaml + ":3")]
    [InlineData("mirrors:\n  docker.io:\n    endpoint: [\"https://mirror.example:5000/v2/dockerhub\"]\n", CauseKind.RestartNeeded, Made)]
    public void What_k3s_reads_and_what_it_makes_of_it(string? text, CauseKind kind, string where)
    {
        var fault = new K3sCheck(text is null ? Node() : Node((Yaml, text)), Plans.Plain, "k3s").Faults(Place).Single();
        Assert.Equal((kind, where), (fault.Kind, fault.Where));
    }

    private NodeFiles Node(params (string Path, string Text)[] files) =>
        new NodeFiles(_root.Path).With(files.ToDictionary(file => file.Path, file => (byte[]?)Encoding.UTF8.GetBytes(file.Text)));

    private static (string Path, string Text)[] Rendered(string runtime) => [.. Plans.Render(runtime, Plans.Plain).Files.Select(file => (file.Path, file.Content))];
}
