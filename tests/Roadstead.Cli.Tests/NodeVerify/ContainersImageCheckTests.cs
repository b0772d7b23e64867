using System.Text;
using Roadstead.Cli.NodeConfig;
using Roadstead.Cli.NodeFormats;
using Roadstead.Cli.NodeInstall;
using Roadstead.Cli.NodeVerify;
using Roadstead.Cli.Tests.NodeConfig;
using Roadstead.Testing;

namespace Roadstead.Cli.Tests.NodeVerify;

/// <summary>What keeps pulls of containers/image from the mirror, in files of any kind.</summary>
public sealed class ContainersImageCheckTests : IDisposable
{
    private const string DropIn = "/etc/containers/registries.conf.d/50-mirror.conf";
    private const string Site = "/etc/containers/registries.conf.d/60-site.conf";
    private const string Policy = "/etc/containers/policy.json";
    private const string Registry = "[[registry]]\nlocation = \"docker.io\"\n";
    private const string Mirror = "[[registry.mirror]]\nlocation = \"mirror.example:5000/dockerhub\"\n";

    private static readonly MirrorPlace Place = new(Plans.Plain.Registries[0], Plans.Plain.Mirror, "dockerhub/");

    private readonly TemporaryFolder _root = new("check");

    public void Dispose() => _root.Dispose();

    [Theory]
    [InlineData(DropIn, Registry + "mirror-by-digest-only = true\n" + Mirror, CauseKind.ConfigurationChanged, DropIn + ":3")]
    [InlineData(DropIn, Registry + Mirror + "pull-from-mirror = \"digest-only\"\n", CauseKind.ConfigurationChanged, DropIn + ":5")]
    [InlineData(DropIn, Registry + Mirror + "pull-from-mirror = \"tag-only\"\n", CauseKind.ConfigurationChanged, DropIn + ":5")]
    [InlineData(DropIn, Registry + "[[registry.mirror]]\nlocation = \"mirror.example:5000/dockerhub/\"\n", CauseKind.ConfigurationBroken, DropIn + ":4")]
    [InlineData(DropIn, "\ufeff" + Registry + Mirror, CauseKind.ConfigurationBroken, DropIn + ":1")]
    [InlineData("/etc/containers/registries.conf", "\ufeffunqualified-search-registries = []\n", CauseKind.ConfigurationBroken, "/etc/containers/registries.conf:1")]
    [InlineData(Site, "[[registry]]\nprefix = \"docker.io/roadstead\"\nlocation = \"docker.io/roadstead\"\n", CauseKind.ConfigurationOverridden, Site + ":2")]
    [InlineData(Site, "[[registry]]\nprefix = \"*.io/roadstead\"\nlocation = \"other.example\"\n", CauseKind.ConfigurationOverridden, Site + ":2")]
    [InlineData(Policy, "{\n\"default\": [\n{\"type\": \"reject\"}]}", CauseKind.PolicyRejects, Policy + ":3")]
    [InlineData(Policy, "{\"default\": [{\"type\": \"insecureAcceptAnything\"}],\n\"transports\": {\"docker\": {\n\"docker.io\": [{\"type\": \"sigstoreSigned\"}]}}}", CauseKind.PolicyRejects, Policy + ":3")]
    [InlineData("/root/.config/containers/policy.json", "{", CauseKind.ConfigurationBroken, "/root/.config/containers/policy.json:1")]
    [InlineData("/etc/containers/certs.d/mirror.example:5000/client.cert", "", CauseKind.ConfigurationBroken, "/etc/containers/certs.d/mirror.example:5000/client.cert")]
    [InlineData("/etc/docker/certs.d/mirror.example:5000/client.key", "", CauseKind.ConfigurationBroken, "/etc/docker/certs.d/mirror.example:5000/client.key")]
    public void A_file(string path, string text, CauseKind kind, string where)
    {
        if (path.Contains("/certs.d/", StringComparison.Ordinal))
        {
            _root.Subfolder(Path.GetDirectoryName(path)![1..]);
        }

        var fault = Check((DropIn, Registry + Mirror), (path, text)).Faults(Place).First();
        Assert.Equal((kind, where), (fault.Kind, fault.Where));
    }

    [Theory]
    [InlineData(DropIn, Registry + Mirror + "pull-from-mirror = \"all\"\n")]
    [InlineData(Site, "[[registry]]\nprefix = \"docker.io/roadstead\"\nlocation = \"docker.io/roadstead\"\n[[registry.mirror]]\nlocation = \"mirror.example:5000/dockerhub/roadstead\"\n")]
    [InlineData(Site, "[[registry]]\nprefix = \"docker.io/roadsteads\"\nlocation = \"other.example\"\n")]
    [InlineData(Site, "[[registry]]\nprefix = \"*.docker.io\"\nlocation = \"other.example\"\n[[registry]]\nprefix = \"*.io\"\nlocation = \"other.example\"\n")]
    [InlineData(Policy, "{\"default\": [{\"type\": \"reject\"}], \"transports\": {\"docker\": {\"docker.io/roadstead/verify\": [{\"type\": \"insecureAcceptAnything\"}]}}}")]
    [InlineData(Policy, "{\"default\": [{\"type\": \"reject\"}], \"transports\": {\"docker\": {\"*.io\": [{\"type\": \"insecureAcceptAnything\"}]}}}")]
    [InlineData("/etc/containers/certs.d/other.example/client.cert", "")]
    public void A_file_that_does_no_harm(string path, string text) => Assert.Empty(Check((DropIn, Registry + Mirror), (path, text)).Faults(Place));

    [Fact]
    public void Digests_alone_that_are_wanted_are_no_fault() =>
        Assert.Empty(new RegistriesConfCheck(Node((DropIn, Registry + "mirror-by-digest-only = true\n" + Mirror)), Plans.Plain with { DigestOnly = true }, RegistriesConfPlaces.System).Faults(Place));

    [Fact]
    public void A_mirror_by_its_IPv6_address()
    {
        var plan = Plans.Plain with { Mirror = new MirrorUrl("https", "[fd00::1]:5000") };
        var fault = new RegistriesConfCheck(Node((DropIn, Registry + "[[registry.mirror]]\nlocation = \"[fd00::1]:5000/dockerhub\"\n")), plan, RegistriesConfPlaces.System).Faults(Place).Single();
        Assert.Equal((CauseKind.PlanUnfit, $"{DropIn}:4"), (fault.Kind, fault.Where));
    }

    [Fact]
    public void A_name_in_two_files_of_registries_d()
    {
        var text = "docker:\n  mirror.example:5000/quay:\n    use-sigstore-attachments: true\n";
        var fault = Check((DropIn, Registry + Mirror), ("/etc/containers/registries.d/a.yaml", text), ("/etc/containers/registries.d/b.yaml", text)).Faults(Place).Single();
        Assert.Equal((CauseKind.ConfigurationBroken, "/etc/containers/registries.d/b.yaml:2"), (fault.Kind, fault.Where));
        Assert.Contains("/etc/containers/registries.d/a.yaml:2", fault.What, StringComparison.Ordinal);
    }

    [Fact]
    public void CRI_O_s_own_policy_counts_for_it()
    {
        var conf = ("/etc/crio/crio.conf", "[crio.image]\nsignature_policy = \"/etc/crio/policy.json\"\n");
        var fault = new CrioCheck(Node(conf, (DropIn, Registry + Mirror), ("/etc/crio/policy.json", "{\"default\": [{\"type\": \"reject\"}]}")), Plans.Plain).Faults(Place).Single();
        Assert.Equal((CauseKind.PolicyRejects, "/etc/crio/policy.json:1"), (fault.Kind, fault.Where));
    }

    [Theory]
    [InlineData("docker.io/library", true)]
    [InlineData("*.io/library", true)]
    [InlineData("docker.io/library/busybox", true)]
    [InlineData("*.io", false)]
    [InlineData("*.docker.io/library", false)]
    [InlineData("quay.io/library", false)]
    public void Images_that_have_an_entry_of_their_own_are_told(string prefix, bool isTold)
    {
        var notes = Check((DropIn, Registry + Mirror), (Site, $"[[registry]]\nprefix = \"{prefix}\"\nlocation = \"other.example/x\"\n")).Notes(Place).ToList();
        Assert.Equal(isTold ? 1 : 0, notes.Count);
        Assert.All(notes, note => Assert.Contains($"{Site}:2", note, StringComparison.Ordinal));
    }

    [Fact]
    public void A_mirror_that_is_asked_first_is_told()
    {
        var check = Check((DropIn, Registry + "[[registry.mirror]]\nlocation = \"other.example/hub\"\n" + Mirror));
        Assert.Contains($"other.example/hub is asked before this mirror ({DropIn}:4)", check.Notes(Place).Single(), StringComparison.Ordinal);
        Assert.Empty(Check((DropIn, Registry + Mirror + "[[registry.mirror]]\nlocation = \"other.example/hub\"\n")).Notes(Place));
    }

    [Theory]
    [InlineData("blocked = true\n", true)]
    [InlineData("", false)]
    public void Blocked_that_was_taken_out_by_hand_is_missed(string key, bool isThere)
    {
        var breach = new RegistriesConfCheck(Node((DropIn, Registry + key + Mirror)), Plans.Plain with { MirrorOnly = true }, RegistriesConfPlaces.System).Breaches(Place).SingleOrDefault();
        Assert.Equal(isThere ? null : CauseKind.ConfigurationChanged, breach?.Kind);
        Assert.Equal(isThere ? null : $"{DropIn}:2", breach?.Where);
        Assert.Empty(Check((DropIn, Registry + key + Mirror)).Breaches(Place));
    }

    private RegistriesConfCheck Check(params (string Path, string Text)[] files) => new(Node(files), Plans.Plain, RegistriesConfPlaces.System);

    private NodeFiles Node(params (string Path, string Text)[] files) =>
        new NodeFiles(_root.Path).With(files.GroupBy(file => file.Path).ToDictionary(group => group.Key, group => (byte[]?)Encoding.UTF8.GetBytes(group.Last().Text)));
}
