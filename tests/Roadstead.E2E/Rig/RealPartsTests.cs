using System.Net;
using Roadstead.Testing;
using Roadstead.Testing.Clients;
using Roadstead.Testing.Images;
using Roadstead.Testing.Registries;

namespace Roadstead.E2E.Rig;

/// <summary>The real registry and the real clients run on this machine, without touching what is the machine's.</summary>
public sealed class RealPartsTests
{
    private readonly CancellationToken cancel = TestContext.Current.CancellationToken;

    [Fact]
    public async Task A_registry_serves_what_was_pushed_and_counts_who_asked()
    {
        await using var registry = await DockerRegistry.Start();
        var image = ImageForge.Image([LayerForge.Random(100_000)]);
        await registry.Push("library/a", "1", ImageForge.Index([new IndexEntry(image, "linux/amd64"), ImageForge.Attestation(image)]));
        var layer = image.Layers[0];
        var path = new Uri($"/v2/library/a/blobs/{layer.Digest}", UriKind.Relative);
        Assert.Equal(layer.Bytes, await registry.Client.GetByteArrayAsync(path, cancel));
        Assert.Equal(1, await registry.CountBlobGets("library/a", layer.Digest));

        await registry.Stop();
        await Assert.ThrowsAsync<HttpRequestException>(() => registry.Client.GetAsync(path, cancel));
        Assert.Equal(1, await registry.CountBlobGets("library/a", layer.Digest));
        await registry.StartAgain();
        Assert.Equal(layer.Bytes, await registry.Client.GetByteArrayAsync(path, cancel));
        Assert.Equal(2, await registry.CountBlobGets("library/a", layer.Digest));
    }

    [Fact]
    public async Task A_registry_asks_for_its_credential()
    {
        var credential = new Credential("someone", "secret");
        await using var registry = await DockerRegistry.Start(credential);
        using var stranger = LoopbackClient.For(registry.Address);
        using var refused = await stranger.GetAsync(new Uri("/v2/", UriKind.Relative), cancel);
        Assert.Equal(HttpStatusCode.Unauthorized, refused.StatusCode);

        var image = ImageForge.Image([LayerForge.Random(1000)]);
        await registry.Push("private/a", "1", image);
        using var podman = new Podman();
        var reference = $"{registry.Authority}/private/a:1";
        Assert.False((await podman.Pull(reference, "--tls-verify=false")).Succeeded);
        podman.Login(registry.Authority, credential);
        (await podman.Pull(reference, "--tls-verify=false")).OrThrow();
    }

    [Fact]
    public async Task Podman_skopeo_and_buildah_pull_through_a_mirror_and_not_around_it()
    {
        await using var registry = await DockerRegistry.Start();
        var image = ImageForge.Image([LayerForge.Layer(("etc/hello", "hi"u8.ToArray()))]);
        await registry.Push("hub/library/a", "1", image);
        var mirror = new Mirror("docker.io", $"{registry.Authority}/hub");

        using var podman = new Podman(mirror);
        (await podman.Pull("a:1")).OrThrow();
        Assert.True(await podman.Exists("docker.io/library/a:1"));
        Assert.Equal(image.Digest, await podman.Digest("docker.io/library/a:1"));
        podman.WipeStorage();
        Assert.False(await podman.Exists("docker.io/library/a:1"));
        (await podman.Pull($"docker.io/library/a@{image.Digest}")).OrThrow();

        using var buildah = new Buildah(mirror);
        (await buildah.Pull("docker.io/library/a:1")).OrThrow();
        Assert.True(await buildah.Exists("docker.io/library/a:1"));

        using var skopeo = new Skopeo(mirror);
        var raw = (await skopeo.Inspect("docker://docker.io/library/a:1", "--raw")).OrThrow();
        Assert.Equal(image.Digest, ContentDigest.Sha256(System.Text.Encoding.UTF8.GetBytes(raw.Output)));

        await registry.Stop();
        podman.WipeStorage();
        var failed = await podman.Pull("docker.io/library/a:1");
        Assert.False(failed.Succeeded);
        Assert.Contains("is blocked", failed.Error, StringComparison.Ordinal);
    }

    [Fact]
    public async Task The_images_are_built_and_pushed_whole()
    {
        var images = await ImageSet.Get();
        await using var registry = await DockerRegistry.Start();
        await images.Plain.PushTo(registry, "library/plain", "1");
        await images.MultiPlatform.PushTo(registry, "library/multi", "1");
        await images.Large.PushTo(registry, "library/large", "1");
        foreach (var (repository, image) in new[] { ("plain", images.Plain), ("multi", images.MultiPlatform), ("large", images.Large) })
        {
            using var answer = await registry.Client.SendAsync(Head($"/v2/library/{repository}/manifests/1", Media.OciIndex, Media.OciManifest), cancel);
            Assert.Equal(image.Digest, answer.Headers.GetValues("Docker-Content-Digest").Single());
        }

        var layer = images.Large.LastLayer();
        Assert.True(layer.Size >= 200_000_000, $"the large layer has {layer.Size} bytes");
        using var blob = await registry.Client.SendAsync(Head($"/v2/library/large/blobs/{layer.Digest}"), cancel);
        Assert.Equal(layer.Size, blob.Content.Headers.ContentLength);

        var index = images.MultiPlatform.Read();
        Assert.Equal(4, index.Children.Count);
        Assert.Equal(Media.InToto, index.Children[2].Layers.Single().MediaType);
        using var podman = new Podman();
        (await podman.Pull($"{registry.Authority}/library/multi:1", "--tls-verify=false", "--platform=linux/arm64")).OrThrow();
        Assert.Equal("arm64", await podman.Architecture($"{registry.Authority}/library/multi:1"));
    }

    private static HttpRequestMessage Head(string path, params string[] accept)
    {
        var request = new HttpRequestMessage(HttpMethod.Head, new Uri(path, UriKind.Relative));
        request.Headers.TryAddWithoutValidation("Accept", accept);
        return request;
    }
}
