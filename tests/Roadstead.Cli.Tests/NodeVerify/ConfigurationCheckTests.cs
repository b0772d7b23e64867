using System.Text;
using Roadstead.Cli.NodeConfig;
using Roadstead.Cli.NodeFormats;
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
        Assert.Empty(new RegistriesConfCheck(Node(Rendered("podman")), Plans.Plain, RegistriesConfPlaces.System).Faults(Place));
        Assert.Empty(new ContainerdCheck(Node(Rendered("containerd")), Plans.Plain, null).Faults(Place));
        Assert.Empty(new K3sCheck(Node([.. Rendered("k3s"), (Made, "https://mirror.example:5000/v2/dockerhub")]), Plans.Plain, K3s.OfK3s).Faults(Place));
        Assert.Empty(new DockerCheck(Node(Rendered("docker")), Plans.Plain, containerdStore: false, ["https://mirror.example:5000/dockerhub"]).Faults(Place));
        Assert.Empty(new DockerCheck(Node(Rendered("docker")), Plans.Plain, containerdStore: true, null).Faults(Place));
    }

    [Fact]
    public void An_entry_that_others_mirrors_were_merged_into_is_no_fault()
    {
        var merged = "[[registry]]\nlocation = \"docker.io\"\n[[registry.mirror]]\nlocation = \"other.example\"\n[[registry.mirror]]\nlocation = \"mirror.example:5000/dockerhub\"\n";
        Assert.Empty(new RegistriesConfCheck(Node((DropIn, merged)), Plans.Plain, RegistriesConfPlaces.System).Faults(Place));
    }

    [Theory]
    [InlineData("[[registry]]\nprefix = \"docker.io\"\nlocation = \"docker.io\"\n[[registry.mirror]]\nlocation = 'mirror.example:5000/other'", CauseKind.ConfigurationChanged, DropIn + ":5")]
    [InlineData("[[registry]]\nlocation = \"quay.io\"", CauseKind.ConfigurationMissing, DropIn)]
    [InlineData("[[registry]]\nprefix = \"docker.io\"\n[[registry.mirror]]\nlocation = 'mirror.example:5000/dockerhub'", CauseKind.ConfigurationBroken, DropIn + ":1")]
    [InlineData("[[registry]]\nlocation = \"docker.io\"\n[[registry.mirror]]\nlocation = 'https://mirror.example:5000/dockerhub'", CauseKind.ConfigurationBroken, DropIn + ":4")]
    [InlineData("[[registry]]\nlocation = \"docker.io\"\n[[registry.mirror]]\nlocation = 'mirror/dockerhub'", CauseKind.ConfigurationBroken, DropIn + ":3")]
    [InlineData("[[registry]]\nprefix = \"docker.io", CauseKind.ConfigurationBroken, DropIn + ":2")]
    [InlineData("a = 1\n[b]\na = 1\na = 2", CauseKind.ConfigurationBroken, DropIn + ":4")]
    public void A_drop_in(string text, CauseKind kind, string where)
    {
        var fault = new RegistriesConfCheck(Node((DropIn, text)), Plans.Plain, RegistriesConfPlaces.System).Faults(Place).First();
        Assert.Equal((kind, where), (fault.Kind, fault.Where));
    }

    [Fact]
    public void Mirrors_on_one_line_below_another_registry_s_tables_are_read()
    {
        var text = "[[registry]]\nlocation = \"quay.io\"\n[[registry.mirror]]\nlocation = \"mirror.example:5000/quay\"\n[[registry]]\nlocation = \"docker.io\"\nmirror = [{ location = \"mirror.example:5000/PROJECT\" }]\n";
        Assert.Empty(new RegistriesConfCheck(Node((DropIn, text.Replace("PROJECT", "dockerhub", StringComparison.Ordinal))), Plans.Plain, RegistriesConfPlaces.System).Faults(Place));
        var fault = new RegistriesConfCheck(Node((DropIn, text.Replace("PROJECT", "other", StringComparison.Ordinal))), Plans.Plain, RegistriesConfPlaces.System).Faults(Place).Single();
        Assert.Equal((CauseKind.ConfigurationChanged, $"{DropIn}:7"), (fault.Kind, fault.Where));
    }

    [Fact]
    public void What_is_wrong_of_another_registry_s_images_alone_is_no_fault_of_this_one()
    {
        var text = "[[registry]]\nlocation = \"quay.io\"\n[[registry.mirror]]\nlocation = \"mirror/quay\"\n[[registry]]\nlocation = \"docker.io\"\n[[registry.mirror]]\nlocation = \"mirror.example:5000/dockerhub\"\n";
        Assert.Empty(new RegistriesConfCheck(Node((DropIn, text)), Plans.Plain, RegistriesConfPlaces.System).Faults(Place));
    }

    [Fact]
    public void CRI_O_s_files_are_looked_at_where_its_own_configuration_has_them()
    {
        var entry = "[[registry]]\nlocation = \"docker.io\"\n[[registry.mirror]]\nlocation = \"mirror.example:5000/dockerhub\"\n";
        var conf = ("/etc/crio/crio.conf.d/10-site.conf", "[crio.image]\nregistries_conf = \"/etc/site/registries.conf\"\n");
        Assert.Empty(new CrioCheck(Node(conf, ("/etc/site/registries.conf", entry), ("/root/.config/containers/registries.conf", "")), Plans.Plain).Faults(Place));
        Assert.Equal(CauseKind.ConfigurationMissing, new CrioCheck(Node(conf, ("/etc/containers/registries.conf", entry)), Plans.Plain).Faults(Place).Single().Kind);
        var broken = new CrioCheck(Node((conf.Item1, "[crio"), (DropIn, entry)), Plans.Plain).Faults(Place).Single();
        Assert.Equal((CauseKind.ConfigurationBroken, $"{conf.Item1}:1"), (broken.Kind, broken.Where));
    }

    [Fact]
    public void Root_s_own_registries_conf_hides_the_system_s()
    {
        var fault = new RegistriesConfCheck(Node([.. Rendered("podman"), ("/root/.config/containers/registries.conf", "")]), Plans.Plain, RegistriesConfPlaces.System).Faults(Place).Single();
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

    [Fact]
    public void Another_folder_that_an_import_names_and_that_has_the_hosts_is_as_good()
    {
        (string Path, string Text)[] files =
        [
            (Config, "version = 2\nimports = [\"/etc/site/*.toml\"]\n"), ("/etc/site/a.toml", "version = 2\n[plugins.\"io.containerd.grpc.v1.cri\".registry]\nconfig_path = \"/etc/site/certs.d\"\n"),
            ("/etc/site/certs.d/docker.io/hosts.toml", Rendered("containerd").Single(file => file.Path == Hosts).Text),
        ];
        Assert.Empty(new ContainerdCheck(Node(files), Plans.Plain, null).Faults(Place));
        Assert.Equal(CauseKind.RestartNeeded, new ContainerdCheck(Node(files), Plans.Plain, "/etc/old").Faults(Place).First().Kind);
    }

    [Theory]
    [InlineData("2.1", "config_path is not set")]
    [InlineData("2.2", "several folders (/etc/containerd/certs.d:/etc/docker/certs.d)")]
    public void What_a_containerd_that_is_told_nothing_reads(string version, string words)
    {
        var fault = new ContainerdCheck(Node(), Plans.Plain.For(version), null).Faults(Place).First();
        Assert.Equal(CauseKind.ConfigPathUnset, fault.Kind);
        Assert.Contains(words, fault.What, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("1.7", CauseKind.ConfigurationBroken)]
    [InlineData("2.2", null)]
    public void A_capability_that_came_later(string version, CauseKind? kind)
    {
        var text = "[host.\"https://mirror.example:5000/v2/dockerhub\"]\ncapabilities = [\"pull\", \"resolve\", \"referrers\"]\noverride_path = true\n";
        Assert.Equal(kind, new HostsTomlCheck(Node((Hosts, text)), Plans.Plain.For(version), "/etc/containerd/certs.d").Faults(Place).FirstOrDefault()?.Kind);
    }

    [Theory]
    [InlineData("{\n  // ours\n}", CauseKind.ConfigurationBroken, ":2")]
    [InlineData("{\n\n  \"registry-mirrors\": \"https://mirror.example:5000/dockerhub\"\n}", CauseKind.ConfigurationBroken, ":3")]
    [InlineData("{\"registry-mirrors\": []}", CauseKind.ConfigurationChanged, "")]
    [InlineData("{\"registry-mirrors\": [], \"registry-mirrors\": [\"https://mirror.example:5000/dockerhub/\"]}", CauseKind.RestartNeeded, "")]
    public void Of_daemon_json(string text, CauseKind kind, string line)
    {
        var fault = new DockerCheck(Node(("/etc/docker/daemon.json", text)), Plans.Plain, containerdStore: false, []).Faults(Place).Single();
        Assert.Equal((kind, $"/etc/docker/daemon.json{line}"), (fault.Kind, fault.Where));
    }

    [Theory]
    [InlineData(null, CauseKind.ConfigurationMissing, Yaml)]
    [InlineData("mirrors:\n  quay.io: {}\n", CauseKind.ConfigurationMissing, Yaml)]
    [InlineData("mirrors:\n  docker.io:\n    endpoint: [\"https://other.example\"]\n", CauseKind.ConfigurationChanged, Yaml + ":3")]
    [InlineData("mirrors:\n  docker.io: [\n", CauseKind.ConfigurationBroken, Yaml + ":3")]
    [InlineData("mirrors:\n  docker.io:\n    endpoint: [\"https://mirror.example:5000/v2/dockerhub\"]\n", CauseKind.RestartNeeded, Made)]
    public void What_k3s_reads_and_what_it_makes_of_it(string? text, CauseKind kind, string where)
    {
        var fault = new K3sCheck(text is null ? Node() : Node((Yaml, text)), Plans.Plain, K3s.OfK3s).Faults(Place).Single();
        Assert.Equal((kind, where), (fault.Kind, fault.Where));
    }

    [Fact]
    public void The_registries_yaml_that_config_yaml_names_is_the_one_that_counts()
    {
        (string, string)[] files = [("/etc/rancher/k3s/config.yaml", "private-registry: /etc/site/registries.yaml\n"), ("/etc/site/registries.yaml", "mirrors:\n  docker.io:\n    endpoint: [\"https://mirror.example:5000/v2/dockerhub\"]\n"), (Made, "https://mirror.example:5000/v2/dockerhub")];
        Assert.Empty(new K3sCheck(Node(files), Plans.Plain, K3s.OfK3s).Faults(Place));
    }

    [Fact]
    public void The_credential_shown_is_that_of_the_mirror_and_of_no_other_host()
    {
        var rendered = new RuntimeConfiguration([new ConfigFile(Hosts, "")], []);
        string Host(string url, string pair) => $"[host.\"{url}\"]\n[host.\"{url}\".header]\nauthorization = \"Basic {Convert.ToBase64String(Encoding.UTF8.GetBytes(pair))}\"\n";
        var others = Host("https://other.example", "other:canary");
        Assert.Null(new NodeTrust(Node((Hosts, others)), Plans.Plain, rendered).Credential(Place.Registry));
        Assert.Equal(new MirrorCredential("robot", "right:er"), new NodeTrust(Node((Hosts, others + Host("https://mirror.example:5000/v2/dockerhub", "robot:right:er"))), Plans.Plain, rendered).Credential(Place.Registry));
        var auth = $"{{\"auths\": {{\"mirror.example:5000\": {{\"auth\": \"{Plans.Credential.Base64}\"}}}}}}";
        Assert.Equal(Plans.Credential, new NodeTrust(Node(("/etc/site/auth", auth), ("/etc/crio/crio.conf", "[crio.image]\nglobal_auth_file = \"/etc/site/auth\"\n")), Plans.Plain, rendered).Credential(Place.Registry));
    }

    private NodeFiles Node(params (string Path, string Text)[] files) =>
        new NodeFiles(_root.Path).With(files.ToDictionary(file => file.Path, file => (byte[]?)Encoding.UTF8.GetBytes(file.Text)));

    private static (string Path, string Text)[] Rendered(string runtime) => [.. Plans.Render(runtime, Plans.Plain).Files.Select(file => (file.Path, file.Content))];
}
