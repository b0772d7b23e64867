using System.Text.Json;
using Roadstead.Cli.NodeVerify;
using Roadstead.Cli.Output;
using YamlDotNet.RepresentationModel;

namespace Roadstead.Cli.Tests.NodeVerify;

public sealed class VerifyTextTests
{
    private static readonly VerifyCause Refused = new(CauseKind.MirrorRefused, "Nothing listens at https://m:1.", "Start the server.", "https://m:1", "said: \"no\"");
    private static readonly PullReport Pulled = new(true, "sha256:1234", TimeSpan.FromMilliseconds(1234));

    private static readonly VerifyReport Report = new("https://m:1", DateTimeOffset.UnixEpoch,
    [
        new RuntimeVerdict("containerd", "1.6.20", "CRI at /run/containerd/containerd.sock", null,
        [
            new RegistryReport("docker.io", "dockerhub", VerifyState.Verified, Pulled, Pulled, null, ["a note"]),
            new RegistryReport("quay.io", "quay", VerifyState.Failed, new PullReport(false, null, TimeSpan.FromSeconds(3)), null, Refused, []),
        ], new OutageReport(new OutageCost.Measured(TimeSpan.FromMilliseconds(40)), new OutageCost.MoreThan(TimeSpan.FromSeconds(59)))),
        new RuntimeVerdict("docker", null, "docker", Refused with { Kind = CauseKind.RuntimeAway }, [], null),
    ]);

    [Fact]
    public void A_table_has_a_line_for_each_registry_and_the_causes_below() => Assert.Equal("""
        RUNTIME     REGISTRY   BY TAG  BY DIGEST  TIME   CAUSE
        containerd  docker.io  yes     yes        2.5 s
        containerd  quay.io    no      -          3.0 s  mirror-refused
        docker      -          -       -          -      runtime-away

        containerd, quay.io: Nothing listens at https://m:1.
          at    https://m:1
          do    Start the server.
          said  said: "no"

        containerd, docker.io: a note

        containerd: while the mirror's process is down, a pull takes 0.0 s longer; while its host is gone, it takes more than 59.0 s longer.

        docker: Nothing listens at https://m:1.
          at    https://m:1
          do    Start the server.
          said  said: "no"

        """, VerifyText.Of(Report, "table"));

    [Fact]
    public void JSON_and_YAML_say_the_same()
    {
        var json = JsonDocument.Parse(VerifyText.Of(Report, "json")).RootElement;
        Assert.Equal("partly", json.GetProperty("state").GetString());
        Assert.Equal("mirror-refused", json.GetProperty("runtimes")[0].GetProperty("registries")[1].GetProperty("cause").GetProperty("kind").GetString());
        Assert.Equal(40, json.GetProperty("runtimes")[0].GetProperty("outage").GetProperty("processDown").GetProperty("extraMilliseconds").GetInt32());
        var yaml = new YamlStream();
        yaml.Load(new StringReader(VerifyText.Of(Report, "yaml")));
        AssertSame(json, yaml.Documents[0].RootNode);
    }

    private static void AssertSame(JsonElement json, YamlNode yaml)
    {
        switch (json.ValueKind)
        {
            case JsonValueKind.Object:
                Assert.Equal(json.EnumerateObject().Select(member => member.Name), ((YamlMappingNode)yaml).Children.Keys.Select(key => key.ToString()));
                json.EnumerateObject().ToList().ForEach(member => AssertSame(member.Value, yaml[member.Name]));
                break;
            case JsonValueKind.Array:
                Assert.Equal(json.GetArrayLength(), ((YamlSequenceNode)yaml).Children.Count);
                json.EnumerateArray().Zip(((YamlSequenceNode)yaml).Children).ToList().ForEach(pair => AssertSame(pair.First, pair.Second));
                break;
            default:
                Assert.Equal(json.ValueKind == JsonValueKind.String ? json.GetString() : json.GetRawText(), ((YamlScalarNode)yaml).Value);
                break;
        }
    }
}
