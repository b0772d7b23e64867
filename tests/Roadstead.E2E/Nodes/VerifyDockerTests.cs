using System.Text.Json;
using Roadstead.Testing;
using Roadstead.Testing.Clients;
using Roadstead.Testing.Processes;

namespace Roadstead.E2E.Nodes;

/// <summary><c>roadstead node verify</c> with a real dockerd. It falls back to Docker Hub by a proxy that nobody is.</summary>
public sealed class VerifyDockerTests : IDisposable
{
    private readonly LoopbackPort _nobody = LoopbackPort.Claim();

    public void Dispose() => _nobody.Dispose();

    [Fact]
    public async Task Docker_Hub_is_verified_and_other_registries_are_passed_over()
    {
        await using var world = await VerifyWorld.Start();
        await using var docker = await Start(world);
        var result = await Verify(docker, world, "--registry", $"{world.Other}=second", "--registry", $"{world.Registry}=first");
        Assert.True(result.ExitCode == 0, result.ToString());
        var registries = VerifyWorld.Json(result).GetProperty("runtimes")[0].GetProperty("registries");
        Assert.Equal(["verified", "skipped", "skipped"], registries.EnumerateArray().Select(registry => registry.GetProperty("state").GetString()));
        Assert.Single(registries.EnumerateArray().SelectMany(registry => registry.GetProperty("notes").EnumerateArray()));
        Assert.True(VerifyWorld.Json(result).GetProperty("runtimes")[0].GetProperty("outage").GetProperty("processDown").TryGetProperty("notMeasured", out _));
        Assert.Equal("", await docker.Images());
    }

    [Fact]
    public async Task What_stands_in_its_way()
    {
        await using var world = await VerifyWorld.Start();
        await using var docker = await Start(world);
        await File.WriteAllTextAsync(docker.DaemonJson, "{\n  // ours\n  \"registry-mirrors\": []\n}\n", TestContext.Current.CancellationToken);
        await world.Server.Stop();
        VerifyWorld.AssertCause(await Verify(docker, world), "configuration-broken", "/etc/docker/daemon.json:2", "without comments");

        await File.WriteAllTextAsync(docker.DaemonJson, Json(world), TestContext.Current.CancellationToken);
        VerifyWorld.AssertCause(await Verify(docker, world), "mirror-refused", world.DockerHub.Authority);

        await docker.Stop();
        VerifyWorld.AssertCause(await Verify(docker, world), "runtime-away", "docker", "Start it");
    }

    [Fact]
    public async Task A_daemon_json_that_the_daemon_did_not_take_up()
    {
        await using var world = await VerifyWorld.Start();
        await using var docker = await Dockerd.Start("{}", _nobody.Address.ToString());
        VerifyWorld.AssertCause(await Verify(docker, world), "configuration-changed", "registry-mirrors");
        await File.WriteAllTextAsync(docker.DaemonJson, Json(world), TestContext.Current.CancellationToken);
        VerifyWorld.AssertCause(await Verify(docker, world), "restart-needed", "systemctl reload docker");
    }

    private static string Json(VerifyWorld world) => JsonSerializer.Serialize(new Dictionary<string, string[]> { ["registry-mirrors"] = [world.DockerHub.ToString().TrimEnd('/')] });

    private Task<Dockerd> Start(VerifyWorld world) => Dockerd.Start(Json(world), _nobody.Address.ToString());

    private static Task<CommandResult> Verify(Dockerd docker, VerifyWorld world, params string[] more) => docker.Type(VerifyWorld.Script(
        ["node", "verify", "--runtime", "docker", "--mirror", world.Server.Address.ToString(), "--insecure", "--registry", "docker.io=dockerhub", "--docker-hub-url", world.DockerHub.ToString(), .. more, "--output", "json"]));
}
