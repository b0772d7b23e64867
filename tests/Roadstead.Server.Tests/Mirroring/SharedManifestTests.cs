using System.Net;
using Roadstead.Testing.Images;
using Roadstead.Testing.Upstream;

namespace Roadstead.Server.Tests.Mirroring;

/// <summary>As <see cref="SharingTests"/>, of manifests.</summary>
public class SharedManifestTests
{
    [Fact]
    public async Task What_is_held_in_private_looks_to_whoever_claims_it_as_what_nobody_holds()
    {
        await using var world = await SharingWorld.Start();
        var (secret, unknown) = (await HoldInPrivate(world), ImageForge.Image([LayerForge.Random(1000, seed: 2)]));
        foreach (var image in new[] { secret, unknown })
        {
            world.Theirs.AddManifest("org/app", null, image.MediaType, ImageForge.Image([LayerForge.Random(10)]).Bytes, image.Digest);
        }

        foreach (var repository in new[] { "org/app", "org/none" })
        {
            foreach (var method in new[] { "HEAD", "GET" })
            {
                var (seen, asked) = await world.Look("manifests", secret.Digest, method, repository);
                Assert.False(seen.Status == HttpStatusCode.OK);
                Assert.Equal(await world.Look("manifests", unknown.Digest, method, repository), (seen, asked));
            }
        }
    }

    [Fact]
    public async Task What_was_sent_is_proven()
    {
        await using var world = await SharingWorld.Start();
        var image = await HoldInPrivate(world);
        world.Theirs.Add("org/app", null, image);
        world.Theirs.Add("org/other", null, image);
        Assert.Equal((new Seen("GET", HttpStatusCode.OK, "miss", image.Size, image.Digest), "GET Manifest"), await world.Look("manifests", image.Digest));
        Assert.Equal((new Seen("GET", HttpStatusCode.OK, "hit", image.Size, image.Digest), ""), await world.Look("manifests", image.Digest));

        // An open project has it now.
        Assert.Equal((new Seen("GET", HttpStatusCode.OK, "miss", image.Size, image.Digest), "HEAD Manifest"), await world.Look("manifests", image.Digest, repository: "org/other"));
    }

    [Fact]
    public async Task What_the_same_endpoint_brought_is_given_for_a_claim()
    {
        await using var world = await SharingWorld.Start();
        var image = await HoldInPrivate(world);
        await world.Project("twin", "mine");
        world.Mine.Add("org/twin", null, image);
        Assert.Equal(image.Digest, (await world.Ask($"twin/org/twin/manifests/{image.Digest}")).Digest);
        Assert.Equal((0, 1), (world.Mine.Requests.Count(On.Manifest("org/twin").Get()), world.Mine.Requests.Count(On.Manifest("org/twin").Head())));
    }

    [Fact]
    public async Task A_HEAD_that_tells_another_digest_is_not_believed()
    {
        await using var world = await World.Start();
        var image = world.Upstream.AddImage("library/one", "1", LayerForge.Random(1000));
        world.Upstream.Add("library/two", null, image);
        await world.Read("dockerhub/library/one/manifests/1");
        world.Upstream.Fault(On.Manifest("library/two").Head(), Faults.LyingDigest(ContentDigest.Sha256("another"u8.ToArray())));
        world.Upstream.Fault(On.Manifest("library/two").Get(), Faults.Error(404, "MANIFEST_UNKNOWN"));
        Assert.Equal(HttpStatusCode.NotFound, (await world.Read($"dockerhub/library/two/manifests/{image.Digest}")).Status);
        Assert.Equal(1, world.Upstream.Requests.Count(On.Manifest("library/two").Get()));
    }

    [Fact]
    public async Task Asked_for_as_a_blob_it_is_as_what_nobody_holds_until_it_was_sent()
    {
        await using var world = await SharingWorld.Start();
        var (secret, unknown) = (await HoldInPrivate(world), ImageForge.Image([LayerForge.Random(1000, seed: 2)]));
        foreach (var image in new[] { secret, unknown })
        {
            world.Theirs.AddBlob("org/lying", image.Digest, new byte[image.Size]);
            world.Theirs.AddBlob("org/named", image.Digest, new byte[image.Size]);
            await world.Name("org/named", image);
        }

        foreach (var image in new[] { secret, unknown })
        {
            var (seen, asked) = await world.LookAlone("blobs", image.Digest, repository: "org/named");
            Assert.True(seen.Status != HttpStatusCode.NotFound && asked is "GET Blob" or "GET Blob GET Blob", $"{seen} {asked}");
        }

        foreach (var repository in new[] { "org/none", "org/lying" })
        {
            foreach (var method in new[] { "HEAD", "GET" })
            {
                var (seen, asked) = await world.LookAlone("blobs", secret.Digest, method, repository);

                // That it was not there is remembered for a while.
                Assert.Equal(method == "GET" && repository == "org/none" ? "" : $"{method} Blob", asked);
                Assert.Equal(await world.LookAlone("blobs", unknown.Digest, method, repository), (seen, asked));
            }
        }
    }

    [Theory]
    [InlineData(false, null)]
    [InlineData(true, null)]
    [InlineData(true, "10B")]
    public async Task It_is_never_a_blob_whoever_holds_it(bool isNamed, string? quota)
    {
        await using var world = await SharingWorld.Start();
        var secret = await HoldInPrivate(world);
        world.Theirs.AddBlob("org/app", secret.Bytes);
        if (isNamed)
        {
            await world.Name("org/app", secret);
        }

        if (quota is not null)
        {
            await world.Project("theirs", "theirs", more: $", \"quota\": \"{quota}\"");
        }

        var (seen, asked) = await world.Look("blobs", secret.Digest);
        Assert.NotEqual(secret.Digest, seen.Digest);
        Assert.Contains("GET Blob", asked, StringComparison.Ordinal);
        Assert.False(File.Exists(world.Server.BlobFile(secret.Digest)));

        // Who has it as what it is is told so at once; and of what is known to anybody a claim is refused too.
        world.Theirs.Add("org/other", null, secret);
        Assert.Equal(HttpStatusCode.OK, (await world.Look("manifests", secret.Digest, repository: "org/other")).Seen.Status);
        foreach (var method in new[] { "HEAD", "GET" })
        {
            Assert.Equal((HttpStatusCode.NotFound, ""), await world.Look("blobs", secret.Digest, method, "org/other") is var (known, none) ? (known.Status, none) : default);
        }

        world.Theirs.AddBlob("org/third", secret.Digest, new byte[secret.Size]);
        Assert.Equal(HttpStatusCode.NotFound, (await world.Look("blobs", secret.Digest, "HEAD", "org/third")).Seen.Status);
    }

    private static async Task<ForgedManifest> HoldInPrivate(SharingWorld world)
    {
        var image = world.Mine.AddImage("org/app", "1", LayerForge.Random(1000));
        Assert.Equal(image.Digest, (await world.Ask("mine/org/app/manifests/1")).Digest);
        foreach (var blob in image.Blobs)
        {
            await world.Stored(blob.Digest);
        }

        await world.Close("mine");
        return image;
    }
}
