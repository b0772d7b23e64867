using Roadstead.Testing.Cli;
using Roadstead.Testing.Clients;
using Roadstead.Testing.Processes;

namespace Roadstead.E2E.Nodes;

/// <summary><c>roadstead node agent</c> on machines with podman and containerd, and the server that lets them change.</summary>
public sealed class NodeAgentTests : IAsyncDisposable
{
    private const string DropIn = "/etc/containers/registries.conf.d/50-mirror.conf";

    private readonly NodeMachine _first = new();
    private readonly NodeMachine _second = new();

    public async ValueTask DisposeAsync()
    {
        await _first.DisposeAsync();
        await _second.DisposeAsync();
    }

    [Fact]
    public async Task A_node_is_configured_proven_reported_and_put_right_when_somebody_changed_it()
    {
        await using var world = await VerifyWorld.Start();
        await _first.StartContainerd();
        var result = await Once(_first, world, "one");
        Assert.True(result.Succeeded, result.ToString());
        Assert.Contains("may be put in force", result.Output, StringComparison.Ordinal);
        var list = await List(world);
        Assert.Matches(@"one\s.*podman.*containerd.*verified|one\s.*containerd.*podman.*verified|one[\s\S]*verified", list);
        var installed = await File.ReadAllTextAsync(_first[DropIn], TestContext.Current.CancellationToken);

        (await _first.Type($"sed -i 's/first/second/' {DropIn}")).OrThrow();
        var again = await Once(_first, world, "one");
        Assert.True(again.Succeeded, again.ToString());
        Assert.Contains("put right", again.Output, StringComparison.Ordinal);
        Assert.Equal(installed, await File.ReadAllTextAsync(_first[DropIn], TestContext.Current.CancellationToken));
    }

    [Fact]
    public async Task A_node_that_fails_stops_the_roll_out_and_the_others_wait()
    {
        await using var world = await VerifyWorld.Start();
        await _second.StartContainerd();
        var before = await _second.Tree();

        // Its containerd does not run, so nothing proves that it pulls through the mirror.
        Assert.Equal(1, (await Once(_first, world, "canary", "--canary")).ExitCode);
        var waiting = await Once(_second, world, "other");
        Assert.Equal(1, waiting.ExitCode);
        Assert.Contains("waits:", waiting.Output, StringComparison.Ordinal);
        Assert.Contains("canary", waiting.Output, StringComparison.Ordinal);
        Assert.Equal(before, await _second.Tree());
        Assert.Contains("canary", await List(world), StringComparison.Ordinal);

        await _first.StartContainerd();
        var mended = await Once(_first, world, "canary", "--canary");
        Assert.True(mended.Succeeded, mended.ToString());
        var released = await Once(_second, world, "other");
        Assert.True(released.Succeeded, released.ToString());
    }

    [Fact]
    public async Task Without_the_server_what_is_in_force_is_looked_after()
    {
        await using var world = await VerifyWorld.Start();
        await _first.StartContainerd();
        var first = await Once(_first, world, "one");
        Assert.True(first.Succeeded, first.ToString());
        var installed = await _first.Tree();
        await world.Server.Stop();
        (await _first.Type($"rm {DropIn}")).OrThrow();
        var result = await Once(_first, world, "one");
        Assert.Equal(1, result.ExitCode);
        Assert.Contains("What is in force stays", result.Output, StringComparison.Ordinal);
        Assert.Contains("put right", result.Output, StringComparison.Ordinal);
        Assert.Equal(Names(installed), Names(await _first.Tree()));
    }

    [Fact]
    public async Task It_goes_on_until_it_is_told_to_stop_and_tells_what_changes()
    {
        await using var world = await VerifyWorld.Start();
        await _first.StartContainerd();
        await using var agent = await _first.Start($"exec {Words(world, "one")} --interval 1s");
        await agent.Log.WaitFor(line => line.Contains("containerd: pulls through the mirror", StringComparison.Ordinal));
        (await _first.Type($"rm {DropIn}")).OrThrow();
        await agent.Log.WaitFor(line => line.Contains("put right", StringComparison.Ordinal));
        Assert.True(File.Exists(_first[DropIn]));
        await world.Server.Stop();
        await agent.Log.WaitFor(line => line.Contains("What is in force stays", StringComparison.Ordinal));
        await world.Server.StartAgain();
        await agent.Log.WaitFor(line => line.Contains("server: answers", StringComparison.Ordinal), 2);
        Assert.Equal(0, await agent.Stop());
    }

    // Times are of what was written anew.
    private static IEnumerable<string> Names(string tree) => tree.Split('\n').Select(line => line.Split(' ')[0]);

    private static Task<CommandResult> Once(NodeMachine node, VerifyWorld world, string name, params string[] options) => node.Type($"{Words(world, name)} --once {string.Join(' ', options)}");

    private static string Words(VerifyWorld world, string name) =>
        $"{RoadsteadCli.ShellWords} node agent {world.ServerOptions("https")} --token-file '{Path.Combine(world.Server.StoragePath, "node-token")}' --name {name}";

    private static async Task<string> List(VerifyWorld world) => (await RoadsteadCli.Run(
        "node", "list", "--server", $"https://{world.SecureAuthority}", "--ca", Path.Combine(world.Server.StoragePath, "tls", "ca.crt"), "--token-file", Path.Combine(world.Server.StoragePath, "node-token"))).OrThrow().Output;
}
