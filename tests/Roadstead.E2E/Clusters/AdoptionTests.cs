using Roadstead.Testing;
using Roadstead.Testing.Cli;
using Roadstead.Testing.Clients;
using Roadstead.Testing.Images;
using Roadstead.Testing.Processes;
using Roadstead.Testing.Registries;
using Roadstead.Testing.Server;

namespace Roadstead.E2E.Clusters;

/// <summary>From what a cluster runs to a mirror that has all of it, and keeps it, with three real registries and real podman.</summary>
public sealed class AdoptionTests : IAsyncLifetime
{
    private const int Megabyte = 1_000_000;
    private static readonly Credential Robot = new("robot", "canary-of-the-adoption");

    // As kubectl … | sort | uniq -c prints it.
    private const string Running = """
              3 app-0:1
              1 docker.io/library/app-1:1
              7 quay.io/org/app-2:1
              2 ghcr.io/team/app-3:1
              1 ghcr.io/team/app-4:1

        """;

    private static readonly string[] Names = ["docker.io/library/app-0:1", "docker.io/library/app-1:1", "quay.io/org/app-2:1", "ghcr.io/team/app-3:1", "ghcr.io/team/app-4:1"];

    private readonly TemporaryFolder _folder = new("adoption");
    private readonly List<ForgedManifest> _images = [.. Enumerable.Range(0, 5).Select(i => ImageForge.Image([LayerForge.Random(Megabyte, seed: i)]))];
    private DockerRegistry _hub = null!;
    private DockerRegistry _quay = null!;
    private DockerRegistry _ghcr = null!;
    private TestServer _server = null!;

    public async ValueTask InitializeAsync()
    {
        (_hub, _quay, _ghcr) = (await DockerRegistry.Start(), await DockerRegistry.Start(), await DockerRegistry.Start(Robot));
        await _hub.Push("library/app-0", "1", _images[0]);
        await _hub.Push("library/app-1", "1", _images[1]);
        await _quay.Push("org/app-2", "1", _images[2]);
        await _ghcr.Push("team/app-3", "1", _images[3]);
        await _ghcr.Push("team/app-4", "1", _images[4]);
        for (var i = 0; i < 3; i++)
        {
            await _hub.Push($"library/other-{i}", "1", ImageForge.Image([LayerForge.Random(3 * Megabyte, seed: 10 + i)]));
        }

        // Docker Hub's own have room for 2 MB of what is in use, and for one of the others.
        _server = await TestServer.Start(config =>
        {
            config.FreshFor = "0s";
            config.AddEndpoint("docker-hub", "docker.io", _hub.Address, ("allowPrivateAddresses", true)).AddProject("dockerhub", "docker-hub", ("quota", "6MB"));
            config.AddEndpoint("quay", "quay.io", _quay.Address, ("allowPrivateAddresses", true)).AddProject("quay", "quay");
        });
        await File.WriteAllTextAsync(_folder["running"], Running);
        var auth = Convert.ToBase64String(System.Text.Encoding.UTF8.GetBytes($"{Robot.Username}:{Robot.Password}"));
        await File.WriteAllTextAsync(_folder["auth.json"], $$"""{"auths": {"ghcr.io": {"auth": "{{auth}}"} } }""");
    }

    public async ValueTask DisposeAsync()
    {
        await _server.DisposeAsync();
        foreach (var registry in new[] { _hub, _quay, _ghcr })
        {
            await registry.DisposeAsync();
        }

        _folder.Dispose();
    }

    [Fact]
    public async Task One_registry_is_uncovered_is_adopted_and_all_survives_the_loss_of_every_upstream()
    {
        var before = (await Type(0, "inventory", "--file", _folder["running"])).Output;
        Assert.Matches("ghcr.io +2 +3 +not covered", before);
        Assert.Contains("0 of 5 images", before, StringComparison.Ordinal);

        // Without a credential it is told, and nothing is made of it.
        var refused = await Type(2, "adopt", "--cluster", "prod", "--file", _folder["running"], "--url", Url(), "--allow-private-addresses");
        Assert.Contains("--yes", refused.Error, StringComparison.Ordinal);
        var plan = await Type(0, [.. Adopt, "--dry-run"]);
        Assert.Contains("1. mirror ghcr.io (2 images): endpoint ghcr at", plan.Output, StringComparison.Ordinal);
        Assert.Contains("as robot, project ghcr", plan.Output, StringComparison.Ordinal);
        using (var json = System.Text.Json.JsonDocument.Parse((await Type(0, [.. Adopt, "--dry-run", "--output", "json"])).Output))
        {
            Assert.Equal("ghcr.io", json.RootElement.GetProperty("registries")[0].GetProperty("registry").GetString());
        }

        Assert.DoesNotContain("ghcr", (await Type(0, "project", "list")).Output, StringComparison.Ordinal);

        var adopted = await Type(0, [.. Adopt, "--yes"]);
        Assert.Contains("5 of 5 images could be pulled right now with every upstream cut off (100 %)", adopted.Output, StringComparison.Ordinal);
        Assert.Contains("roadstead node install", adopted.Error, StringComparison.Ordinal);
        Assert.Contains("5 of 5 images were pulled whole with every upstream cut off (100 %)", (await Type(0, "drill", "prod")).Output, StringComparison.Ordinal);

        // What is told and shown by inventory is the same.
        Assert.Matches("docker.io/library/app-0:1 +3 +dockerhub +ready +pinned", (await Type(0, "inventory", "--cluster", "prod", "--file", _folder["running"])).Output);
        Assert.Matches("prod: by list, [0-9]+s ago\n5 of 5 images could be pulled right now .*\nThe platforms of the nodes are not known", (await Type(0, "inventory", "--cluster", "prod")).Output);

        // The same again changes nothing.
        var again = await Type(0, [.. Adopt, "--yes"]);
        Assert.Contains("Nothing is to be done", again.Output, StringComparison.Ordinal);

        // One is deleted upstream: it is told, and stays.
        await _quay.Delete("org/app-2", _images[2].Digest);
        using (var podman = Through())
        {
            (await podman.Pull(Names[2])).OrThrow();
            Assert.Contains("org/app-2", (await Type(0, "image", "list", "--deleted")).Output, StringComparison.Ordinal);
            Assert.Contains("deleted upstream", (await Type(0, "cluster", "show", "prod")).Output, StringComparison.Ordinal);

            // More than the quota has room for, of what is not in use.
            for (var i = 0; i < 3; i++)
            {
                (await podman.Pull($"docker.io/library/other-{i}:1")).OrThrow();
            }
        }

        await _server.WaitForLog(line => line.Contains("evicted image project=dockerhub repository=library/other-", StringComparison.Ordinal));
        Assert.DoesNotContain(_server.Log.Items, line => line.Contains("evicted image", StringComparison.Ordinal) && line.Contains("/app-", StringComparison.Ordinal));
        await Task.WhenAll(_hub.Stop(), _quay.Stop(), _ghcr.Stop());
        using var last = Through();
        foreach (var name in Names)
        {
            (await last.Pull(name)).OrThrow();
        }

        Assert.Contains("(100 %)", (await Type(0, "drill", "prod")).Output, StringComparison.Ordinal);
        Assert.DoesNotContain(_server.Log.Items, line => line.Contains(Robot.Password, StringComparison.Ordinal));
    }

    private string[] Adopt => ["adopt", "--cluster", "prod", "--file", _folder["running"], "--url", Url(), "--allow-private-addresses", "--auth-file", _folder["auth.json"]];

    private string Url() => $"ghcr.io={_ghcr.Address.ToString().TrimEnd('/')}";

    private Podman Through() => new([.. new[] { ("docker.io", "dockerhub"), ("quay.io", "quay"), ("ghcr.io", "ghcr") }.Select(pair => new Mirror(pair.Item1, $"{_server.Authority}/{pair.Item2}"))]);

    private async Task<CommandResult> Type(int exitCode, params string[] command)
    {
        var result = await RoadsteadCli.Run([.. command, "--server", _server.Address.ToString(), "--password-file", _server.StoragePath + "/admin-password"]);
        Assert.True(result.ExitCode == exitCode, $"{string.Join(' ', command)}: {result.ExitCode}\n{result.Output}\n{result.Error}");
        return result;
    }
}
