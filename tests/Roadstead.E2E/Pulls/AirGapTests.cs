using Roadstead.Testing;
using Roadstead.Testing.Cli;
using Roadstead.Testing.Clients;
using Roadstead.Testing.Images;
using Roadstead.Testing.Processes;
using Roadstead.Testing.Registries;
using Roadstead.Testing.Server;

namespace Roadstead.E2E.Pulls;

/// <summary>Layouts that go to other tools and come from them, and real clients that pull what came in.</summary>
public class AirGapTests
{
    private static readonly Uri Nowhere = new("http://127.0.0.1:1");

    [Fact]
    public async Task What_is_exported_is_read_by_other_tools_and_pulled_where_no_registry_is()
    {
        var images = await ImageSet.Get();
        await using var hub = await DockerRegistry.Start();
        await images.Plain.PushTo(hub, "library/plain", "1");
        await using var outside = await Server(hub.Address);
        using var folder = new TemporaryFolder("air-gap");
        (await Run(outside, "fetch", "docker.io/library/plain:1")).OrThrow();
        (await Run(outside, "export", "--project", "dockerhub", "--to", folder["layout"])).OrThrow();
        (await Run(outside, "export", "docker.io/library/plain:1", "--to", folder["layout.tar"])).OrThrow();

        using var skopeo = new Skopeo();
        foreach (var source in new[] { $"oci:{folder["layout"]}:1", $"oci-archive:{folder["layout.tar"]}:1" })
        {
            using var copy = new TemporaryFolder("copy");
            (await skopeo.Copy(source, $"dir:{copy["image"]}", "--preserve-digests")).OrThrow();
            Assert.Equal(images.Plain.Digest, ContentDigest.Sha256(await File.ReadAllBytesAsync(copy["image/manifest.json"], TestContext.Current.CancellationToken)));
        }

        await using var containerd = await Containerd.Start();
        (await containerd.Import(folder["layout.tar"])).OrThrow();
        Assert.Equal(images.Plain.Digest, await containerd.Digest("docker.io/library/plain:1"));

        await using var inside = await Server(Nowhere);
        (await Run(inside, "import", folder["layout.tar"])).OrThrow();
        using var podman = new Podman(new Mirror("docker.io", $"{inside.Authority}/dockerhub"));
        (await podman.Pull("docker.io/library/plain:1")).OrThrow();
        Assert.Equal(images.Plain.Digest, await podman.Digest("docker.io/library/plain:1"));
    }

    [Fact]
    public async Task Layouts_of_other_tools_are_imported()
    {
        var images = await ImageSet.Get();
        await using var hub = await DockerRegistry.Start();
        await images.MultiPlatform.PushTo(hub, "library/multi", "1");
        await images.Plain.PushTo(hub, "library/plain", "1");
        using var folder = new TemporaryFolder("air-gap");
        using var skopeo = new Skopeo();
        (await skopeo.Copy($"docker://{hub.Authority}/library/multi:1", $"oci:{folder["multi"]}:1", "--all", "--src-tls-verify=false")).OrThrow();
        using var podman = new Podman(new Mirror("docker.io", $"{hub.Authority}"));
        (await podman.Pull("docker.io/library/plain:1")).OrThrow();
        (await podman.Run("save", "--format", "oci-archive", "--output", folder["plain.tar"], "docker.io/library/plain:1")).OrThrow();

        await using var inside = await Server(Nowhere);
        (await Run(inside, "import", folder["multi"], "--as", "docker.io/library/multi:1")).OrThrow();
        (await Run(inside, "import", folder["plain.tar"])).OrThrow();
        podman.UseMirrors(new Mirror("docker.io", $"{inside.Authority}/dockerhub"));
        podman.WipeStorage();
        (await podman.Pull("docker.io/library/multi:1", "--platform=linux/arm64")).OrThrow();
        Assert.Equal("arm64", await podman.Architecture("docker.io/library/multi:1"));
        (await podman.Pull("docker.io/library/plain:1")).OrThrow();
        using var copy = new TemporaryFolder("copy");
        (await skopeo.Copy($"docker://{inside.Authority}/dockerhub/library/multi:1", $"dir:{copy["image"]}", "--all", "--preserve-digests", "--src-tls-verify=false")).OrThrow();
        Assert.Equal(OciLayout.RootDigest(folder["multi"]), ContentDigest.Sha256(await File.ReadAllBytesAsync(copy["image/manifest.json"], TestContext.Current.CancellationToken)));
    }

    private static Task<TestServer> Server(Uri upstream) => TestServer.Start(config => config
        .AddEndpoint("docker-hub", "docker.io", upstream, ("allowPrivateAddresses", true)).AddProject("dockerhub", "docker-hub", ("public", true)));

    private static Task<CommandResult> Run(TestServer server, string verb, params string[] words) =>
        RoadsteadCli.Run(["image", verb, .. words, "--server", server.Address.ToString(), "--password-file", server.StoragePath + "/admin-password"]);
}
