using Roadstead.Testing.Clients;

namespace Roadstead.E2E.Pulls;

/// <summary>
/// Docker before 25: its mirror is of Docker Hub alone and must be at the root of a server; images of other registries are
/// pulled by the server's own name.
/// </summary>
public class DockerPullTests
{
    [Theory]
    [InlineData("http")]
    [InlineData("https")]
    public async Task By_a_listener_bound_to_Docker_Hub_and_by_the_server_s_name(string scheme)
    {
        await using var world = await MirroredRegistries.Start();
        await using var docker = await Dockerd.Start(world.DockerHubAddress(scheme));
        await world.PullWithAndWithoutUpstream(world.Images, async image =>
        {
            var name = image.Registry == "docker.io" ? image.Name : $"{world.Address(scheme).Authority}/{image.Project}/{image.Path}";
            (await docker.Pull(name)).OrThrow();
            Assert.Contains(image.Digest, await docker.Digests(name), StringComparison.Ordinal);
            await docker.RemoveImages();
        });
    }
}
