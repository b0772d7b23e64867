using Roadstead.Cli.NodeConfig;

namespace Roadstead.Cli.Tests.NodeConfig;

/// <summary>What single runtimes cannot do. What each does with each option is in Golden; here are the rules on names, addresses and versions.</summary>
public class RuntimeFaultTests
{
    [Theory]
    [InlineData("crio")]
    [InlineData("podman")]
    [InlineData("openshift")]
    [InlineData("minikube")]
    public void Containers_image_takes_a_host_without_dot_and_port_for_none(string runtime)
    {
        var fault = Assert.Single(Plans.FaultsOf(runtime, Plans.Plain with { Mirror = new MirrorUrl("https", "mirror") }));
        Assert.Contains("https://mirror:443", fault.Message, StringComparison.Ordinal);
        Assert.Empty(Plans.FaultsOf(runtime, Plans.Plain with { Mirror = new MirrorUrl("https", "mirror:443") }));
    }

    [Fact]
    public void Others_take_any_host() => Assert.Empty(Plans.FaultsOf("containerd", Plans.Plain with { Mirror = new MirrorUrl("https", "mirror") }));

    [Theory]
    [InlineData("kind", "127.0.0.1:5000")]
    [InlineData("kind", "localhost:5000")]
    [InlineData("minikube", "127.0.0.2:5000")]
    public void This_machine_s_loopback_is_not_that_of_a_node_in_a_container(string runtime, string authority) =>
        Assert.Contains("the node itself", Assert.Single(Plans.FaultsOf(runtime, Plans.Plain with { Mirror = new MirrorUrl("https", authority) })).Message, StringComparison.Ordinal);

    [Theory]
    [InlineData("crio")]
    [InlineData("podman")]
    [InlineData("openshift")]
    [InlineData("minikube")]
    [InlineData("kaniko")]
    [InlineData("buildkit")]
    [InlineData("containerd")]
    [InlineData("microk8s")]
    [InlineData("kind")]
    [InlineData("k3s")]
    [InlineData("rke2")]
    [InlineData("talos")]
    [InlineData("docker")]
    public void An_IPv6_address_is_no_host_of_an_image_s_name_and_none_of_hosts_toml(string runtime)
    {
        var fault = Assert.Single(Plans.FaultsOf(runtime, Plans.Plain with { Mirror = new MirrorUrl("https", "[fd00::1]:5000") }));
        Assert.Equal("--mirror", fault.Subject);
        Assert.Contains("Give a name that leads to the address, or an IPv4 address.", fault.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void Docker_before_25_needs_a_root_of_Docker_Hub_s_own()
    {
        var plan = Plans.Plain.For("24.0.7");
        Assert.Equal("--docker-hub-url", Assert.Single(Plans.FaultsOf("docker", plan)).Subject);
        Assert.Equal("--docker-hub-url", Assert.Single(Plans.FaultsOf("docker", plan.WithRoot("http://mirror.example:5001"))).Subject);
        Assert.Empty(Plans.FaultsOf("docker", plan.WithRoot("https://mirror.example:5001")));
        Assert.Empty(Plans.FaultsOf("docker", plan.WithRoot("http://mirror.example:5001") with { Insecure = true }));
    }

    [Theory]
    [InlineData("27", true)]
    [InlineData("28", false)]
    [InlineData("29.1", false)]
    public void Docker_without_hosts_toml_mirrors_Docker_Hub_alone(string version, bool refused)
    {
        var faults = Plans.FaultsOf("docker", Plans.Plain.For(version) with { Registries = [Plans.Registry("quay.io", "quay")] });
        Assert.Equal(refused, faults.Count > 0);
    }

    [Theory]
    [InlineData("v1.26.13+k3s1", false)]
    [InlineData("v1.27.9+k3s1", true)]
    [InlineData("v1.29.0+k3s1", true)]
    [InlineData("v1.29.1+k3s1", false)]
    [InlineData("v1.25.16+k3s1", true)]
    [InlineData("v1.34.1+k3s1", false)]
    public void K3s_without_its_default_endpoint_begins_in_each_series(string version, bool refused) =>
        Assert.Equal(refused, Plans.FaultsOf("k3s", Plans.Plain.For(version) with { MirrorOnly = true }).Count > 0);

    [Theory]
    [InlineData("1.7.13", "1.7.13")]
    [InlineData("v2.1", "2.1.0")]
    [InlineData("29", "29.0.0")]
    [InlineData("20.10.24+dfsg1", "20.10.24")]
    [InlineData("1.6.20~ds1", "1.6.20")]
    [InlineData("v1.30.4-rc1+k3s1", "1.30.4")]
    [InlineData("latest", null)]
    [InlineData("", null)]
    [InlineData("1.x", null)]
    [InlineData("99999999999.1", null)]
    public void Versions_are_read_as_runtimes_print_them(string text, string? version) => Assert.Equal(version, RuntimeVersion.Parse(text)?.ToString());

    [Theory]
    [InlineData("https://Mirror.example:443/", "https://mirror.example:443")]
    [InlineData("HTTP://10.0.0.1:5000", "http://10.0.0.1:5000")]
    [InlineData("https://[::1]:5000", "https://[::1]:5000")]
    [InlineData("mirror.example", null)]
    [InlineData("ftp://mirror.example", null)]
    [InlineData("https://", null)]
    [InlineData("https://mirror.example/v2", null)]
    [InlineData("https://mirror.example?ns=x", null)]
    [InlineData("https://user:secret@mirror.example", null)]
    [InlineData("https://mirror.example:99999", null)]
    [InlineData("https://mir ror", null)]
    [InlineData("https://mir\"ror", null)]
    [InlineData("https://mirrör.example", null)]
    public void URLs_are_scheme_and_authority(string text, string? url)
    {
        Assert.Equal(url is not null, MirrorUrl.TryParse(text, out var parsed, out var fault));
        Assert.Equal(url, parsed?.ToString());
        Assert.DoesNotContain("secret", fault ?? "", StringComparison.Ordinal);
    }
}
