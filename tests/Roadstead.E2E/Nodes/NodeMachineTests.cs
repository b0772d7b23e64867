using System.Text.Json;
using Roadstead.Testing.Cli;
using Roadstead.Testing.Clients;

namespace Roadstead.E2E.Nodes;

/// <summary>A machine with podman and containerd, from its first install to its uninstall, by what a person types.</summary>
public sealed class NodeMachineTests : IAsyncDisposable
{
    private readonly NodeMachine _node = new();

    public ValueTask DisposeAsync() => _node.DisposeAsync();

    [Theory]
    [InlineData("http")]
    [InlineData("https")]
    public async Task Install_and_verify_pass_for_both_and_uninstall_leaves_the_tree_as_it_was(string scheme)
    {
        await using var world = await VerifyWorld.Start();
        await _node.StartContainerd();
        var before = await _node.Tree();
        var result = await _node.Type($"{RoadsteadCli.ShellFunction}set -e\nroadstead node install {world.ServerOptions(scheme)} && roadstead node verify --output json > /root/verified.json");
        Assert.True(result.Succeeded, result.ToString());
        var runtimes = JsonDocument.Parse(await File.ReadAllTextAsync(_node["/root/verified.json"], TestContext.Current.CancellationToken)).RootElement.GetProperty("runtimes").EnumerateArray().ToList();
        Assert.Equal(["podman", "containerd"], runtimes.Select(runtime => runtime.GetProperty("runtime").GetString()));
        Assert.All(runtimes, runtime => Assert.All(runtime.GetProperty("registries").EnumerateArray(), registry => Assert.Equal("verified", registry.GetProperty("state").GetString())));
        Assert.NotEqual(before, await _node.Tree());
        var uninstalled = await _node.Type($"{RoadsteadCli.ShellFunction}roadstead node uninstall");
        Assert.True(uninstalled.Succeeded, uninstalled.ToString());
        Assert.Equal(before, await _node.Tree());
    }

    [Fact]
    public async Task What_breaks_is_told_for_both_with_its_cause()
    {
        await using var world = await VerifyWorld.Start();
        await _node.StartContainerd();
        (await _node.Type($"{RoadsteadCli.ShellFunction}roadstead node install {world.ServerOptions("https")}")).OrThrow();

        // By hand, and put right by another install.
        (await _node.Type("sed -i '3s/.*/location = oops/' /etc/containers/registries.conf.d/50-mirror.conf; sed -i '1s/.*/oops/' /etc/containerd/certs.d/*/hosts.toml")).OrThrow();
        await AssertCauses("configuration-broken", "configuration-broken");
        (await _node.Type($"{RoadsteadCli.ShellFunction}roadstead node install && roadstead node verify --outage none")).OrThrow();

        using var other = new Roadstead.Testing.TestAuthority();
        await world.ReplaceCertificate(other);
        await AssertCauses("certificate-untrusted", "certificate-untrusted");
        await world.Server.Stop();
        await AssertCauses("mirror-refused", "mirror-refused");
    }

    [Fact]
    public async Task A_containerd_without_the_folder_is_left_for_a_restart_and_said_to_need_it()
    {
        await using var world = await VerifyWorld.Start();
        _node.WriteContainerdConfig("\"\"");
        await _node.StartContainerd();
        var before = await _node.Tree();
        var installed = await _node.Type($"{RoadsteadCli.ShellFunction}roadstead node install --runtime containerd {world.ServerOptions("http")}");
        Assert.Equal(3, installed.ExitCode);
        Assert.Contains("systemctl restart containerd", installed.Error, StringComparison.Ordinal);
        await AssertCauses("restart-needed");
        await _node.StopContainerd();
        await _node.StartContainerd();
        var verified = await _node.Type($"{RoadsteadCli.ShellFunction}roadstead node verify");
        Assert.True(verified.Succeeded, verified.ToString());
        Assert.Equal(3, (await _node.Type($"{RoadsteadCli.ShellFunction}roadstead node uninstall")).ExitCode);
        Assert.Equal(before, await _node.Tree());
    }

    private async Task AssertCauses(params string[] kinds)
    {
        var result = await _node.Type($"{RoadsteadCli.ShellFunction}roadstead node verify --outage none --output json");
        Assert.True(result.ExitCode == 1, result.ToString());
        var causes = VerifyWorld.Json(result).GetProperty("runtimes").EnumerateArray()
            .Select(runtime => runtime.GetProperty("cause") is { ValueKind: JsonValueKind.Object } whole ? whole : runtime.GetProperty("registries")[0].GetProperty("cause"));
        Assert.True(kinds.SequenceEqual(causes.Select(cause => cause.GetProperty("kind").GetString()!)), result.ToString());
    }
}
