using System.Net.Http.Headers;
using Roadstead.Testing;
using Roadstead.Testing.Clients;

namespace Roadstead.E2E.Pulls;

/// <summary>The image by which nodes check themselves, through every runtime, by tag and by digest, while the registries are gone.</summary>
public sealed class VerifyImagePullTests : IDisposable
{
    private readonly TemporaryFolder _folder = new("verify");

    public void Dispose() => _folder.Dispose();

    [Fact]
    public async Task Podman_pulls_it()
    {
        await using var world = await StartWithoutUpstream();
        using var podman = new Podman(world.Mirrors("http"));
        foreach (var image in await Names(world))
        {
            (await podman.Pull(image)).OrThrow();
            Assert.True(await podman.Exists(image), image);
        }

        (await podman.Pull("docker.io/roadstead/verify:arm", "--arch", "arm64")).OrThrow();
        await world.AssertNoFault();
    }

    [Fact]
    public async Task Skopeo_copies_all_of_it()
    {
        await using var world = await StartWithoutUpstream();
        using var skopeo = new Skopeo(world.Mirrors("http"));
        foreach (var (i, image) in (await Names(world)).Index())
        {
            (await skopeo.Copy($"docker://{image}", $"oci:{_folder[$"copy-{i}"]}:x", "--all")).OrThrow();
        }

        await world.AssertNoFault();
    }

    [Fact]
    public async Task Containerd_pulls_it_by_path_and_by_namespace()
    {
        await using var world = await StartWithoutUpstream();
        foreach (var hosts in new HostsToml[][]
        {
            [HostsToml.For("docker.io", new Uri(world.Address("http"), "/v2/dockerhub"), null), HostsToml.For("quay.io", new Uri(world.Address("http"), "/v2/quay"), null)],
            [HostsToml.For(HostsToml.AnyRegistry, world.Address("http"), null)],
        })
        {
            await using var containerd = await Containerd.Start(hosts);
            foreach (var image in await Names(world))
            {
                (await containerd.Pull(image)).OrThrow();
                Assert.Equal(await Digest(world, image), await containerd.Digest(image));
            }
        }

        await world.AssertNoFault();
    }

    [Fact]
    public async Task Dockerd_pulls_it()
    {
        await using var world = await StartWithoutUpstream();
        await using var docker = await Dockerd.Start(world.DockerHubAddress("http"));
        foreach (var image in (await Names(world)).Where(name => name.StartsWith("docker.io/", StringComparison.Ordinal)))
        {
            (await docker.Pull(image)).OrThrow();
            Assert.Contains(await Digest(world, image), await docker.Digests(image), StringComparison.Ordinal);
            await docker.RemoveImages();
        }

        await world.AssertNoFault();
    }

    private static async Task<MirroredRegistries> StartWithoutUpstream()
    {
        var world = await MirroredRegistries.Start();
        await world.LoseUpstream();
        return world;
    }

    /// <summary>Of both registries, by a tag that nobody ever used and by digest.</summary>
    private static async Task<IReadOnlyList<string>> Names(MirroredRegistries world)
    {
        var names = new List<string>();
        foreach (var registry in new[] { "docker.io", "quay.io" })
        {
            names.Add($"{registry}/roadstead/verify:{Guid.NewGuid():n}");
            names.Add($"{registry}/roadstead/verify@{await Digest(world, names[^1])}");
        }

        return names;
    }

    /// <summary>What the project of an image's registry serves.</summary>
    private static async Task<string> Digest(MirroredRegistries world, string image)
    {
        using var request = new HttpRequestMessage(HttpMethod.Head, $"/v2/{image.Split('/')[0]}/roadstead/verify/manifests/x");
        request.Headers.Accept.Add(new MediaTypeWithQualityHeaderValue("application/vnd.oci.image.index.v1+json"));
        using var response = await world.Server.Client.SendAsync(request, TestContext.Current.CancellationToken);
        return response.EnsureSuccessStatusCode().Headers.GetValues("Docker-Content-Digest").Single();
    }
}
