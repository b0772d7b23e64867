using Roadstead.Cli.NodeConfig;
using Roadstead.Cli.NodeInstall;
using Roadstead.Cli.NodeMerge;
using Roadstead.Cli.Tests.NodeConfig;
using Roadstead.Testing;
using Roadstead.Testing.Processes;

namespace Roadstead.Cli.Tests.NodeMerge;

/// <summary>What stands against the mirror on a node: told with file and line, and nothing changes.</summary>
public sealed class MergeFaultTests : IDisposable
{
    private const string Registries = "/etc/containers/registries.conf";
    private const string DropIn = "/etc/containers/registries.conf.d/10-site.conf";
    private const string Hosts = "/etc/containerd/certs.d/docker.io/hosts.toml";
    private const string Config = "/etc/containerd/config.toml";
    private const string Daemon = "/etc/docker/daemon.json";
    private const string K3s = "/etc/rancher/k3s/registries.yaml";
    private const string Cri = "version = 2\n[plugins.\"io.containerd.grpc.v1.cri\".registry]\n";
    private readonly TemporaryFolder _node = new("node");

    public void Dispose() => _node.Dispose();

    [Theory]
    [InlineData(Registries, "a = 1\nb = \n", 2, "is not valid TOML")]
    [InlineData(Registries, "[[registry]]\nlocation = \"a.io\"\nlocation = \"b.io\"\n", 3, "given twice")]
    [InlineData(DropIn, "[[registry]]\nlocation = \"https://a.io\"\n", 2, "begins with a scheme")]
    [InlineData(DropIn, "[[registry]]\nlocation = \"a.io\"\n[[registry.mirror]]\nlocation = \"http://b.io\"\n", 4, "begins with a scheme")]
    [InlineData(DropIn, "[[registry]]\nlocation = \"a.io\"\npull-from-mirror = \"all\"\n", 3, "for [[registry.mirror]] alone")]
    [InlineData(DropIn, "[[registry]]\nlocation = \"a.io\"\nmirror-by-digest-only = true\n[[registry.mirror]]\nlocation = \"b.io\"\npull-from-mirror = \"all\"\n", 6, "below mirror-by-digest-only")]
    [InlineData(DropIn, "[[registry]]\nlocation = \"a.io\"\n[[registry.mirror]]\nlocation = \"b.io\"\npull-from-mirror = \"some\"\n", 5, "must be all, digest-only or tag-only")]
    [InlineData(DropIn, "[[registry]]\nlocation = \"a.io\"\n[[registry]]\nprefix = \"b.io\"\nlocation = \"a.io\"\ninsecure = true\n", 3, "is insecure here and not on line 1")]
    [InlineData(DropIn, "[[registry]]\nlocation = \"a.io\"\nblocked = true\n[[registry]]\nprefix = \"b.io\"\nlocation = \"a.io\"\n", 4, "is blocked here and not on line 1")]
    [InlineData(DropIn, "[[registry]]\nlocation = \"a.io\"\n[[registry.mirror]]\nlocation = \"cache/a\"\n", 3, "neither a dot nor a port")]
    [InlineData(DropIn, "[[registry]]\nlocation = \"a.io\"\n[[registry.mirror]]\nlocation = \"b.io/Hub\"\n", 3, "upper-case letters")]
    [InlineData(DropIn, "[[registry]]\nlocation = \"a.io\"\n[[registry.mirror]]\nlocation = \"b.io/\"\n", 4, "ends with a slash, so every pull of a.io fails before anything is tried. Write b.io, then")]
    [InlineData(DropIn, "[[registry]]\nlocation = \"docker.io\"\nmirror = [{ location = \"b.io/hub/\" }]\n", 3, "Write b.io/hub, then")]
    [InlineData(DropIn, "[[registry]]\nprefix = \"a.io\"\n", 1, "has no location")]
    [InlineData(DropIn, "\n[[registry]]\ninsecure = true\n", 2, "neither prefix nor location")]
    [InlineData(DropIn, "[[registry]]\nlocation = \"a.io\"\n[[registry.mirror]]\ninsecure = true\n", 3, "has no location")]
    [InlineData(DropIn, "[[registry]]\nlocation = \"a.io\"\ninsecure = \"yes\"\n", 3, "must be true or false")]
    [InlineData(DropIn, "[registries.search]\nregistries = [\"a.io\"]\n", 1, "in a drop-in, which must have the new one")]
    [InlineData(Registries, "unqualified-search-registries = [\"a.io\"]\n[registries.insecure]\nregistries = [\"a.io\"]\n", 2, "beside keys of the new one")]
    [InlineData("/root/.config/containers/registries.conf", "", null, "none of /etc/containers/registries.conf and registries.conf.d is read")]
    [InlineData("/root/.config/containers/registries.conf.d/00-own.conf", "\n[[registry]]\nlocation = \"docker.io\"\n", 2, "replaces whatever stands under /etc/containers")]
    [InlineData("/etc/containers/registries.d/b.yaml", "docker:\n  a.io: {}\n  a.io: {}\n", 3, "given twice")]
    [InlineData("/etc/containers/registries.d/b.yaml", "docker: [\n", 2, "is not valid YAML")]
    [InlineData("/etc/containers/certs.d/mirror.example:5000/client.cert", "", null, "has no client.key beside it")]
    [InlineData("/etc/containers/certs.d/mirror.example:5000/client.key", "", null, "has no client.cert beside it")]
    [InlineData(Registries, "\uFEFFunqualified-search-registries = []\n", 1, "begins with a byte-order mark (U+FEFF), which no editor shows; save it in UTF-8 without one. Every pull of this node fails")]
    [InlineData(DropIn, "\uFEFF[[registry]]\nlocation = \"a.io\"\n", 1, "begins with a byte-order mark")]
    [InlineData("/etc/crio/crio.conf.d/01.conf", "[crio\n", 1, "CRI-O does not start with it")]
    public void Of_CRI_O(string path, string text, int? line, string message) => Tells("crio", path, text, line, message);

    [Theory]
    [InlineData(Config, "version = 2\n[a]\n[a]\n", 3, "containerd does not start with it")]
    [InlineData(Config, Cri + "  config_path = \"/etc/a:/etc/b\"\n", 3, "/etc/b/x.io has settings too")]
    [InlineData(Config, Cri + "  config_path = [\"/etc/a\"]\n", 3, "must be one folder in quotes")]
    [InlineData(Config, Cri + "  config_path = \"certs.d\"\n", 3, "must be an absolute path")]
    [InlineData(Config, Cri + "[plugins.\"io.containerd.grpc.v1.cri\".registry.configs.\"r.io\".tls]\n  ca_file = \"/r.crt\"\n", 3, "write ca = \"/r.crt\" below [host.\"https://r.io\"]")]
    [InlineData(Config, Cri + "[plugins.\"io.containerd.grpc.v1.cri\".registry.mirrors.\"r.io\"]\n  endpoint = [\"r.io:5000\"]\n", 4, "must be a URL")]
    [InlineData(Config, "version = 2\n[plugins.\"io.containerd.grpc.v1.cri\"]\n  registry = {}\n", 3, "config_path cannot be put into it")]
    [InlineData(Hosts, "[host.\"https://a.io\"]\n[host.\"https://a.io\"]\n", 2, "asks the registry itself, without a word")]
    [InlineData(Hosts, "[host.\"https://a.io\"]\n  capabilities = [\"pull\", \"fetch\"]\n", 2, "the capability fetch is none")]
    [InlineData(Hosts, "[host.\"https://a.io\"]\n  capabilities = [\"pull\", \"referrers\"]\n", 2, "the capability referrers is none")]
    [InlineData(Hosts, "[host.\"https://a.io\"]\n  skip_verify = \"true\"\n", 2, "skip_verify must be true or false")]
    [InlineData(Hosts, "[host]\n  \"https://a.io\" = {}\n", 2, "Write it as [host.\"https://a.io\"]")]
    [InlineData(Hosts, "server = \"https://a.io\"\nx = '''\n[a]\n'''\n", 2, "x would not become what it is to be")]
    [InlineData(Hosts, "server = 1\n", 1, "server must be a URL")]
    public void Of_containerd(string path, string text, int? line, string message)
    {
        MergeCases.Write(_node.Path, "/etc/b/x.io/hosts.toml", "server = \"https://x.io\"\n");
        Tells("containerd", path, text, line, message);
    }

    [Theory]
    [InlineData(Daemon, "{\n  // Hub\n  \"debug\": true\n}\n", 2, "JSON has no comments. dockerd does not start with it")]
    [InlineData(Daemon, "{\n  \"debug\": true,\n}\n", 3, "a comma stands before a closing bracket")]
    [InlineData(Daemon, "{\"debug\": true", 1, "is not valid JSON")]
    [InlineData(Daemon, "\uFEFF{}\n", 1, "begins with a byte-order mark (U+FEFF), which no editor shows; save it in UTF-8 without one. dockerd does not start with it")]
    [InlineData(Daemon, "[]", 1, "must be one JSON object")]
    [InlineData(Daemon, "{\n  \"debug\": true,\n  \"debug\": false\n}\n", 3, "debug is given twice")]
    [InlineData(Daemon, "{\n  \"registry-mirrors\": \"https://a.io\"\n}\n", 2, "registry-mirrors must be a list")]
    [InlineData("/etc/systemd/system/docker.service.d/override.conf", "[Service]\nExecStart=\nExecStart=/usr/bin/dockerd --registry-mirror=https://a.io\n", 3, "started with --registry-mirror")]
    [InlineData("/etc/default/docker", "DOCKER_OPTS=\"--registry-mirror https://a.io\"\n", 1, "started with --registry-mirror")]
    [InlineData("/etc/docker/certs.d/quay.io/hosts.toml", "server = \n", 1, "is not valid TOML")]
    public void Of_Docker(string path, string text, int? line, string message) => Tells("docker", path, text, line, message);

    [Theory]
    [InlineData(K3s, "mirrors:\n  docker.io: [\n", 3, "is not valid YAML")]
    [InlineData(K3s, "mirrors:\n  a: {}\n  a: {}\n", 3, "a is given twice")]
    [InlineData(K3s, "mirrors:\n  docker.io:\n    endpoint: https://a.io\n", 3, "is neither a map nor a list")]
    [InlineData(K3s, "mirrors:\n- docker.io\n", 1, "is neither a map nor a list")]
    [InlineData(K3s, "a: &a {}\nmirrors:\n  docker.io: *a\n", 3, "refers to another place by an alias")]
    [InlineData(K3s, "- mirrors\n", 1, "must be a map")]
    [InlineData(K3s, "x: &e\n  endpoint: [https://a.io]\nmirrors:\n  docker.io:\n    <<: *e\n", 5, "docker.io would not become what it is to be")]
    [InlineData(K3s, "x: &e {endpoint: [https://a.io]}\nmirrors:\n  docker.io: {<<: *e}\n", 3, "docker.io would not become what it is to be")]
    [InlineData(K3s, "mirrors:\n  docker.io:\n    endpoint: &l\n      - https://a.io\n  ghcr.io:\n    endpoint: *l\n", 6, "ghcr.io would not become what it is to be")]
    [InlineData(K3s, "mirrors:\n  docker.io: &d\n    endpoint: [https://a.io]\n  ghcr.io: *d\n", 4, "ghcr.io would not become what it is to be")]
    [InlineData(K3s, "mirrors:\n  docker.io: &d\n    endpoint: [https://a.io]\n  ghcr.io:\n    <<: *d\n", 5, "ghcr.io would not become what it is to be")]
    [InlineData(K3s, "mirrors:\n  ? docker.io\n  : endpoint:\n    - https://a.io\n", 2, "docker.io would not become what it is to be")]
    [InlineData(K3s, "mirrors: &m\n  docker.io:\n    endpoint: [https://a.io]\nothers: *m\n", 4, "others would not become what it is to be")]
    [InlineData(K3s, "a: &a [x, x, x, x, x, x, x, x, x, x]\nb: &b [*a, *a, *a, *a, *a, *a, *a, *a, *a, *a]\nc: &c [*b, *b, *b, *b, *b, *b, *b, *b, *b, *b]\nd: &d [*c, *c, *c, *c, *c, *c, *c, *c, *c, *c]\ne: [*d, *d, *d, *d, *d, *d, *d, *d, *d, *d]\n", 5, "Write it out in full")]
    [InlineData("/etc/rancher/k3s/config.yaml", "token: [\n", 2, "The node's agent does not start")]
    public void Of_k3s(string path, string text, int? line, string message) => Tells("k3s", path, text, line, message);

    [Theory]
    [InlineData(Config)]
    [InlineData(Hosts)]
    public void Containerd_takes_no_byte_order_mark_from_2_0_on(string path)
    {
        MergeCases.Write(_node.Path, path, "\uFEFF");
        var fault = Assert.Single(Faults("containerd", Plans.Plain.For("2.0")));
        Assert.Equal((path, 1), (fault.Path, fault.Line));
        Assert.Contains("begins with a byte-order mark", fault.Message, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("podman", DropIn, "none.conf", "is a symbolic link to nothing")]
    [InlineData("podman", DropIn, "/etc", "is a symbolic link to a folder")]
    [InlineData("podman", Registries, "/none", "is a symbolic link to nothing")]
    [InlineData("crio", "/etc/crio/crio.conf.d/01.conf", "none", "is a symbolic link to nothing")]
    [InlineData("containerd", Hosts, "none", "is a symbolic link to nothing")]
    [InlineData("k3s", K3s, "none", "is a symbolic link to nothing")]
    public void Links_that_lead_to_no_file(string runtime, string path, string target, string message)
    {
        Directory.CreateDirectory(Path.GetDirectoryName(Place(path))!);
        File.CreateSymbolicLink(Place(path), target);
        var fault = Assert.Single(Faults(runtime, Plans.Plain.For("1.7")));
        Assert.Equal((path, null), (fault.Path, fault.Line));
        Assert.Contains(message, fault.Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_pipe_is_not_opened()
    {
        Directory.CreateDirectory(Path.GetDirectoryName(Place(DropIn))!);
        (await Command.Run("mkfifo", [Place(DropIn)])).OrThrow();
        var fault = Assert.Single(Faults("podman", Plans.Plain));
        Assert.Equal(DropIn, fault.Path);
        Assert.Contains("is no file", fault.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void A_link_to_the_null_device_is_an_empty_file()
    {
        Directory.CreateDirectory(Path.GetDirectoryName(Place(DropIn))!);
        File.CreateSymbolicLink(Place(DropIn), "/dev/null");
        Assert.IsType<NodeEdit.Ready>(NodeEdits.For(Runtimes.Named("podman")!, Plans.Plain, new NodeFiles(_node.Path), []));
    }

    [Fact]
    public void A_name_that_stands_in_two_files_of_registries_d()
    {
        MergeCases.Write(_node.Path, "/etc/containers/registries.d/a.yaml", "docker:\n  a.io: {}\n");
        Tells("podman", "/etc/containers/registries.d/b.yaml", "default-docker: {}\ndocker:\n  a.io: {}\n", 3, "a.io stands in /etc/containers/registries.d/a.yaml:2 already");
    }

    [Fact]
    public void Signatures_that_another_file_has_without_attachments()
    {
        MergeCases.Write(_node.Path, "/etc/containers/registries.d/a.yaml", "docker:\n  mirror.example:5000/quay:\n    lookaside: https://a.io\n");
        var fault = Assert.Single(Faults("podman", Plans.Plain with { SigstoreAttachments = true }));
        Assert.Equal(("/etc/containers/registries.d/a.yaml", 2), (fault.Path, fault.Line));
    }

    [Fact]
    public void Mirror_only_where_the_registry_is_elsewhere()
    {
        MergeCases.Write(_node.Path, Registries, "\n[[registry]]\nprefix = \"docker.io\"\nlocation = \"hub.example\"\n");
        var fault = Assert.Single(Faults("crio", Plans.Plain with { MirrorOnly = true }));
        Assert.Equal($"{Registries}:2", $"{fault.Path}:{fault.Line}");
        Assert.Contains("cannot be blocked", fault.Message, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("{\n  \"auths\": []\n}\n", 2, "auths must be an object")]
    [InlineData("{\"credHelpers\": {\"mirror.example:5000\": \"pass\"}}", 1, "credHelpers names a program")]
    [InlineData("{", 1, "is not valid JSON")]
    public void Of_auth_json(string text, int line, string message)
    {
        MergeCases.Write(_node.Path, "/root/.config/containers/auth.json", text);
        var fault = Assert.Single(Faults("podman", Plans.Plain with { Credential = Plans.Credential }));
        Assert.Equal(line, fault.Line);
        Assert.Contains(message, fault.Message, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("crio", DropIn, "password = canary-secret\n")]
    [InlineData("docker", Daemon, "{\"password\": canary-secret}")]
    [InlineData("k3s", K3s, "password: 'canary-secret\n")]
    [InlineData("containerd", Hosts, "[host.\"https://a.io\".header]\nauthorization = \"canary-secret\"\n[host.\"https://a.io\".header]\n")]
    public void Nothing_that_a_file_holds_is_in_its_fault(string runtime, string path, string text)
    {
        MergeCases.Write(_node.Path, path, text);
        Assert.All(Faults(runtime, Plans.Plain.For(runtime == "containerd" ? "1.7" : "27")), fault => Assert.DoesNotContain("canary", fault.Message, StringComparison.Ordinal));
    }

    [Fact]
    public void Text_that_is_not_UTF_8_is_not_lost()
    {
        MergeCases.Write(_node.Path, K3s, "");
        File.WriteAllBytes(Path.Combine(_node.Path, K3s[1..]), "mirrors: {}\n# caf\u00e9\n".Select(c => (byte)c).ToArray());
        Assert.Contains(Faults("k3s", Plans.Plain), fault => fault.Line == 2 && fault.Message.Contains("UTF-8", StringComparison.Ordinal));
    }

    [Fact]
    public void What_a_runtime_cannot_do_of_the_plan()
    {
        var edit = NodeEdits.For(Runtimes.Named("containerd")!, Plans.Plain.For("1.5"), new NodeFiles(_node.Path), []);
        Assert.Equal("--runtime-version", Assert.Single(Assert.IsType<NodeEdit.Faulty>(edit).OfPlan).Subject);
    }

    [Theory]
    [InlineData("talos")]
    [InlineData("openshift")]
    public void Files_of_an_owner_are_given_to_that_owner(string runtime)
    {
        var edit = NodeEdits.For(Runtimes.Named(runtime)!, Plans.Plain, new NodeFiles(_node.Path), []);
        Assert.NotEmpty(Assert.IsType<NodeEdit.ForOwner>(edit).Configuration.Files);
    }

    private string Place(string path) => Path.Combine(_node.Path, path[1..]);

    private void Tells(string runtime, string path, string text, int? line, string message)
    {
        MergeCases.Write(_node.Path, path, text);
        var faults = Faults(runtime, Plans.Plain.For(runtime switch { "docker" when path == Daemon || !path.EndsWith(".toml", StringComparison.Ordinal) => "27", "docker" => "28", _ => "1.7" }));
        Assert.True(faults.Any(fault => fault.Path == path && fault.Line == line && fault.Message.Contains(message, StringComparison.Ordinal)), string.Join('\n', faults));
    }

    private IReadOnlyList<NodeFault> Faults(string runtime, MirrorPlan plan)
    {
        if (runtime is "k3s" or "crio" or "podman")
        {
            plan = plan with { Version = null };
        }

        return NodeEdits.For(Runtimes.Named(runtime)!, plan, new NodeFiles(_node.Path), []) switch
        {
            NodeEdit.Faulty(var ofPlan, var faults) => ofPlan.Count == 0 ? faults : throw new InvalidOperationException(string.Join('\n', ofPlan)),
            var other => throw new InvalidOperationException($"No fault, but {other}"),
        };
    }
}
