using System.Text.Json;
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
    public async Task Lists_the_tags_of_the_mirror_itself()
    {
        await using var world = await MirroredRegistries.Start();
        using var folder = new TemporaryFolder("copy");
        using var skopeo = new Skopeo();
        var repository = $"docker://{world.Address("http").Authority}/dockerhub/library/plain";
        (await skopeo.Copy($"{repository}:1", $"dir:{folder["image"]}", "--src-tls-verify=false")).OrThrow();
        await AssertTags("miss");
        await world.LoseUpstream();
        await AssertTags("stale");
        await world.AssertNoFault();

        async Task AssertTags(string outcome)
        {
            var lists = world.Server.Log.Count(OfTags);
            Assert.Equal(["1"], Strings((await skopeo.ListTags(repository, "--tls-verify=false")).OrThrow().Output, "Tags"));
            // Without --no-tags it asks for the list as well, and fails where it gets none.
            Assert.Equal(["1"], Strings((await skopeo.Inspect($"{repository}:1", "--tls-verify=false")).OrThrow().Output, "RepoTags"));
            await world.Server.WaitForLog(OfTags, lists + 2);

            bool OfTags(string line) => line.Contains(" tags project=dockerhub repository=library/plain ", StringComparison.Ordinal)
                && line.Contains($"outcome={outcome} status=200 ", StringComparison.Ordinal);
        }
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

    private static string[] Strings(string json, string key)
    {
        using var document = JsonDocument.Parse(json);
        return [.. document.RootElement.GetProperty(key).EnumerateArray().Select(element => element.GetString()!)];
    }

    private static string DigestOf(string file) => ContentDigest.Sha256(File.ReadAllBytes(file));
}
