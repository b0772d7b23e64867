using System.Net;
using Roadstead.Testing;
using Roadstead.Testing.Cli;
using Roadstead.Testing.Clients;
using Roadstead.Testing.Images;
using Roadstead.Testing.Registries;
using Roadstead.Testing.Server;

namespace Roadstead.E2E.Pulls;

/// <summary>From an empty server to a project with a quota, by each way in which an operator may go, and pulled through by real podman.</summary>
public class QuotaPullTests
{
    private const int Megabyte = 1_000_000;
    private static readonly Credential Robot = new("robot", "canary-of-the-quota");

    [Theory]
    [InlineData("api")]
    [InlineData("commands")]
    [InlineData("file")]
    [InlineData("apply")]
    public Task More_images_than_fit_are_pulled_and_the_oldest_that_is_not_pinned_is_gone(string way) => PullMoreThanFit(way, Megabyte, "30MB");

    [Fact]
    [Trait("Length", "Long")]
    public Task The_same_holds_of_images_of_100_megabytes() => PullMoreThanFit("commands", 10 * Megabyte, "300MB");

    private static async Task PullMoreThanFit(string way, int unit, string quota)
    {
        await using var hub = await DockerRegistry.Start(Robot);
        var shared = LayerForge.Random(4 * unit, seed: 100);
        var images = Enumerable.Range(0, 5).Select(i => ImageForge.Image([shared, LayerForge.Random(6 * unit, seed: i)])).ToList();
        var large = ImageForge.Image([LayerForge.Random(20 * unit, seed: 50), LayerForge.Random(20 * unit, seed: 51)]);
        for (var i = 0; i < images.Count; i++)
        {
            await hub.Push($"team/app-{i}", "1", images[i]);
        }

        await hub.Push("team/large", "1", large);
        await using var server = await TestServer.Start(config => Configure(config, way == "file" ? hub : null, quota));
        await SetUp(server, hub, way, quota);

        using (var podman = Through(server))
        {
            await Pull(server, podman, images, 0);
            await Pin(server, way);
            for (var i = 1; i < images.Count; i++)
            {
                await Pull(server, podman, images, i);
            }

            // Larger than the quota, and whole all the same.
            (await podman.Pull("registry.example/team/large:1")).OrThrow();
        }

        Assert.Contains(server.Log.Items, line => line.Contains("evicted image project=team repository=team/app-1 ", StringComparison.Ordinal));
        Assert.DoesNotContain(server.Log.Items, line => line.Contains(Robot.Password, StringComparison.Ordinal));
        await hub.Stop();
        using var again = Through(server);
        foreach (var i in new[] { 0, 2, 3, 4 })
        {
            (await again.Pull($"registry.example/team/app-{i}:1")).OrThrow();
        }

        Assert.False((await again.Pull("registry.example/team/app-1:1")).Succeeded);
    }

    private static void Configure(ServerConfig config, DockerRegistry? hub, string quota)
    {
        if (hub is not null)
        {
            config.AddEndpoint("example", "registry.example", hub.Address, ("allowPrivateAddresses", true), ("username", Robot.Username), ("password", Robot.Password))
                .AddProject("team", "example", ("public", true), ("quota", quota));
        }
    }

    private static async Task SetUp(TestServer server, DockerRegistry hub, string way, string quota)
    {
        switch (way)
        {
            case "api":
                var endpoint = await server.Ask("PUT", "/roadstead/endpoints/example", $$"""
                    {"registry": "registry.example", "url": "{{Url(hub)}}", "allowPrivateAddresses": true, "username": "{{Robot.Username}}", "password": "{{Robot.Password}}"}
                    """);
                Assert.True((int)endpoint.Status < 300, endpoint.Text);
                var project = await server.Ask("PUT", "/roadstead/projects/team", $$"""{"endpoint": "example", "public": true, "quota": "{{quota}}"}""");
                Assert.True((int)project.Status < 300, project.Text);
                break;
            case "commands":
                using (var folder = new TemporaryFolder("quota"))
                {
                    await File.WriteAllTextAsync(folder["password"], Robot.Password + "\n", TestContext.Current.CancellationToken);
                    await Type(
                        server, "endpoint", "set", "example", "--registry", "registry.example", "--url", Url(hub), "--allow-private-addresses", "true", "--upstream-username", Robot.Username,
                        "--upstream-password-file", folder["password"]);
                }

                await Type(server, "project", "set", "team", "--endpoint", "example", "--public", "true", "--quota", quota);
                break;
            case "apply":
                using (var folder = new TemporaryFolder("quota"))
                {
                    await File.WriteAllTextAsync(folder["password"], Robot.Password + "\n", TestContext.Current.CancellationToken);
                    await File.WriteAllTextAsync(
                        folder["mirror.yaml"],
                        $"""
                        endpoints:
                          - name: example
                            registry: registry.example
                            url: {Url(hub)}
                            allowPrivateAddresses: true
                            username: {Robot.Username}
                            passwordFile: password
                        projects:
                          - name: team
                            endpoint: example
                            public: true
                            quota: {quota}

                        """,
                        TestContext.Current.CancellationToken);
                    await Type(server, "apply", "--file", folder["mirror.yaml"]);
                }

                break;
        }
    }

    private static async Task Pin(TestServer server, string way)
    {
        if (way is "commands" or "apply")
        {
            await Type(server, "image", "pin", "team/team/app-0:1");
            return;
        }

        Assert.Equal(HttpStatusCode.NoContent, (await server.Ask("PUT", "/roadstead/pins?project=team&repository=team/app-0&reference=1")).Status);
    }

    private static async Task Type(TestServer server, params string[] command) =>
        (await RoadsteadCli.Run([.. command, "--server", server.Address.ToString(), "--password-file", server.StoragePath + "/admin-password"])).OrThrow();

    private static async Task Pull(TestServer server, Podman podman, List<ForgedManifest> images, int number)
    {
        (await podman.Pull($"registry.example/team/app-{number}:1")).OrThrow();
        foreach (var blob in images[number].Blobs)
        {
            await server.WaitForLog(line => line.Contains("stored blob", StringComparison.Ordinal) && line.Contains(blob.Digest, StringComparison.Ordinal));
        }
    }

    private static string Url(DockerRegistry hub) => hub.Address.ToString().TrimEnd('/');

    private static Podman Through(TestServer server) => new(new Mirror("registry.example", $"{server.Authority}/team"));
}
