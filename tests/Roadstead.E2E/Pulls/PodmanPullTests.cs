using Roadstead.Testing.Clients;
using Roadstead.Testing.Images;
using Roadstead.Testing.Registries;
using Roadstead.Testing.Server;

namespace Roadstead.E2E.Pulls;

/// <summary>The main job: real podman, through the drop-in, from real registries, and again with these gone.</summary>
public class PodmanPullTests
{
    [Theory]
    [InlineData("http")]
    [InlineData("https")]
    public async Task Pulls_again_after_upstream_podman_s_storage_and_the_server_s_process_are_gone(string scheme)
    {
        await using var world = await MirroredRegistries.Start();
        await world.PullWithAndWithoutUpstream(world.Images, async image =>
        {
            using var podman = world.Trusted(scheme, new Podman(world.Mirrors(scheme)));
            (await podman.Pull(image.Name)).OrThrow();
            Assert.True(await podman.Exists(image.Name), image.Name);
        });
    }

    [Theory]
    [InlineData("http")]
    [InlineData("https")]
    public async Task Buildah_and_podman_by_a_short_name_come_through_the_same_drop_in(string scheme)
    {
        await using var world = await MirroredRegistries.Start();
        var plain = world.Images[0];
        await world.PullWithAndWithoutUpstream([plain], async image =>
        {
            using var buildah = world.Trusted(scheme, new Buildah(world.Mirrors(scheme)));
            (await buildah.Pull(image.Name)).OrThrow();
            using var podman = world.Trusted(scheme, new Podman(world.Mirrors(scheme)));
            (await podman.Pull("plain:1")).OrThrow();
            Assert.True(await podman.Exists(image.Name));
        });
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

    private static Podman Through(TestServer server) => new(new Mirror("docker.io", $"{server.Authority}/dockerhub"));
}
