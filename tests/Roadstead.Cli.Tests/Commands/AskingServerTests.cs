using System.Security.Cryptography.X509Certificates;
using System.Text.Json;
using Roadstead.Testing;
using Roadstead.Testing.Cli;
using Roadstead.Testing.Processes;
using Roadstead.Testing.Server;
using Roadstead.Testing.Upstream;

namespace Roadstead.Cli.Tests.Commands;

/// <summary>The program, asking a real server.</summary>
public class AskingServerTests
{
    [Fact]
    public async Task Every_registry_of_the_server_or_some_projects()
    {
        await using var server = await Start();
        var all = await Content(server, "podman", "--insecure");
        Assert.Contains($"location = \"{server.Authority}/dockerhub\"\ninsecure = true", all, StringComparison.Ordinal);
        Assert.Contains($"location = \"{server.Authority}/quay\"", all, StringComparison.Ordinal);
        Assert.DoesNotContain("/other", all, StringComparison.Ordinal);

        var some = await Content(server, "podman", "--insecure", "--project", "other");
        Assert.Contains($"location = \"{server.Authority}/other\"", some, StringComparison.Ordinal);
        Assert.DoesNotContain("quay", some, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_project_that_is_not_there_is_told_with_those_that_are()
    {
        await using var server = await Start();
        var result = await Render(server.Address.ToString(), "podman", "--insecure", "--project", "nope");
        Assert.Equal((1, ""), (result.ExitCode, result.Output));
        Assert.Contains("dockerhub, other, quay", result.Error, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Nodes_may_call_the_server_otherwise_and_fall_back_to_where_references_lead()
    {
        await using var server = await Start();
        var hosts = await Content(server, "containerd", "--mirror", "https://mirror.example:5000", "--project", "dockerhub");
        Assert.StartsWith("server = \"https://registry-1.docker.io\"\n", hosts, StringComparison.Ordinal);
        Assert.Contains("[host.\"https://mirror.example:5000/v2/dockerhub\"]", hosts, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_registry_keeps_the_scheme_by_which_the_server_reaches_it_under_its_own_name()
    {
        await using var upstream = await FakeUpstream.Start();
        await using var server = await TestServer.Start(config => config
            .AddEndpoint("local", upstream.Authority, upstream.Address, ("allowPrivateAddresses", true)).AddProject("local", "local"));
        Assert.StartsWith($"server = \"http://{upstream.Authority}\"\n", await Content(server, "containerd", "--insecure"), StringComparison.Ordinal);
    }

    [Fact]
    public async Task The_listener_of_Docker_Hub_s_own_is_found_for_Docker_before_25()
    {
        using var port = LoopbackPort.Claim();
        await using var server = await Start(config => config.AddListener(port.Address, "dockerhub"));
        var json = await Content(server, "docker", "--insecure", "--runtime-version", "20.10");
        Assert.Equal($"http://{port.Authority}", JsonDocument.Parse(json).RootElement.GetProperty("registry-mirrors")[0].GetString());
        var elsewhere = await Content(server, "docker", "--insecure", "--runtime-version", "20.10", "--mirror", "http://mirror.example:5000");
        Assert.Contains(string.Create(System.Globalization.CultureInfo.InvariantCulture, $"\"http://mirror.example:{port.Number}\""), elsewhere, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Over_HTTPS_the_CA_comes_along_and_is_needed_to_ask()
    {
        using var port = LoopbackPort.Claim();
        using var folder = new TemporaryFolder("ca");
        await using var server = await Start(config =>
        {
            config.Extra = "tls: auto\n";
            config.AddListener(new Uri($"https://{port.Authority}"));
        });
        var untrusted = await Render($"https://{port.Authority}", "podman");
        Assert.Equal((1, ""), (untrusted.ExitCode, untrusted.Output));
        Assert.Contains($"https://{port.Authority}/ca.crt", untrusted.Error, StringComparison.Ordinal);

        var ca = await server.Client.GetStringAsync(new Uri("/ca.crt", UriKind.Relative), TestContext.Current.CancellationToken);
        await File.WriteAllTextAsync(folder["ca.crt"], ca, TestContext.Current.CancellationToken);
        var files = Files(await Render($"https://{port.Authority}", "podman", "--ca", folder["ca.crt"], "--output", "json"));
        Assert.Equal(ca, files[$"/etc/containers/certs.d/{port.Authority}/ca.crt"]);
        using var certificate = X509Certificate2.CreateFromPem(ca);

        // Asked over plain HTTP for nodes that use HTTPS, the server's word on its CA is taken.
        files = Files(await Render(server.Address.ToString(), "podman", "--mirror", $"https://{port.Authority}", "--output", "json"));
        Assert.Equal(ca, files[$"/etc/containers/certs.d/{port.Authority}/ca.crt"]);

        files = Files(await Render($"https://{port.Authority}", "podman", "--insecure", "--output", "json"));
        Assert.Equal(["/etc/containers/registries.conf.d/50-mirror.conf"], files.Keys);
    }

    [Fact]
    public async Task A_server_that_is_not_there_or_is_something_else()
    {
        using var port = LoopbackPort.Claim();
        var nobody = await Render($"http://{port.Authority}", "podman", "--insecure");
        Assert.Equal((1, ""), (nobody.ExitCode, nobody.Output));
        Assert.Contains("cannot be reached", nobody.Error, StringComparison.Ordinal);

        await using var other = await FakeUpstream.Start();
        var stranger = await Render($"http://{other.Authority}", "podman", "--insecure");
        Assert.Equal((1, ""), (stranger.ExitCode, stranger.Output));
        Assert.Contains("Is it a Roadstead server", stranger.Error, StringComparison.Ordinal);
    }

    private static Task<TestServer> Start(Action<ServerConfig>? configure = null) => TestServer.Start(config =>
    {
        config
            .AddEndpoint("hub", "docker.io", new Uri("https://proxy.example")).AddProject("dockerhub", "hub").AddProject("other", "hub")
            .AddEndpoint("quay", "quay.io", new Uri("https://quay.io")).AddProject("quay", "quay");
        configure?.Invoke(config);
    });

    private static Task<CommandResult> Render(string server, string runtime, params string[] words) => RoadsteadCli.Run(["node", "render", "--runtime", runtime, "--server", server, .. words]);

    /// <summary>The first file.</summary>
    private static async Task<string> Content(TestServer server, string runtime, params string[] words) =>
        Files(await Render(server.Address.ToString(), runtime, ["--output", "json", .. words])).First().Value;

    private static Dictionary<string, string> Files(CommandResult result) => JsonDocument.Parse(result.OrThrow().Output).RootElement.GetProperty("files").EnumerateArray()
        .ToDictionary(file => file.GetProperty("path").GetString()!, file => file.GetProperty("content").GetString()!);
}
