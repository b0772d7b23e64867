using System.Text.Json;
using Roadstead.Cli.NodeConfig;
using YamlDotNet.RepresentationModel;

namespace Roadstead.Cli.Tests.NodeConfig;

/// <summary>What pulls from private projects take; the files themselves are in Golden.</summary>
public class PodCredentialsTests
{
    private static readonly MirrorPlan Plan = Plans.Plain with { Credential = new MirrorCredential("ro\"bot", "p\"a\\s's: #{w}[o]rd %é$ ") };

    [Theory]
    [InlineData("crio", "mirror.example:5000/dockerhub", "mirror.example:5000/quay")]
    [InlineData("containerd", "https://index.docker.io/v1/", "quay.io")]
    [InlineData("docker", "mirror.example:5000")]
    public void The_pull_secret_has_the_keys_that_the_runtime_looks_for(string runtime, params string[] keys)
    {
        var secret = Secret(runtime, Plan with { MirrorOnly = true });
        var auths = JsonDocument.Parse(secret["stringData"][".dockerconfigjson"].ToString()).RootElement.GetProperty("auths").EnumerateObject().ToList();
        Assert.Equal(keys, auths.Select(auth => auth.Name));
        Assert.All(auths, auth => Assert.Equal(Plan.Credential!.Base64, auth.Value.GetProperty("auth").GetString()));
    }

    [Fact]
    public void A_credential_of_the_mirror_s_is_never_put_where_the_registry_would_see_it() =>
        Assert.DoesNotContain(Files("containerd", Plan), file => file.Path == "pull-secret.yaml");

    [Theory]
    [InlineData("shop", "puller")]
    [InlineData("a", "a.b-c")]
    public void Names_of_Kubernetes_are_taken(string scope, string account) => Assert.IsType<RenderResult.Rendered>(PodCredentials.Render("crio", Plan, new PodScope(scope, account)));

    [Theory]
    [InlineData("", "default", "--namespace")]
    [InlineData("Shop", "default", "--namespace")]
    [InlineData("a.b", "default", "--namespace")]
    [InlineData("shop\n", "default", "--namespace")]
    [InlineData("shop", "x: y", "--service-account")]
    [InlineData("shop", "-a", "--service-account")]
    public void What_Kubernetes_would_refuse_is_refused(string scope, string account, string subject)
    {
        var result = Assert.IsType<RenderResult.Faulty>(PodCredentials.Render("crio", Plan, new PodScope(scope, account)));
        Assert.Equal(subject, Assert.Single(result.Faults).Subject);
    }

    private static YamlNode Secret(string runtime, MirrorPlan plan)
    {
        var stream = new YamlStream();
        stream.Load(new StringReader(Files(runtime, plan).Single(file => file.Path == "pull-secret.yaml").Content));
        return stream.Documents[0].RootNode;
    }

    private static IReadOnlyList<ConfigFile> Files(string runtime, MirrorPlan plan) =>
        Assert.IsType<RenderResult.Rendered>(PodCredentials.Render(runtime, plan, new PodScope("default", "default"))).Configuration.Files;
}
