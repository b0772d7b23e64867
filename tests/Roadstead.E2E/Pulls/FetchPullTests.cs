using Roadstead.Testing.Cli;
using Roadstead.Testing.Clients;
using Roadstead.Testing.Images;
using Roadstead.Testing.Processes;
using Roadstead.Testing.Registries;
using Roadstead.Testing.Server;

namespace Roadstead.E2E.Pulls;

/// <summary>Images that the operator has fetched, from a real registry that goes in the middle of it, and real clients that pull them with none.</summary>
public class FetchPullTests
{
    private static readonly Credential Robot = new("robot", "canary-of-the-fetch");

    [Fact]
    public async Task What_was_fetched_around_an_outage_is_pulled_in_the_next_one()
    {
        await using var hub = await DockerRegistry.Start(Robot);
        var large = ImageForge.Image([.. Enumerable.Range(0, 12).Select(i => LayerForge.Random(10_000_000, seed: i))]);
        var (amd64, arm64) = (ImageForge.Image([LayerForge.Random(1_000_000, seed: 50)]), ImageForge.Image([LayerForge.Random(1_000_000, seed: 51)]));
        await hub.Push("team/large", "1", large);
        await hub.Push("team/both", "1", ImageForge.Index(("linux/amd64", amd64), ("linux/arm64", arm64)));
        await using var server = await TestServer.Start(config => config
            .AddEndpoint("example", "registry.example", hub.Address, ("allowPrivateAddresses", true), ("username", Robot.Username), ("password", Robot.Password)).AddProject("team", "example", ("public", true)));

        var broken = Fetch(server, "registry.example/team/large:1");
        var first = await server.WaitForLog(line => line.Contains("stored blob", StringComparison.Ordinal) && line.Contains(" bytes=105", StringComparison.Ordinal));
        await hub.Stop();
        var result = await broken;
        Assert.Equal((1, ""), (result.ExitCode, result.Error));
        Assert.Matches("^IMAGE .*\nregistry.example/team/large:1 +unavailable +[0-9.]+ MiB of 12[0-9.]+ MiB +sha256:", result.Output);

        await hub.StartAgain();
        var all = await Until(() => Fetch(server, "registry.example/team/large:1", "registry.example/team/both:1", "--platform", "linux/amd64", "--platform", "linux/arm64"));
        Assert.Matches("\nregistry.example/team/large:1 +fetched +12[0-9.]+ MiB .*\nregistry.example/team/both:1 +fetched +2[0-9.]* MiB ", all.Output);
        var stored = first[(first.IndexOf("digest=", StringComparison.Ordinal) + 7)..].Split(' ')[0];
        Assert.Equal(1, await hub.CountBlobGets("team/large", stored));

        await hub.Stop();
        using var podman = new Podman(new Mirror("registry.example", $"{server.Authority}/team"));
        (await podman.Pull("registry.example/team/large:1")).OrThrow();
        (await podman.Pull("registry.example/team/both:1", "--arch", "arm64")).OrThrow();
        Assert.DoesNotContain(server.Log.Items, line => line.Contains(Robot.Password, StringComparison.Ordinal));
    }

    private static Task<CommandResult> Fetch(TestServer server, params string[] images) =>
        RoadsteadCli.Run(["image", "fetch", .. images, "--server", server.Address.ToString(), "--password-file", server.StoragePath + "/admin-password"]);

    /// <summary>An endpoint that was down is asked again within seconds of its return.</summary>
    private static async Task<CommandResult> Until(Func<Task<CommandResult>> fetch)
    {
        for (var tries = 0; ; tries++)
        {
            var result = await fetch();
            if (result.Succeeded || tries == 20)
            {
                return result.OrThrow();
            }

            await Task.Delay(TimeSpan.FromMilliseconds(500), TestContext.Current.CancellationToken);
        }
    }
}
