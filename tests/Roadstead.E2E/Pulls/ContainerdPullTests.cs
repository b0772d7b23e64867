using Roadstead.Testing.Clients;

namespace Roadstead.E2E.Pulls;

/// <summary>containerd, by both ways in which its hosts.toml can name a mirror.</summary>
public class ContainerdPullTests
{
    [Theory]
    [InlineData("http")]
    [InlineData("https")]
    public Task By_a_path_for_each_registry(string scheme) => Pull(scheme, world =>
    [
        HostsToml.For("docker.io", new Uri(world.Address(scheme), "/v2/dockerhub"), Authority(world, scheme)),
        HostsToml.For("quay.io", new Uri(world.Address(scheme), "/v2/quay"), Authority(world, scheme)),
    ]);

    [Theory]
    [InlineData("http")]
    [InlineData("https")]
    public Task By_one_address_for_all_registries(string scheme) =>
        Pull(scheme, world => [HostsToml.For(HostsToml.AnyRegistry, world.Address(scheme), Authority(world, scheme))]);

    private static async Task Pull(string scheme, Func<MirroredRegistries, HostsToml[]> hosts)
    {
        await using var world = await MirroredRegistries.Start();
        await world.PullWithAndWithoutUpstream(world.Images, async image =>
        {
            await using var containerd = await Containerd.Start(hosts(world));
            (await containerd.Pull(image.Name)).OrThrow();
            Assert.Equal(image.Digest, await containerd.Digest(image.Name));
        });
    }

    private static string? Authority(MirroredRegistries world, string scheme) => scheme == "https" ? world.Authority : null;
}
