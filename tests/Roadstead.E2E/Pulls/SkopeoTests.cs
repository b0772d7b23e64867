using Roadstead.Testing;
using Roadstead.Testing.Clients;
using Roadstead.Testing.Images;

namespace Roadstead.E2E.Pulls;

/// <summary>Skopeo, which copies an index with all its platforms and attestations.</summary>
public class SkopeoTests
{
    [Theory]
    [InlineData("http")]
    [InlineData("https")]
    public async Task Copies_whole_indexes_and_inspects_them(string scheme)
    {
        await using var world = await MirroredRegistries.Start();
        await world.PullWithAndWithoutUpstream(world.Images, async image =>
        {
            using var folder = new TemporaryFolder("copy");
            using var skopeo = Through(world, scheme);
            (await skopeo.Copy($"docker://{image.Name}", $"dir:{folder["image"]}", "--all", "--preserve-digests")).OrThrow();
            Assert.Equal(image.Digest, DigestOf(folder["image/manifest.json"]));
            var inspected = (await skopeo.Inspect($"docker://{image.Name}", "--no-tags")).OrThrow();
            Assert.Contains(world.Layer, inspected.Output, StringComparison.Ordinal);
        });
    }

    [Theory]
    [InlineData("http")]
    [InlineData("https")]
    public async Task Syncs_to_folders(string scheme)
    {
        await using var world = await MirroredRegistries.Start();
        await world.PullWithAndWithoutUpstream([.. world.Images.Where(image => image.Reference != image.Digest)], async image =>
        {
            using var folder = new TemporaryFolder("sync");
            using var skopeo = Through(world, scheme);
            (await skopeo.Sync(image.Name, folder["images"], "--all")).OrThrow();
            Assert.Equal(image.Digest, DigestOf(folder[$"images/{image.Name}/manifest.json"]));
        });
    }

    [Fact]
    public async Task Lists_tags_at_the_mirror_itself()
    {
        await using var world = await MirroredRegistries.Start();
        using var skopeo = new Skopeo();
        var name = $"docker://{world.Server.Authority}/dockerhub/library/plain";
        async Task List()
        {
            var listed = (await skopeo.Run("list-tags", "--tls-verify=false", name)).OrThrow();
            Assert.Contains("\"1\"", listed.Output, StringComparison.Ordinal);
            var inspected = (await skopeo.Run("inspect", "--tls-verify=false", $"{name}:1")).OrThrow();
            Assert.Contains("\"RepoTags\"", inspected.Output, StringComparison.Ordinal);
        }

        await List();
        await world.Server.WaitForLog(line => line.Contains("stored blob", StringComparison.Ordinal), 2);
        await world.LoseUpstream();
        await List();
        await world.AssertNoFault();
    }

    [Fact]
    public async Task Refuses_a_server_whose_authority_it_does_not_trust()
    {
        await using var world = await MirroredRegistries.Start();
        using var stranger = new Skopeo(world.Mirrors("https"));
        var refused = await stranger.Inspect("docker://docker.io/library/plain:1", "--no-tags");
        Assert.False(refused.Succeeded);
        Assert.Contains("x509", refused.Error, StringComparison.Ordinal);
    }

    private static Skopeo Through(MirroredRegistries world, string scheme) => world.Trusted(scheme, new Skopeo(world.Mirrors(scheme)));

    private static string DigestOf(string file) => ContentDigest.Sha256(File.ReadAllBytes(file));
}
