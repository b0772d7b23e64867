using System.Text.Json;
using Roadstead.Cli.NodeConfig;
using Tomlyn;
using Tomlyn.Model;
using YamlDotNet.RepresentationModel;

namespace Roadstead.Cli.Tests.NodeConfig;

/// <summary>What is rendered, read by parsers of its language.</summary>
public class FormTests
{
    // What a username or password may hold, and what each language must escape.
    private const string Awkward = "p\"a\\s's: #{w}[o]rd %é$ ";

    public static TheoryData<string> Names => [.. GoldenCases.All.Where(entry => entry.Value.Result is RenderResult.Rendered).Select(entry => entry.Key)];

    [Theory]
    [MemberData(nameof(Names))]
    public void Every_file_is_of_its_language(string name)
    {
        foreach (var file in GoldenCases.All[name].Configuration.Files)
        {
            Read(file);
        }
    }

    [Theory]
    [MemberData(nameof(Names))]
    public void No_note_and_no_readable_file_holds_a_secret(string name)
    {
        var configuration = GoldenCases.All[name].Configuration;
        string[] secrets = [Plans.Password, Plans.Credential.Base64];
        Assert.All(configuration.Notes, note => Assert.DoesNotContain(secrets, secret => note.Contains(secret, StringComparison.Ordinal)));
        Assert.All(configuration.Files, file => Assert.Equal(secrets.Any(secret => file.Content.Contains(secret, StringComparison.Ordinal)), file.IsSecret));
        Assert.All(configuration.Files, file => Assert.DoesNotContain(Plans.Password, file.ToString(), StringComparison.Ordinal));
        Assert.DoesNotContain(Plans.Password, GoldenCases.All[name].Plan.ToString(), StringComparison.Ordinal);
    }

    [Theory]
    [MemberData(nameof(Names))]
    public void Paths_are_absolute_unless_the_file_is_applied_and_named_once(string name)
    {
        var files = GoldenCases.All[name].Configuration.Files;
        Assert.All(files, file => Assert.Equal(file.Placement != Placement.Applied, file.Path.StartsWith('/')));
        Assert.Equal(files.Count, files.DistinctBy(file => file.Path).Count());
        Assert.All(files, file => Assert.EndsWith("\n", file.Content, StringComparison.Ordinal));
    }

    [Fact]
    public void Awkward_passwords_come_back_as_they_were()
    {
        var plan = Plans.Plain with { Credential = new MirrorCredential("ro\"bot", Awkward) };
        var k3s = (YamlMappingNode)Yaml(File("k3s", plan, "registries.yaml"))[0].RootNode["configs"]["mirror.example:5000"]["auth"];
        Assert.Equal((plan.Credential.Username, Awkward), (k3s["username"].ToString(), k3s["password"].ToString()));
        var talos = Yaml(File("talos", plan, "mirror-patch.yaml"))[2].RootNode;
        Assert.Equal(("RegistryAuthConfig", Awkward), (talos["kind"].ToString(), talos["password"].ToString()));
        var legacy = Yaml(File("talos", plan.For("1.11"), "mirror-patch.yaml"))[0].RootNode["machine"]["registries"]["config"]["mirror.example:5000"]["auth"];
        Assert.Equal(Awkward, legacy["password"].ToString());
        var auth = JsonDocument.Parse(File("podman", plan, "auth.json")).RootElement.GetProperty("auths").GetProperty("mirror.example:5000").GetProperty("auth").GetString();
        Assert.Equal(plan.Credential.Base64, auth);
        var hosts = Toml(File("containerd", plan, "docker.io/hosts.toml"));
        var header = (TomlTable)((TomlTable)((TomlTable)hosts["host"])["https://mirror.example:5000/v2/dockerhub"])["header"];
        Assert.Equal($"Basic {plan.Credential.Base64}", header["authorization"]);
    }

    [Fact]
    public void The_CA_comes_back_as_it_was()
    {
        var plan = Plans.Plain with { CaPem = Plans.CaPem.ReplaceLineEndings("\r\n") + "\r\n\r\n" };
        Assert.Equal(Plans.CaPem, Yaml(File("openshift", plan, "mirror-ca.yaml"))[0].RootNode["data"]["mirror.example..5000"].ToString());
        Assert.Equal(Plans.CaPem, Yaml(File("talos", plan, "mirror-patch.yaml"))[2].RootNode["ca"].ToString());
        var legacy = Yaml(File("talos", plan.For("1.11"), "mirror-patch.yaml"))[0].RootNode["machine"]["registries"]["config"]["mirror.example:5000"]["tls"]["ca"].ToString();
        Assert.Equal(Plans.CaPem, System.Text.Encoding.UTF8.GetString(Convert.FromBase64String(legacy)));
    }

    private static string File(string runtime, MirrorPlan plan, string end) =>
        Plans.Render(runtime, plan).Files.Single(file => file.Path.EndsWith(end, StringComparison.Ordinal)).Content;

    private static void Read(ConfigFile file)
    {
        switch (Path.GetExtension(file.Path))
        {
            case ".toml" or ".conf":
                Assert.NotEmpty(Toml(file.Content));
                break;
            case ".yaml":
                Assert.All(Yaml(file.Content), document => Assert.IsType<YamlMappingNode>(document.RootNode));
                break;
            case ".json":
                Assert.Equal(JsonValueKind.Object, JsonDocument.Parse(file.Content).RootElement.ValueKind);
                break;
            case ".crt":
                Assert.Equal(Plans.CaPem, file.Content);
                break;
            default:
                Assert.Equal("kaniko-arguments.txt", file.Path);
                Assert.All(file.Content.TrimEnd('\n').Split('\n'), line => Assert.StartsWith("--", line, StringComparison.Ordinal));
                break;
        }
    }

    private static TomlTable Toml(string text) => TomlSerializer.Deserialize<TomlTable>(text)!;

    private static IList<YamlDocument> Yaml(string text)
    {
        var stream = new YamlStream();
        stream.Load(new StringReader(text));
        return stream.Documents;
    }
}
