using Roadstead.Testing;
using Roadstead.Testing.Cli;
using Roadstead.Testing.Clients;
using Roadstead.Testing.Processes;

namespace Roadstead.E2E.Nodes;

/// <summary><c>roadstead node verify</c> against a real containerd: by the Container Runtime Interface, from outside the node's file system, and by <c>ctr</c>.</summary>
public sealed class VerifyContainerdTests : IAsyncDisposable
{
    private readonly ContainerdNode _node = new();

    public ValueTask DisposeAsync() => _node.DisposeAsync();

    [Theory]
    [InlineData("http")]
    [InlineData("https")]
    public async Task Pulls_by_tag_and_digest_come_through_the_mirror_and_leave_nothing(string scheme)
    {
        await using var world = await VerifyWorld.Start();
        var options = await Configure(world, scheme);
        var before = await _node.Held();
        var result = await Verify(options);
        Assert.True(result.ExitCode == 0, result.ToString());
        var runtime = VerifyWorld.Json(result).GetProperty("runtimes")[0];
        Assert.StartsWith("1.6", runtime.GetProperty("version").GetString(), StringComparison.Ordinal);
        Assert.Equal($"CRI at {ContainerdNode.Socket}", runtime.GetProperty("way").GetString());
        Assert.All(runtime.GetProperty("registries").EnumerateArray(), registry => Assert.Equal("verified", registry.GetProperty("state").GetString()));
        Assert.True(runtime.GetProperty("outage").GetProperty("processDown").TryGetProperty("extraMilliseconds", out _), result.ToString());
        Assert.Equal(before, await _node.Held());
        Assert.DoesNotContain(Directory.EnumerateDirectories(_node.CertsD), folder => folder.EndsWith("roadstead.invalid", StringComparison.Ordinal));
    }

    [Fact]
    public async Task Without_its_CRI_plug_in_ctr_pulls()
    {
        await using var world = await VerifyWorld.Start();
        await using var node = new ContainerdNode(cri: false);
        await world.Render("containerd", [.. world.Https]);
        Copy(world.Rendered["etc/containerd/certs.d"], node.CertsD);
        await node.Start();
        var before = await node.Held();
        var result = await node.Type(VerifyWorld.Script(["node", "verify", "--runtime", $"containerd={node[ContainerdNode.Socket]}", .. world.Https, "--output", "json"]));
        Assert.True(result.ExitCode == 0, result.ToString());
        Assert.Equal($"ctr at {node[ContainerdNode.Socket]}", VerifyWorld.Json(result).GetProperty("runtimes")[0].GetProperty("way").GetString());
        Assert.True(VerifyWorld.Json(result).GetProperty("runtimes")[0].GetProperty("outage").GetProperty("processDown").TryGetProperty("extraMilliseconds", out _), result.ToString());
        Assert.Equal(before, await node.Held());
    }

    [Fact]
    public async Task A_host_that_is_gone_is_measured_when_it_is_asked_for_and_never_for_longer_than_it_may()
    {
        await using var world = await VerifyWorld.Start();
        var options = await Configure(world, "http");
        var result = await Verify([.. options, "--outage", "all", "--timeout", "20"]);
        Assert.True(result.ExitCode == 0, result.ToString());
        var gone = VerifyWorld.Json(result).GetProperty("runtimes")[0].GetProperty("outage").GetProperty("hostGone");
        Assert.True(gone.TryGetProperty("moreThanMilliseconds", out _), result.ToString());
    }

    [Fact]
    public async Task A_server_that_is_stopped()
    {
        await using var world = await VerifyWorld.Start();
        var options = await Configure(world, "http");
        await world.Server.Stop();
        VerifyWorld.AssertCause(await Verify(options), "mirror-refused", world.Server.Authority, "Start the server");
    }

    [Fact]
    public async Task A_certificate_of_another_authority()
    {
        await using var world = await VerifyWorld.Start();
        using var other = new TestAuthority();
        var options = await Configure(world, "https");
        await world.ReplaceCertificate(other);
        VerifyWorld.AssertCause(await Verify(options), "certificate-untrusted", "/etc/containerd/certs.d/mirror-ca.crt", "test authority");
    }

    [Fact]
    public async Task The_CA_s_file_is_gone()
    {
        await using var world = await VerifyWorld.Start();
        var options = await Configure(world, "https");
        File.Delete(Path.Combine(_node.CertsD, "mirror-ca.crt"));
        VerifyWorld.AssertCause(await Verify(options), "configuration-missing", "/etc/containerd/certs.d/mirror-ca.crt");
    }

    [Theory]
    [InlineData("oops", "configuration-broken", ":1")]
    [InlineData("server = \"https://x.example\"\nserver = \"https://y.example\"", "configuration-broken", ":2")]
    [InlineData("[host.\"http://127.0.0.1:1/v2/first\"]\n  capabilities = [\"pull\"]", "configuration-changed", "http://127.0.0.1:1/v2/first")]
    public async Task A_hosts_toml_that_was_broken_or_changed_by_hand(string text, string kind, string words)
    {
        await using var world = await VerifyWorld.Start();
        var options = await Configure(world, "http");
        await File.WriteAllTextAsync(HostsToml(world), text + "\n", TestContext.Current.CancellationToken);
        VerifyWorld.AssertCause(await Verify([.. options.SkipLast(2)]), kind, $"/etc/containerd/certs.d/{world.Registry}/hosts.toml", words);
    }

    [Fact]
    public async Task A_hosts_toml_that_is_gone()
    {
        await using var world = await VerifyWorld.Start();
        var options = await Configure(world, "http");
        File.Delete(HostsToml(world));
        VerifyWorld.AssertCause(await Verify([.. options.SkipLast(2)]), "configuration-missing", $"/etc/containerd/certs.d/{world.Registry}/hosts.toml");
    }

    [Fact]
    public async Task A_config_path_that_is_not_set_and_then_not_taken_up()
    {
        await using var world = await VerifyWorld.Start();
        _node.WriteConfig(configPath: null);
        var options = await Configure(world, "http");
        VerifyWorld.AssertCause(await Verify(options), "config-path-unset", "/etc/containerd/config.toml", "config_path");

        _node.WriteConfig();
        VerifyWorld.AssertCause(await Verify(options), "restart-needed", "/etc/containerd/config.toml:", "systemctl restart containerd");

        await _node.Stop();
        await _node.Start();
        Assert.Equal(0, (await Verify(options)).ExitCode);
    }

    [Fact]
    public async Task A_project_that_the_server_does_not_have()
    {
        await using var world = await VerifyWorld.Start();
        string[] options = ["--mirror", world.Server.Address.ToString(), "--insecure", "--registry", $"{world.Registry}=nowhere"];
        await Install(world, options);
        VerifyWorld.AssertCause(await Verify(options), "project-unknown", "nowhere/roadstead/verify");
    }

    [Fact]
    public async Task A_containerd_that_does_not_run()
    {
        await using var world = await VerifyWorld.Start();
        var options = await Configure(world, "http");
        await _node.Stop();
        VerifyWorld.AssertCause(await Verify(options), "runtime-away", ContainerdNode.Socket, "Start it");
    }

    private string HostsToml(VerifyWorld world) => Path.Combine(_node.CertsD, world.Registry, "hosts.toml");

    private async Task<string[]> Configure(VerifyWorld world, string scheme)
    {
        string[] options = [.. scheme == "http" ? world.Http : world.Https];
        await Install(world, options);
        return options;
    }

    private async Task Install(VerifyWorld world, string[] options)
    {
        await world.Render("containerd", options);
        Copy(world.Rendered["etc/containerd/certs.d"], _node.CertsD);
        await _node.Start();
    }

    private static void Copy(string from, string to)
    {
        foreach (var file in Directory.EnumerateFiles(from, "*", SearchOption.AllDirectories))
        {
            var place = Path.Combine(to, Path.GetRelativePath(from, file));
            Directory.CreateDirectory(Path.GetDirectoryName(place)!);
            File.Copy(file, place);
        }
    }

    private Task<CommandResult> Verify(string[] options) => RoadsteadCli.Run(["node", "verify", "--runtime", "containerd", "--root", _node.Root, .. options, "--output", "json"]);
}
