using Roadstead.Testing.Clients;
using Roadstead.Testing.Images;
using Roadstead.Testing.Registries;
using Roadstead.Testing.Server;

namespace Roadstead.E2E.Pulls;

/// <summary>The main job: real podman, through the drop-in, from real registries, and again with these gone.</summary>
public class PodmanPullTests
{
    [Fact]
    public async Task Pulls_again_after_upstream_podman_s_storage_and_the_server_s_process_are_gone()
    {
        var images = await ImageSet.Get();
        await using var hub = await DockerRegistry.Start();
        await using var quay = await DockerRegistry.Start(new Credential("robot", "canary-secret"));
        await images.Plain.PushTo(hub, "library/plain", "1");
        await images.MultiPlatform.PushTo(hub, "library/multi", "1");
        await images.Plain.PushTo(quay, "org/plain", "2");
        await images.MultiPlatform.PushTo(quay, "org/multi", "2");

        await using var server = await TestServer.Start(config =>
        {
            config.FreshFor = "0s";
            config.AddEndpoint("docker-hub", "docker.io", hub.Address, ("allowPrivateAddresses", true));
            config.AddEndpoint("quay", "quay.io", quay.Address, ("allowPrivateAddresses", true), ("username", "robot"), ("password", "canary-secret"));
            config.AddProject("dockerhub", "docker-hub");
            config.AddProject("quay", "quay", ("public", true));
        });
        string[] references =
        [
            "plain:1",
            "docker.io/library/plain:1",
            "docker.io/library/multi:1",
            $"docker.io/library/plain@{images.Plain.Digest}",
            $"docker.io/library/multi@{images.MultiPlatform.Digest}",
            "quay.io/org/plain:2",
            "quay.io/org/multi:2",
            $"quay.io/org/multi@{images.MultiPlatform.Digest}",
        ];
        await PullAll(server, references);
        await server.WaitForLog(line => line.Contains("repository=library/plain", StringComparison.Ordinal) && line.Contains("outcome=miss", StringComparison.Ordinal));
        Assert.DoesNotContain(server.Log.Items, line => line.Contains("status=5", StringComparison.Ordinal));

        await hub.Stop();
        await quay.Stop();
        await server.Restart();
        await PullAll(server, references);
        Assert.Contains(server.Log.Items, line => line.Contains("outcome=stale", StringComparison.Ordinal) && line.Contains("repository=org/multi", StringComparison.Ordinal));
        Assert.DoesNotContain(server.Log.Items, line => line.Contains("canary-secret", StringComparison.Ordinal));
    }

    [Fact]
    public async Task A_platform_that_is_not_the_server_s_is_pulled_and_kept()
    {
        var images = await ImageSet.Get();
        await using var hub = await DockerRegistry.Start();
        await images.MultiPlatform.PushTo(hub, "library/multi", "1");
        await using var server = await TestServer.Start(config => config
            .AddEndpoint("docker-hub", "docker.io", hub.Address, ("allowPrivateAddresses", true)).AddProject("dockerhub", "docker-hub"));
        using (var podman = Through(server))
        {
            (await podman.Pull("docker.io/library/multi:1", "--arch", "arm64")).OrThrow();
            Assert.Equal("arm64", await podman.Architecture("docker.io/library/multi:1"));
        }

        await hub.Stop();
        await server.Restart();
        using var again = Through(server);
        (await again.Pull("docker.io/library/multi:1", "--arch", "arm64")).OrThrow();
    }

    [Fact]
    public async Task Buildah_and_skopeo_come_through_the_same_drop_in()
    {
        var images = await ImageSet.Get();
        await using var hub = await DockerRegistry.Start();
        await images.Plain.PushTo(hub, "library/plain", "1");
        await using var server = await TestServer.Start(config => config
            .AddEndpoint("docker-hub", "docker.io", hub.Address, ("allowPrivateAddresses", true)).AddProject("dockerhub", "docker-hub"));
        using (var buildah = new Buildah(Mirrors(server)))
        {
            (await buildah.Pull("docker.io/library/plain:1")).OrThrow();
        }

        await hub.Stop();
        using var skopeo = new Skopeo(Mirrors(server));
        var inspected = (await skopeo.Inspect("docker://docker.io/library/plain:1", "--no-tags")).OrThrow();
        Assert.Contains(images.Plain.Digest, inspected.Output, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Thirty_two_clients_cost_upstream_one_GET_of_a_cold_large_layer()
    {
        var images = await ImageSet.Get();
        var (digest, size) = images.Large.LastLayer();
        Assert.InRange(size, 200_000_000, long.MaxValue);
        await using var hub = await DockerRegistry.Start();
        await images.Large.PushTo(hub, "library/large", "1");
        await using var server = await TestServer.Start(config => config
            .AddEndpoint("docker-hub", "docker.io", hub.Address, ("allowPrivateAddresses", true)).AddProject("dockerhub", "docker-hub"));

        var firstBytes = new List<bool>();
        var bodies = await Task.WhenAll(Enumerable.Range(0, 32).Select(async _ =>
        {
            using var response = await server.Client.GetAsync(new Uri($"/v2/dockerhub/library/large/blobs/{digest}", UriKind.Relative), HttpCompletionOption.ResponseHeadersRead, TestContext.Current.CancellationToken);
            var stream = await response.Content.ReadAsStreamAsync(TestContext.Current.CancellationToken);
            Assert.Equal(size, response.Content.Headers.ContentLength);
            await stream.ReadExactlyAsync(new byte[1], TestContext.Current.CancellationToken);
            lock (firstBytes)
            {
                firstBytes.Add(!IsStored(server, digest));
            }

            return 1 + await Count(stream);
        }));
        Assert.All(bodies, bytes => Assert.Equal(size, bytes));
        Assert.All(firstBytes, Assert.True);
        Assert.Equal(1, await hub.CountBlobGets("library/large", digest));
    }

    private static bool IsStored(TestServer server, string digest) =>
        server.Log.Items.Any(line => line.Contains("stored blob", StringComparison.Ordinal) && line.Contains(digest, StringComparison.Ordinal));

    private static async Task<long> Count(Stream stream)
    {
        var buffer = new byte[1 << 16];
        long count = 0;
        int read;
        while ((read = await stream.ReadAsync(buffer, TestContext.Current.CancellationToken)) > 0)
        {
            count += read;
        }

        return count;
    }

    private static async Task PullAll(TestServer server, IEnumerable<string> references)
    {
        foreach (var reference in references)
        {
            using var podman = Through(server);
            (await podman.Pull(reference)).OrThrow();
            Assert.True(await podman.Exists(reference), reference);
        }
    }

    private static Podman Through(TestServer server) => new(Mirrors(server));

    private static Mirror[] Mirrors(TestServer server) =>
        [new("docker.io", $"{server.Authority}/dockerhub"), new("quay.io", $"{server.Authority}/quay")];
}
