using System.Net;
using Microsoft.Data.Sqlite;
using Roadstead.Testing.Images;
using Roadstead.Testing.Server;
using Roadstead.Testing.Upstream;

namespace Roadstead.Server.Tests.Hosting;

public class StartAndStopTests
{
    [Fact]
    public async Task Without_endpoints_the_public_registries_are_there()
    {
        await using var server = await TestServer.Start();
        string[] projects = ["dockerhub", "quay", "ghcr", "k8s", "gcr", "mcr", "ecr-public", "gitlab", "nvcr", "elastic"];
        Assert.Contains(server.Log.Items, line => line.Contains($"projects={projects.Length}", StringComparison.Ordinal));
        await server.Restart();
        foreach (var project in projects)
        {
            // Invalid below the project: routed, and nobody asked.
            using var response = await server.Client.GetAsync(new Uri($"/v2/{project}/-/manifests/x", UriKind.Relative), TestContext.Current.CancellationToken);
            Assert.Equal(HttpStatusCode.BadRequest, response.StatusCode);
        }
    }

    [Fact]
    public async Task Two_servers_do_not_share_a_folder()
    {
        await using var first = await TestServer.Start();
        var second = await TestServer.RunToExit(config => config.WholeFile = $"listen: [\"http://127.0.0.1:0\"]\nstorage: {{path: {first.StoragePath}}}\n");
        Assert.Equal(1, second.ExitCode);
        Assert.Contains($"in use by another server (process {first.ProcessId})", second.Error, StringComparison.Ordinal);
        Assert.Contains(first.StoragePath, second.Error, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Not_ready_says_when_to_ask_again()
    {
        await using var server = await TestServer.Start();
        Directory.Move(server.StoragePath, server.StoragePath + "-away");
        using (var response = await server.Client.GetAsync(new Uri("/healthz/ready", UriKind.Relative), TestContext.Current.CancellationToken))
        {
            Assert.Equal(HttpStatusCode.ServiceUnavailable, response.StatusCode);
            Assert.True(response.Headers.RetryAfter!.Delta > TimeSpan.Zero);
        }

        Directory.Move(server.StoragePath + "-away", server.StoragePath);
        using var again = await server.Client.GetAsync(new Uri("/healthz/ready", UriKind.Relative), TestContext.Current.CancellationToken);
        Assert.Equal("ready\n", await again.Content.ReadAsStringAsync(TestContext.Current.CancellationToken));
    }

    [Fact]
    public async Task A_killed_server_leaves_no_lock_and_no_spool_file()
    {
        await using var world = await World.Start();
        var blob = LayerForge.Random(6_000_000);
        world.Upstream.AddBlob("library/app", blob.Bytes);
        var gate = new Gate();
        world.Upstream.Fault(On.Blob(), Faults.StallAfter(1_000_000, gate));
        using var client = await world.Get($"dockerhub/library/app/blobs/{blob.Digest}");
        Assert.NotEmpty(Directory.EnumerateFiles(Path.Combine(world.Server.StoragePath, "spool")));
        await world.Server.Kill();
        await world.Server.StartAgain();
        Assert.Empty(Directory.EnumerateFiles(Path.Combine(world.Server.StoragePath, "spool")));
        gate.Open();
        Assert.Equal("miss", (await world.Read($"dockerhub/library/app/blobs/{blob.Digest}")).Cache);
    }

    [Fact]
    public async Task SIGTERM_lets_requests_finish_and_abandons_fills()
    {
        await using var world = await World.Start();
        var held = LayerForge.RandomBytes(20_000_000);
        var digest = world.Upstream.AddBlob("library/held", held);
        await world.Read($"dockerhub/library/held/blobs/{digest}");
        await world.Stored(digest);
        using var client = await world.Get($"dockerhub/library/held/blobs/{digest}");

        world.Upstream.AddImage("library/app", "1", LayerForge.Random(100));
        var gate = new Gate();
        world.Upstream.Fault(On.Blob("library/app"), Faults.StallBeforeHeaders(gate));
        await world.Read("dockerhub/library/app/manifests/1");
        await gate.Reached();

        var stopping = world.Server.Stop();
        await world.Server.WaitForLog(line => line.Contains("stopping", StringComparison.Ordinal));
        Assert.Equal(held, await client.Content.ReadAsByteArrayAsync(TestContext.Current.CancellationToken));
        client.Dispose();
        Assert.Equal(0, await stopping);
        Assert.Contains(world.Server.Log.Items, line => line.Contains("not stored", StringComparison.Ordinal) && line.Contains("the server stops", StringComparison.Ordinal));
    }

    [Fact]
    public async Task Serves_at_once_with_100_000_manifests_and_no_upstream()
    {
        await using var world = await World.Start("0s");
        var image = world.Upstream.AddImage("library/app", "1", LayerForge.Random(1000));
        await world.Pull("dockerhub/library/app", "1", image);
        await world.Stored(image.Blobs.Select(blob => blob.Digest));
        await world.Server.Stop();
        AddManifests(Path.Combine(world.Server.StoragePath, "roadstead.db"), 100_000);
        world.Upstream.Freeze();
        await world.Server.StartAgain();
        Assert.Equal(new Got(HttpStatusCode.OK, "stale", image.Digest), await world.Read("dockerhub/library/app/manifests/1"));
    }

    [Fact]
    public async Task Health_and_metrics_answer()
    {
        await using var world = await World.Start();
        var image = world.Upstream.AddImage("library/app", "1", LayerForge.Random(1000));
        await world.Pull("dockerhub/library/app", "1", image);
        await world.Read("dockerhub/library/app/manifests/1");
        await world.Upstream.Stop();
        await world.Read("dockerhub/library/other/manifests/1");
        foreach (var path in new[] { "/healthz/live", "/healthz/ready" })
        {
            using var response = await world.Server.Client.GetAsync(new Uri(path, UriKind.Relative), TestContext.Current.CancellationToken);
            Assert.Equal(HttpStatusCode.OK, response.StatusCode);
        }

        var metrics = await world.Server.Client.GetStringAsync(new Uri("/metrics", UriKind.Relative), TestContext.Current.CancellationToken);
        Assert.Contains("""roadstead_requests_total{project="dockerhub",kind="manifest",outcome="miss",status="200"} 1""", metrics, StringComparison.Ordinal);
        Assert.Contains("""roadstead_requests_total{project="dockerhub",kind="manifest",outcome="hit",status="200"} 1""", metrics, StringComparison.Ordinal);
        Assert.Contains("""roadstead_upstream_faults_total{endpoint="docker-hub",fault="unreachable"} 1""", metrics, StringComparison.Ordinal);
        Assert.Contains("""roadstead_fills_total{result="stored"} 2""", metrics, StringComparison.Ordinal);
        Assert.Contains("roadstead_bytes_from_upstream_total{endpoint=\"docker-hub\"}", metrics, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_request_is_one_line_and_a_fault_is_one_for_all_who_wait()
    {
        await using var world = await World.Start(endpoint: [("headerTimeout", "1s")]);
        world.Upstream.Freeze();
        await Task.WhenAll(Enumerable.Range(0, 8).Select(_ => world.Read("dockerhub/library/app/manifests/1")));
        await world.Server.WaitForLog(line => line.Contains("GET manifest project=dockerhub repository=library/app reference=1 outcome=miss status=504", StringComparison.Ordinal), 8);
        Assert.Single(world.Server.Log.Items, line => line.Contains("upstream fault", StringComparison.Ordinal));
    }

    [Fact]
    public async Task A_port_in_use_is_said_plainly()
    {
        await using var first = await TestServer.Start();
        var second = await TestServer.RunToExit(config => config.WholeFile = $"listen: [\"{first.Address}\"]\nstorage: {{path: \"{{storage}}\"}}\n");
        Assert.Equal(1, second.ExitCode);
        Assert.Contains("listen", second.Error, StringComparison.Ordinal);
        Assert.Contains(first.Authority, second.Error, StringComparison.Ordinal);
        Assert.DoesNotContain("   at ", second.Output + second.Error, StringComparison.Ordinal);
    }

    [Fact]
    public async Task No_folder_is_watched()
    {
        // The framework's own settings files would be, with all that is below the working directory, and a node has few watches.
        await using var server = await TestServer.Start();
        var descriptors = new DirectoryInfo($"/proc/{server.ProcessId}/fd").EnumerateFileSystemInfos().Select(descriptor => descriptor.LinkTarget).ToList();
        Assert.Contains(descriptors, target => target?.StartsWith("socket:", StringComparison.Ordinal) == true);
        Assert.DoesNotContain(descriptors, target => target?.Contains("inotify", StringComparison.Ordinal) == true);
    }

    [Fact]
    public async Task Check_names_every_mistake_and_starting_refuses_alike()
    {
        static void Wrong(ServerConfig config) => config.WholeFile = "listn: x\nstorage: {path: /proc/x}\nendpoints: [{name: a, registry: docker.io, url: 'ftp://x'}, {name: a, registry: quay.io, url: 'https://quay.io', caCertificate: /none}]\n";
        foreach (var result in new[] { await TestServer.RunToExit(Wrong, "--check"), await TestServer.RunToExit(Wrong) })
        {
            Assert.Equal(1, result.ExitCode);
            Assert.All(new[] { "listn", "storage.path", "endpoints[0].url", "endpoints[1].name", "endpoints[1].caCertificate" }, key => Assert.Contains(key, result.Output + result.Error, StringComparison.Ordinal));
        }

        Assert.Equal(2, (await TestServer.RunToExit(_ => { }, "--nonsense")).ExitCode);
        Assert.Equal(0, (await TestServer.RunToExit(_ => { }, "--check")).ExitCode);
    }

    private static void AddManifests(string file, int count)
    {
        using var connection = new SqliteConnection($"Data Source={file};Pooling=False");
        connection.Open();
        using var command = connection.CreateCommand();
        command.CommandText = $"""
            INSERT INTO repository (project, registry, name) VALUES ('dockerhub', 'docker.io', 'library/many');
            WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < {count})
            INSERT INTO manifest (digest, media_type, bytes) SELECT 'sha256:' || printf('%064x', i), '{Media.OciManifest}', zeroblob(500) FROM n;
            INSERT INTO repository_manifest (repository, digest) SELECT r.id, m.digest FROM repository r, manifest m WHERE r.name = 'library/many';
            INSERT INTO tag (repository, name, digest, checked_at) SELECT r.id, 'v' || m.rowid, m.digest, 0 FROM repository r, manifest m WHERE r.name = 'library/many';
            """;
        command.ExecuteNonQuery();
    }
}
