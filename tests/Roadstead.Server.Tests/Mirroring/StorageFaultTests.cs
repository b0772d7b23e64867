using System.Net;
using System.Net.Http.Headers;
using System.Security.Cryptography;
using Microsoft.Data.Sqlite;
using Roadstead.Testing.Images;
using Roadstead.Testing.Upstream;

namespace Roadstead.Server.Tests.Mirroring;

/// <summary>A disk that takes nothing more turns the cache into a pass-through.</summary>
public class StorageFaultTests
{
    // Room for the database and small blobs.
    private const string Small = "mount -t tmpfs -o size=8m tmpfs \"$1\"";

    [Fact]
    public async Task What_has_no_room_is_passed_through_whole_and_verified()
    {
        await using var world = await On(Small);
        var image = world.Upstream.AddImage("library/big", "1", LayerForge.Random(12_000_000), LayerForge.Random(1000, seed: 2));
        for (var i = 0; i < 3; i++)
        {
            await world.Pull("dockerhub/big", "1", image);
        }

        var big = image.Layers[0];
        Assert.Equal(new Got(HttpStatusCode.OK, "bypass", big.Digest), await world.Read($"dockerhub/big/blobs/{big.Digest}"));
        await AssertRange(world, big, new RangeHeaderValue(5_000_000, 5_000_099));
        await AssertRange(world, big, new RangeHeaderValue(null, 100));
        await world.Server.WaitForLog(line => line.Contains("ALERT storage fault in=blobs", StringComparison.Ordinal));
        Assert.True(world.Server.Log.Items.Count(line => line.Contains("ALERT", StringComparison.Ordinal)) < 4);
        Assert.Contains("roadstead_storage_faults_total{in=\"blobs\"}", await Metrics(world), StringComparison.Ordinal);
        using var ready = await world.Server.Client.GetAsync(new Uri("/healthz/ready", UriKind.Relative), TestContext.Current.CancellationToken);
        Assert.Equal(HttpStatusCode.OK, ready.StatusCode);
        Assert.Empty((await world.Server.OnDisk("ls \"$1/spool\"")).OrThrow().Output);
    }

    [Theory]
    [InlineData(500)]
    [InlineData(429)]
    public async Task What_cannot_be_passed_through_is_refused_before_a_byte_goes_out(int status)
    {
        await using var world = await On(Small);
        var big = LayerForge.Random(12_000_000);
        world.Upstream.AddImage("library/big", "1", big);
        await world.Get("dockerhub/big/manifests/1", HttpMethod.Head);

        // The first answer shows that there is no room for it.
        var answers = 0;
        world.Upstream.Fault(Roadstead.Testing.Upstream.On.Blob(digest: big.Digest).Get(), new Fault(shape: (_, response) =>
        {
            if (Interlocked.Increment(ref answers) > 1)
            {
                response.Replace(FakeResponse.Error(status, "UNKNOWN"));
            }
        }));
        using var response = await world.Get($"dockerhub/big/blobs/{big.Digest}");
        Assert.Equal(HttpStatusCode.ServiceUnavailable, response.StatusCode);
        Assert.NotNull(response.Headers.RetryAfter);
        Assert.InRange(answers, 2, 3);
    }

    [Fact]
    public async Task Many_clients_of_what_has_no_room_share_one_fetch()
    {
        const int Clients = 12;
        await using var world = await World.Start(configure: (config, _) => config.Disk = Small, endpoint: [("maxBodies", 1), ("headerTimeout", "1s")]);
        var big = LayerForge.Random(12_000_000);
        world.Upstream.AddImage("library/big", "1", big);
        await world.Get("dockerhub/big/manifests/1", HttpMethod.Head);
        var got = await Task.WhenAll(Enumerable.Range(0, Clients).Select(_ => world.Read($"dockerhub/big/blobs/{big.Digest}")));
        Assert.All(got, one => Assert.Equal((HttpStatusCode.OK, big.Digest), (one.Status, one.Digest)));
    }

    [Fact]
    public async Task Clients_for_whose_blob_there_is_no_place_upstream_get_a_503()
    {
        const int Clients = 12;
        await using var world = await World.Start(configure: (config, _) => config.Disk = Small, endpoint: [("maxBodies", 4), ("headerTimeout", "1s")]);
        var blobs = Enumerable.Range(0, Clients).Select(i => LayerForge.Random(12_000_000, seed: i)).ToList();
        world.Upstream.AddImage("library/big", "1", [.. blobs]);
        await world.Get("dockerhub/big/manifests/1", HttpMethod.Head);
        var gate = new Gate();
        world.Upstream.Fault(Roadstead.Testing.Upstream.On.Blob().Get(), Faults.StallAfter(5_000_000, gate));
        var clients = blobs.ConvertAll(blob => world.Read($"dockerhub/big/blobs/{blob.Digest}"));

        // Those that find no place are told so; only then the others get on.
        await world.Server.WaitForLog(line => line.Contains("status=503", StringComparison.Ordinal), Clients - 4);
        gate.Open();
        var got = await Task.WhenAll(clients);
        Assert.Equal(4, got.Count(one => one.Status == HttpStatusCode.OK));
        Assert.All(got.Index().Where(one => one.Item.Status == HttpStatusCode.OK), one => Assert.Equal(blobs[one.Index].Digest, one.Item.Digest));
        Assert.Equal(Clients - 4, got.Count(one => one.Status == HttpStatusCode.ServiceUnavailable));
        Assert.DoesNotContain(world.Server.Log.Items, line => line.Contains("endpoint down", StringComparison.Ordinal));
    }

    [Fact]
    public async Task A_wrong_blob_that_is_passed_through_is_never_whole()
    {
        await using var world = await On(Small);
        var big = LayerForge.Random(12_000_000);
        world.Upstream.AddImage("library/big", "1", big);
        world.Upstream.Fault(Roadstead.Testing.Upstream.On.Blob(digest: big.Digest).Get(), Faults.WrongLastByte());
        await world.Get("dockerhub/big/manifests/1", HttpMethod.Head);
        using var response = await world.Get($"dockerhub/big/blobs/{big.Digest}");
        Assert.Equal(big.Size, response.Content.Headers.ContentLength);
        await Assert.ThrowsAnyAsync<Exception>(() => response.Content.ReadAsByteArrayAsync(TestContext.Current.CancellationToken));
    }

    [Fact]
    public async Task A_disk_that_fills_up_in_the_middle_costs_nobody_their_pull()
    {
        await using var world = await On(Small);
        var blob = LayerForge.RandomBytes(7_000_000);
        var digest = world.Upstream.AddBlob("library/app", blob);

        // Of unknown length, so that no room can be reserved for it.
        var gate = new Gate();
        world.Upstream.Fault(Roadstead.Testing.Upstream.On.Blob(), Faults.StallAfter(5_000_000, gate), times: 1);
        using var response = await world.Get($"dockerhub/app/blobs/{digest}");
        var stream = await response.Content.ReadAsStreamAsync(TestContext.Current.CancellationToken);
        var first = new byte[1_000_000];
        await stream.ReadExactlyAsync(first, TestContext.Current.CancellationToken);
        await gate.Reached();

        // Preallocated blocks are given back, and someone else takes them.
        (await world.Server.OnDisk("for spool in \"$1\"/spool/*; do fallocate --punch-hole --offset 5500000 --length 2000000 \"$spool\"; done; dd if=/dev/zero of=\"$1/filler\" bs=64k 2>/dev/null || true")).OrThrow();
        gate.Open();
        using var rest = new MemoryStream();
        rest.Write(first);
        await stream.CopyToAsync(rest, TestContext.Current.CancellationToken);
        Assert.Equal(digest, "sha256:" + Convert.ToHexStringLower(SHA256.HashData(rest.ToArray())));
        await world.Server.WaitForLog(line => line.Contains("ALERT storage fault in=blobs", StringComparison.Ordinal));
    }

    [Fact]
    public async Task A_disk_that_turned_read_only_still_serves_all_and_is_written_again_when_it_can_be()
    {
        await using var world = await On("mount --bind \"$1\" \"$1\"", "0s");
        var held = world.Upstream.AddImage("library/held", "1", LayerForge.Random(1000));
        await world.Pull("dockerhub/held", "1", held);
        await world.Stored(held.Blobs.Select(blob => blob.Digest));

        (await world.Server.OnDisk("mount --bind \"$1\" \"$1\"; mount -o remount,bind,ro \"$1\"")).OrThrow();
        var image = world.Upstream.AddImage("library/new", "1", LayerForge.Random(3_000_000, seed: 7));
        for (var i = 0; i < 2; i++)
        {
            await world.Pull("dockerhub/new", "1", image);
            await world.Pull("dockerhub/held", "1", held);
        }

        Assert.Equal("bypass", (await world.Read($"dockerhub/new/blobs/{image.Layers[0].Digest}")).Cache);
        await world.Server.WaitForLog(line => line.Contains("ALERT storage fault in=blobs", StringComparison.Ordinal));
        Assert.DoesNotContain(world.Server.Log.Items, line => line.Contains("status=5", StringComparison.Ordinal));

        // Lazily, for the server may just be trying whether it can write.
        (await world.Server.OnDisk("umount --lazy \"$1\"")).OrThrow();
        await world.Pull("dockerhub/new", "1", image);
        await world.Stored(image.Blobs.Select(blob => blob.Digest));
        await world.Upstream.Stop();
        await world.Pull("dockerhub/new", "1", image);
    }

    [Fact]
    public async Task An_fsync_that_fails_keeps_nothing_and_costs_nobody_their_pull()
    {
        await using var world = await World.Start();
        var before = world.Upstream.AddImage("library/before", "1", LayerForge.Random(1000));
        await world.Pull("dockerhub/before", "1", before);
        await world.Stored(before.Blobs.Select(blob => blob.Digest));

        var image = world.Upstream.AddImage("library/app", "1", LayerForge.Random(3_000_000, seed: 7));
        await using (await SystemCallFaults.Inject(world.Server.ProcessId, "fsync,fdatasync:error=EIO"))
        {
            await world.Pull("dockerhub/app", "1", image);
            await world.Server.WaitForLog(line => line.Contains("ALERT storage fault", StringComparison.Ordinal));
            Assert.DoesNotContain(world.Server.Log.Items, line => line.Contains("status=5", StringComparison.Ordinal));
        }

        foreach (var file in Directory.EnumerateFiles(Path.Combine(world.Server.StoragePath, "blobs"), "*", SearchOption.AllDirectories))
        {
            Assert.Contains(before.Blobs, blob => blob.Digest.EndsWith(Path.GetFileName(file), StringComparison.Ordinal));
        }

        await Recovered(world);
        await world.Pull("dockerhub/app", "1", image);
        await world.Stored(image.Blobs.Select(blob => blob.Digest));
    }

    private static Task<string> Recovered(World world) => world.Server.WaitForLog(line => line.Contains("database takes writes again", StringComparison.Ordinal));

    [Fact]
    public async Task A_database_that_cannot_be_written_costs_nobody_their_pull()
    {
        await using var world = await World.Start("0s");
        var held = world.Upstream.AddImage("library/held", "1", LayerForge.Random(1000));
        await world.Pull("dockerhub/held", "1", held);
        await world.Stored(held.Blobs.Select(blob => blob.Digest));

        var image = world.Upstream.AddImage("library/new", "1", LayerForge.Random(3_000_000, seed: 7));
        await using (var other = new SqliteConnection($"Data Source={Path.Combine(world.Server.StoragePath, "roadstead.db")};Pooling=False"))
        {
            await other.OpenAsync(TestContext.Current.CancellationToken);
            await using var command = other.CreateCommand();
            command.CommandText = "BEGIN IMMEDIATE";
            await command.ExecuteNonQueryAsync(TestContext.Current.CancellationToken);
            Assert.Equal(new Got(HttpStatusCode.OK, "bypass", image.Digest), await world.Read("dockerhub/new/manifests/1"));
            await world.Pull("dockerhub/new", "1", image);
            await world.Pull("dockerhub/held", "1", held);
            await world.Server.WaitForLog(line => line.Contains("ALERT storage fault in=database", StringComparison.Ordinal));
            Assert.DoesNotContain(world.Server.Log.Items, line => line.Contains("status=5", StringComparison.Ordinal));
        }

        await Recovered(world);
        await world.Pull("dockerhub/new", "1", image);
        await world.Server.WaitForLog(line => line.Contains("reference=1 outcome=miss status=200", StringComparison.Ordinal), 2);
    }

    private static Task<World> On(string disk, string freshFor = "1h") => World.Start(freshFor, (config, _) => config.Disk = disk);

    private static async Task AssertRange(World world, ForgedBlob blob, RangeHeaderValue range)
    {
        using var response = await world.Get($"dockerhub/big/blobs/{blob.Digest}", range: range);
        Assert.Equal(HttpStatusCode.PartialContent, response.StatusCode);
        var given = response.Content.Headers.ContentRange!;
        Assert.Equal(blob.Bytes[(int)given.From!..((int)given.To! + 1)], await response.Content.ReadAsByteArrayAsync(TestContext.Current.CancellationToken));
    }

    private static Task<string> Metrics(World world) => world.Server.Client.GetStringAsync(new Uri("/metrics", UriKind.Relative), TestContext.Current.CancellationToken);
}
