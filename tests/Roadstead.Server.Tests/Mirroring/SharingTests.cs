using System.Net;
using Roadstead.Server.Tests.Retention;
using Roadstead.Testing.Images;
using Roadstead.Testing.Server;
using Roadstead.Testing.Upstream;

namespace Roadstead.Server.Tests.Mirroring;

/// <summary>A HEAD is a claim and a GET is a proof: who knows the digest of a blob that is held for a private project has not got it yet.</summary>
public class SharingTests
{
    private const int Small = 1000;

    // Too large for a manifest: it goes out while it comes.
    private const int Large = 5_000_000;

    private static CancellationToken Stops => TestContext.Current.CancellationToken;

    [Theory]
    [InlineData(Small)]
    [InlineData(Large)]
    public async Task What_is_held_in_private_looks_to_whoever_claims_it_as_what_nobody_holds(int size)
    {
        await using var world = await SharingWorld.Start();
        var (secret, unknown) = (Blob(size), Blob(size, seed: 2));
        await world.HoldInPrivate("org/app", secret);
        foreach (var blob in new[] { secret, unknown })
        {
            // It answers HEAD, and has other bytes.
            world.Theirs.AddBlob("org/app", blob.Digest, new byte[size]);
            world.Theirs.AddBlob("org/longer", blob.Digest, new byte[size + 1]);
        }

        foreach (var repository in new[] { "org/app", "org/longer", "org/none" })
        {
            foreach (var method in new[] { "HEAD", "GET", "HEAD", "GET" })
            {
                var (seen, asked) = await world.LookAlone("blobs", secret.Digest, method, repository);
                Assert.NotEqual(secret.Digest, seen.Digest);
                Assert.Equal(await world.LookAlone("blobs", unknown.Digest, method, repository), (seen, asked));
            }
        }

        Assert.Equal(new Seen("HEAD", HttpStatusCode.OK, "miss", size + 1, ""), (await world.Look("blobs", secret.Digest, "HEAD", "org/longer")).Seen);
        Assert.Equal(0, await world.Used("theirs"));
        StoreCheck.AssertRight(world.Server.StoragePath);
    }

    [Fact]
    public async Task What_was_sent_is_proven_and_counts_once_for_the_store()
    {
        await using var world = await SharingWorld.Start();
        var blob = Blob(Large);
        await world.HoldInPrivate("org/app", blob);
        world.Theirs.AddBlob("org/app", blob.Bytes);
        world.Theirs.AddBlob("org/other", blob.Bytes);
        Assert.Equal((new Seen("GET", HttpStatusCode.OK, "miss", blob.Size, blob.Digest), "GET Blob"), await world.Look("blobs", blob.Digest));
        await world.Stored(blob.Digest, times: 2);
        Assert.Equal((new Seen("GET", HttpStatusCode.OK, "hit", blob.Size, blob.Digest), ""), await world.Look("blobs", blob.Digest));

        // From now on an open project has it, which is as good as having it sent.
        Assert.Equal((new Seen("GET", HttpStatusCode.OK, "hit", blob.Size, blob.Digest), "HEAD Blob"), await world.Look("blobs", blob.Digest, repository: "org/other"));
        Assert.Equal((blob.Size, blob.Size, blob.Size), (await world.Used("mine"), await world.Used("theirs"), await world.Bytes()));
        StoreCheck.AssertRight(world.Server.StoragePath);
        Assert.Empty(Directory.EnumerateFiles(Path.Combine(world.Server.StoragePath, "spool")));
    }

    [Fact]
    public async Task What_the_same_endpoint_brought_or_an_open_project_has_is_given_for_a_claim()
    {
        await using var world = await SharingWorld.Start();
        var blob = Blob(Small);
        await world.HoldInPrivate("org/app", blob);
        await world.Project("twin", "mine");
        world.Mine.AddBlob("org/twin", blob.Bytes);
        Assert.Equal("hit", (await world.Ask($"twin/org/twin/blobs/{blob.Digest}")).Cache);
        Assert.Equal((1, 1), (world.Mine.Requests.Count(On.Blob().Get()), world.Mine.Requests.Count(On.Blob().Head())));

        world.Theirs.AddBlob("org/app", blob.Digest, new byte[blob.Size]);
        Assert.Equal((new Seen("GET", HttpStatusCode.OK, "hit", blob.Size, blob.Digest), "HEAD Blob"), await world.Look("blobs", blob.Digest));
    }

    [Theory]
    [InlineData("gone")]
    [InlineData("another registry")]
    [InlineData("without its endpoint")]
    public async Task A_project_vouches_for_what_it_mirrors_now(string became)
    {
        await using var world = await SharingWorld.Start();
        await world.Project("closed", "theirs", isOpen: false);
        var blob = Blob(Small);
        world.Mine.AddBlob("org/app", blob.Bytes);
        await world.Ask($"mine/org/app/blobs/{blob.Digest}");
        await world.Stored(blob.Digest);
        if (became == "gone")
        {
            Assert.Equal(HttpStatusCode.NoContent, (await world.Server.Ask("DELETE", "/roadstead/projects/mine?force=true")).Status);
        }
        else if (became == "another registry")
        {
            await world.Endpoint("another", "another.example", world.Mine);
            await world.Project("mine", "another");
        }
        else
        {
            // Its own images stay private, though for now it serves nobody.
            await world.Close("mine");
            await world.Server.Ask("DELETE", "/roadstead/projects/closed");
            await world.Server.Stop();
            world.Server.Execute("DELETE FROM endpoint WHERE name = 'mine'");
            await world.Server.StartAgain();
        }

        world.Theirs.AddBlob("org/app", blob.Digest, new byte[blob.Size]);
        var (seen, asked) = await world.Look("blobs", blob.Digest);
        Assert.Equal((HttpStatusCode.BadGateway, "GET Blob"), (seen.Status, asked));
    }

    [Fact]
    public async Task Nobody_joins_what_comes_for_a_private_project()
    {
        await using var world = await SharingWorld.Start();
        var (blob, unknown) = (Blob(Large), Blob(Large, seed: 2));
        var gate = new Gate();
        world.Mine.AddBlob("org/app", blob.Bytes);
        world.Mine.Fault(On.Blob(), Faults.StallAfter(4_000_000, gate));
        using var reader = await world.Send($"mine/org/app/blobs/{blob.Digest}");
        await gate.Reached();
        await world.Close("mine");

        world.Theirs.AddBlob("org/lying", blob.Digest, new byte[blob.Size]);
        world.Theirs.AddBlob("org/lying", unknown.Digest, new byte[blob.Size]);
        world.Theirs.AddBlob("org/app", blob.Bytes);
        foreach (var method in new[] { "HEAD", "GET" })
        {
            foreach (var repository in new[] { "org/lying", "org/none" })
            {
                Assert.Equal(await world.LookAlone("blobs", unknown.Digest, method, repository, besides: 1), await world.LookAlone("blobs", blob.Digest, method, repository, besides: 1));
            }
        }

        Assert.Equal((new Seen("GET", HttpStatusCode.OK, "miss", blob.Size, blob.Digest), "GET Blob"), await world.LookAlone("blobs", blob.Digest, besides: 1));
        await world.Stored(blob.Digest);
        gate.Open();
        Assert.Equal(blob.Digest, (await SharingWorld.Read(reader)).Digest);
        await world.Stored(blob.Digest, times: 2);
        Assert.Equal((blob.Size, blob.Size, blob.Size), (await world.Used("mine"), await world.Used("theirs"), await world.Bytes()));
        StoreCheck.AssertRight(world.Server.StoragePath);
    }

    [Fact]
    public async Task Who_joins_a_fetch_of_his_own_registry_has_proven_nothing()
    {
        await using var world = await SharingWorld.Start();
        var secret = Blob(Small);
        await world.HoldInPrivate("org/app", secret);
        var gate = new Gate();
        world.Theirs.AddBlob("org/one", secret.Digest, new byte[secret.Size]);
        world.Theirs.AddBlob("org/two", secret.Digest, new byte[secret.Size]);
        world.Theirs.Fault(On.Blob("org/one").Get(), Faults.StallBeforeHeaders(gate));
        var one = world.Ask($"theirs/org/one/blobs/{secret.Digest}");
        await gate.Reached();
        var two = world.Ask($"theirs/org/two/blobs/{secret.Digest}");
        await world.Theirs.Requests.WaitFor(On.Blob("org/two").Head());
        gate.Open();
        Assert.Equal([HttpStatusCode.BadGateway, HttpStatusCode.BadGateway], (await Task.WhenAll(one, two)).Select(seen => seen.Status));
        Assert.Equal(HttpStatusCode.BadGateway, (await world.Look("blobs", secret.Digest, repository: "org/two")).Seen.Status);
    }

    [Fact]
    public async Task What_was_claimed_while_all_was_open_and_nobody_held_it_opens_nothing_that_comes_in_private()
    {
        await using var world = await SharingWorld.Start();
        var image = ImageForge.Image([Blob(Large)]);
        var secret = image.Layers[0];
        var gate = new Gate();
        world.Theirs.AddBlob("org/one", secret.Digest, new byte[secret.Size]);
        world.Theirs.AddBlob("org/two", secret.Digest, new byte[secret.Size]);
        world.Theirs.Fault(On.Blob("org/one").Get(), Faults.StallAfter(1_000_000, gate));
        using var one = await world.Send($"theirs/org/one/blobs/{secret.Digest}");
        await gate.Reached();

        // It joined by a HEAD, which was noted.
        using var two = await world.Send($"theirs/org/two/blobs/{secret.Digest}");
        Assert.Equal((HttpStatusCode.OK, 1), (two.StatusCode, world.Theirs.Requests.Count(On.Blob("org/two").Head())));
        gate.Open();
        Assert.Equal("cut", (await SharingWorld.Read(two)).Digest);
        await world.Server.WaitForLog(line => line.Contains("they are discarded", StringComparison.Ordinal));

        await world.Close("mine");
        await world.Import("manifests", $"project=mine&repository=org/app&reference={image.Digest}", image.Bytes, image.MediaType);
        await world.Import("blobs", $"project=mine&repository=org/app&digest={secret.Digest}", secret.Bytes);
        var (seen, asked) = await world.Look("blobs", secret.Digest, repository: "org/two");
        Assert.Equal(("cut", "GET Blob"), (seen.Digest, asked));
    }

    [Fact]
    public async Task A_proof_disturbs_nobody_who_reads()
    {
        await using var world = await SharingWorld.Start();
        var blob = Blob(30_000_000);
        world.Mine.AddBlob("org/app", blob.Bytes);
        await world.Ask($"mine/org/app/blobs/{blob.Digest}");
        await world.Stored(blob.Digest);
        using var reader = await world.Send($"mine/org/app/blobs/{blob.Digest}");
        Assert.Equal("hit", World.CacheOf(reader));
        await world.Close("mine");
        world.Theirs.AddBlob("org/app", blob.Bytes);
        Assert.Equal((HttpStatusCode.OK, "miss", blob.Digest), await world.Look("blobs", blob.Digest) is var (seen, _) ? (seen.Status, seen.Cache, seen.Digest) : default);
        await world.Stored(blob.Digest, times: 2);
        Assert.Equal(blob.Digest, (await SharingWorld.Read(reader)).Digest);
    }

    [Fact]
    public async Task A_proof_takes_room_of_its_project_and_of_the_disk_and_none_of_the_store()
    {
        await using var world = await SharingWorld.Start(config => config.Storage["quota"] = Large * 3 / 2);
        var blob = Blob(Large);
        await world.HoldInPrivate("org/app", blob);
        world.Theirs.AddBlob("org/app", blob.Bytes);
        await world.Project("small", "theirs", more: $", \"quota\": {Large - 1}");
        Assert.Equal((HttpStatusCode.OK, "bypass", blob.Digest), await world.Ask($"small/org/app/blobs/{blob.Digest}") is var passed ? (passed.Status, passed.Cache, passed.Digest) : default);
        Assert.Equal(("miss", blob.Digest), await world.Look("blobs", blob.Digest) is var (first, _) ? (first.Cache, first.Digest) : default);
        await world.Stored(blob.Digest, times: 2);
        Assert.Equal(("hit", blob.Digest), await world.Look("blobs", blob.Digest) is var (second, _) ? (second.Cache, second.Digest) : default);
        Assert.Equal((blob.Size, blob.Size, blob.Size), (await world.Used("mine"), await world.Used("theirs"), await world.Bytes()));
    }

    [Fact]
    public async Task What_is_proven_stays_when_the_image_goes_that_brought_it()
    {
        await using var world = await SharingWorld.Start();
        var image = world.Mine.AddImage("org/app", "1", LayerForge.Random(Large));
        var layer = image.Layers[0];
        Assert.Equal(image.Digest, (await world.Ask("mine/org/app/manifests/1")).Digest);
        foreach (var blob in image.Blobs)
        {
            await world.Stored(blob.Digest);
        }

        await world.Close("mine");
        var gate = new Gate();
        world.Theirs.AddBlob("org/app", layer.Bytes);
        world.Theirs.Fault(On.Blob(), Faults.StallAfter(4_000_000, gate));
        using var reader = await world.Send($"theirs/org/app/blobs/{layer.Digest}");
        await gate.Reached();
        await StoreClient.Until(async () => (await world.Server.Ask("DELETE", "/roadstead/images?project=mine&repository=org/app&reference=1")).Status == HttpStatusCode.NoContent);
        Assert.True(File.Exists(world.Server.BlobFile(layer.Digest)));
        gate.Open();
        Assert.Equal(layer.Digest, (await SharingWorld.Read(reader)).Digest);
        await world.Stored(layer.Digest, times: 2);
        Assert.Equal("hit", (await world.Look("blobs", layer.Digest)).Seen.Cache);
        Assert.Equal((0, layer.Size, layer.Size), (await world.Used("mine"), await world.Used("theirs"), await world.Bytes()));
        StoreCheck.AssertRight(world.Server.StoragePath);
    }

    [Fact]
    public async Task Killed_in_the_middle_of_a_proof_nothing_is_proven_and_nothing_wrong()
    {
        await using var world = await SharingWorld.Start();
        var blob = Blob(Large);
        await world.HoldInPrivate("org/app", blob);
        var gate = new Gate();
        world.Theirs.AddBlob("org/app", blob.Bytes);
        world.Theirs.Fault(On.Blob(), Faults.StallAfter(4_000_000, gate), times: 1);
        using (var reader = await world.Send($"theirs/org/app/blobs/{blob.Digest}"))
        {
            await gate.Reached();
            await world.Server.Kill();
        }

        StoreCheck.AssertFiles(world.Server.StoragePath);
        await world.Server.StartAgain();
        Assert.Empty(Directory.EnumerateFiles(Path.Combine(world.Server.StoragePath, "spool")));
        StoreCheck.AssertRows(world.Server.StoragePath);
        Assert.Equal((new Seen("GET", HttpStatusCode.OK, "miss", blob.Size, blob.Digest), "GET Blob"), await world.Look("blobs", blob.Digest));
        await world.Stored(blob.Digest, times: 2);
        StoreCheck.AssertRight(world.Server.StoragePath);
    }

    private static ForgedBlob Blob(int size, int seed = 1) => ImageForge.Blob(LayerForge.RandomBytes(size, seed), Media.OciLayer);
}
