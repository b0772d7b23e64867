using System.Globalization;
using Roadstead.Api;
using Roadstead.Testing;
using Roadstead.Testing.Server;
using Roadstead.Testing.Upstream;

namespace Roadstead.Server.Tests.Management;

/// <summary>What a running server tells nodes of itself.</summary>
public class MirrorListTests
{
    private static readonly Uri Hub = new("https://registry-1.docker.io");
    private static readonly Uri Quay = new("https://quay.io");

    [Fact]
    public async Task Without_a_configuration_the_presets_are_listed()
    {
        await using var server = await TestServer.Start();
        var list = await Ask(server);
        Assert.Equal(server.Address.ToString().TrimEnd('/'), list.Url);
        Assert.Null(list.Ca);
        Assert.Equal(10, list.Mirrors.Count);
        Assert.Equal(new MirroredRegistry("docker.io", "dockerhub", "https://registry-1.docker.io", true, true, null), list.Mirrors[0]);
        Assert.All(list.Mirrors, mirror => Assert.True(mirror is { Public: true, Primary: true }));
    }

    [Fact]
    public async Task Of_several_projects_of_a_registry_one_is_primary_and_hosted_and_private_ones_are_not_told()
    {
        await using var server = await TestServer.Start(config => config
            .AddEndpoint("hub", "docker.io", Hub)
            .AddEndpoint("quay", "quay.io", Quay)
            .AddProject("first", "hub")
            .AddProject("second", "hub", ("primary", true))
            .AddProject("hidden", "quay", ("public", false))
            .AddProject("hosted", null));
        var list = await Ask(server);
        Assert.Equal([("first", false), ("second", true)], list.Mirrors.Select(mirror => (mirror.Project, mirror.Primary)));
    }

    [Fact]
    public async Task The_URL_is_the_one_the_server_was_asked_by_or_its_publicUrl()
    {
        await using var server = await TestServer.Start(config => config.AddEndpoint("hub", "docker.io", Hub).AddProject("dockerhub", "hub"));
        using var request = new HttpRequestMessage(HttpMethod.Get, MirrorList.Path);
        request.Headers.Host = "mirror.example:5000";
        using var response = await server.Client.SendAsync(request, TestContext.Current.CancellationToken);
        Assert.Contains("\"url\":\"http://mirror.example:5000\"", await response.Content.ReadAsStringAsync(TestContext.Current.CancellationToken), StringComparison.Ordinal);

        await server.Restart(config => config.Extra = "publicUrl: https://public.example\n");
        Assert.Equal("https://public.example", (await Ask(server)).Url);
    }

    [Fact]
    public async Task A_request_without_a_host_is_told_so()
    {
        await using var server = await TestServer.Start();
        var (status, answer) = await RawHttp.Send(server.Address, $"GET {MirrorList.Path} HTTP/1.0", host: null);
        Assert.Equal(400, status);
        Assert.Contains("publicUrl", answer, StringComparison.Ordinal);
    }

    [Fact]
    public async Task With_tls_auto_the_CA_is_the_one_of_ca_crt()
    {
        using var port = LoopbackPort.Claim();
        await using var server = await TestServer.Start(config =>
        {
            config.Extra = "tls: auto\n";
            config.AddListener(new Uri($"https://{port.Authority}"));
        });
        var list = await Ask(server);
        Assert.Equal(await server.Client.GetStringAsync(new Uri("/ca.crt", UriKind.Relative), TestContext.Current.CancellationToken), list.Ca);
        Assert.StartsWith("-----BEGIN CERTIFICATE-----", list.Ca, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_listener_or_a_host_name_of_a_project_s_own_is_its_root()
    {
        using var port = LoopbackPort.Claim();
        await using var server = await TestServer.Start(config => config
            .AddEndpoint("hub", "docker.io", Hub).AddProject("dockerhub", "hub")
            .AddEndpoint("quay", "quay.io", Quay).AddProject("quay", "quay", ("hosts", new[] { "quay.mirror.example" }))
            .AddEndpoint("ghcr", "ghcr.io", new Uri("https://ghcr.io")).AddProject("ghcr", "ghcr", ("hosts", new[] { "ghcr.mirror.example:8080" }))
            .AddListener(port.Address, "dockerhub"));
        string?[] roots = [$"http://{port.Authority}", string.Create(CultureInfo.InvariantCulture, $"http://quay.mirror.example:{server.Address.Port}"), "http://ghcr.mirror.example:8080"];
        Assert.Equal(roots, (await Ask(server)).Mirrors.Select(mirror => mirror.Root));
    }

    [Fact]
    public async Task Of_two_roots_the_one_of_the_URL_s_scheme_is_told()
    {
        using var plain = LoopbackPort.Claim();
        using var secure = LoopbackPort.Claim();
        await using var server = await TestServer.Start(config =>
        {
            config.AddEndpoint("hub", "docker.io", Hub).AddProject("dockerhub", "hub").AddListener(plain.Address, "dockerhub").AddListener(new Uri($"https://{secure.Authority}"), "dockerhub");
            config.Extra = "tls: auto\npublicUrl: https://127.0.0.1:1\n";
        });
        Assert.Equal($"https://{secure.Authority}", (await Ask(server)).Mirrors[0].Root);
        await server.Restart(config => config.Extra = "tls: auto\n");
        Assert.Equal($"http://{plain.Authority}", (await Ask(server)).Mirrors[0].Root);
    }

    [Theory]
    [InlineData(200, "<!DOCTYPE html>", "something else")]
    [InlineData(200, "{}", "without the list")]
    [InlineData(200, """{"url": "http://mirror", "mirrors": [{"registry": "docker.io"}]}""", "without the list")]
    [InlineData(200, "null", "without the list")]
    [InlineData(404, "", "404")]
    public async Task The_client_tells_what_is_no_list(int status, string body, string expected)
    {
        await using var other = await FakeUpstream.Start();
        other.Origin.Fault(On.Any, Faults.Status(status, body, "application/json"));
        using var http = LoopbackClient.For(other.Address);
        var refused = Assert.IsType<ApiOutcome<MirrorList>.Refused>(await new ManagementClient(http, other.Address).Mirrors(TestContext.Current.CancellationToken));
        Assert.Equal(status, refused.Status);
        Assert.Contains(expected, refused.Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task The_client_tells_that_nobody_is_there()
    {
        using var port = LoopbackPort.Claim();
        using var http = LoopbackClient.For(port.Address);
        var unreachable = Assert.IsType<ApiOutcome<MirrorList>.Unreachable>(await new ManagementClient(http, port.Address).Mirrors(TestContext.Current.CancellationToken));
        Assert.Contains("refused", unreachable.Message, StringComparison.Ordinal);
        Assert.False(unreachable.Untrusted);
    }

    private static async Task<MirrorList> Ask(TestServer server) =>
        Assert.IsType<ApiOutcome<MirrorList>.Answered>(await new ManagementClient(server.Client, server.Address).Mirrors(TestContext.Current.CancellationToken)).Value;
}
