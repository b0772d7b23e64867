using System.Globalization;
using System.Net;
using Roadstead.Testing.Images;
using Roadstead.Testing.Upstream;

namespace Roadstead.Server.Tests.Mirroring;

/// <summary>A disk that fails at any of its calls, or does not get on: no pull notices.</summary>
public class DiskErrorTests
{
    [Fact]
    public async Task A_disk_without_inodes_is_a_full_one()
    {
        await using var world = await World.Start(configure: (config, _) => config.Disk = "mount -t tmpfs -o nr_inodes=30 tmpfs \"$1\"");
        (await world.Server.OnDisk("i=0; while touch \"$1/filler-$i\" 2>/dev/null; do i=$((i + 1)); done")).OrThrow();
        var image = world.Upstream.AddImage("library/app", "1", LayerForge.Random(100_000), LayerForge.Random(5_000_000, seed: 2));
        await world.Pull("dockerhub/app", "1", image);
        await world.Pull("dockerhub/app", "1", image);
        await world.Server.WaitForLog(line => line.Contains("ALERT storage fault in=blobs", StringComparison.Ordinal));
        AssertNoFault(world);
    }

    /// <summary>Each of the calls by which blobs and rows are written, failing at its first time, its second …, in whichever thread.</summary>
    [Theory]
    [InlineData("pwrite64", "EIO")]
    [InlineData("pwrite64", "ENOSPC")]
    [InlineData("fsync", "EIO")]
    [InlineData("fallocate", "ENOSPC")]
    [InlineData("rename", "EROFS")]
    [InlineData("mkdir", "ENOSPC")]
    [InlineData("ftruncate", "EIO")]
    public async Task A_write_that_fails_costs_nobody_their_pull(string call, string error)
    {
        await using var world = await World.Start();
        for (var when = 1; when <= 4; when++)
        {
            var name = string.Create(CultureInfo.InvariantCulture, $"app-{when}");
            var image = world.Upstream.AddImage($"library/{name}", "1", LayerForge.Random(700_000, seed: when), LayerForge.Random(1000, seed: -when));
            await using (await SystemCallFaults.Inject(world.Server.ProcessId, string.Create(CultureInfo.InvariantCulture, $"{call}:error={error}:when={when}+")))
            {
                await world.Pull($"dockerhub/{name}", "1", image);
                await world.Pull($"dockerhub/{name}", "1", image);
            }

            await world.Pull($"dockerhub/{name}", "1", image);
        }

        await world.Server.WaitForLog(line => line.Contains("ALERT storage fault", StringComparison.Ordinal));
        AssertNoFault(world);
        Assert.Equal(0, await world.Server.Stop());
        StoreCheck.AssertRight(world.Server.StoragePath);
        Assert.Empty(Directory.EnumerateFiles(Path.Combine(world.Server.StoragePath, "spool")));
    }

    [Theory]
    [InlineData("pread64:error=EIO")]
    [InlineData("openat,open:error=EIO")]
    public async Task What_the_disk_cannot_read_comes_from_upstream(string injection)
    {
        await using var world = await World.Start();
        var (layer, file) = await Hold(world);
        await using (await SystemCallFaults.Inject(world.Server.ProcessId, injection, file))
        {
            Assert.Equal((HttpStatusCode.OK, layer.Digest), Of(await world.Read($"dockerhub/app/blobs/{layer.Digest}")));
            await world.Server.WaitForLog(line => line.Contains("ALERT storage fault in=blobs", StringComparison.Ordinal) && line.Contains("cannot be read", StringComparison.Ordinal));
            Assert.Equal(2, world.Upstream.CountBlobGets("library/app", layer.Digest));

            // Before the first byte it is an error that runtimes understand, also where upstream says that it has it and does not bring it.
            var refused = world.Upstream.Fault(On.Blob(digest: layer.Digest).Get(), Faults.Status(500));
            Assert.Equal(HttpStatusCode.ServiceUnavailable, (await world.Read($"dockerhub/app/blobs/{layer.Digest}")).Status);
            refused.Remove();
            await world.Upstream.Stop();
            Assert.Equal(HttpStatusCode.ServiceUnavailable, (await world.Read($"dockerhub/app/blobs/{layer.Digest}")).Status);
        }

        Assert.Equal(new Got(HttpStatusCode.OK, "hit", layer.Digest), await world.Read($"dockerhub/app/blobs/{layer.Digest}"));
    }

    /// <summary>The rest of what is on its way comes from upstream, in its place; where upstream does not bring it, the connection ends short.</summary>
    [Theory]
    [InlineData("EIO")]
    [InlineData("EBADMSG")]
    [InlineData("EUCLEAN")]
    public async Task What_the_disk_cannot_read_in_the_midst_of_a_blob_comes_from_upstream(string error)
    {
        await using var world = await World.Start();
        var (layer, file) = await Hold(world);
        await using (await SystemCallFaults.Inject(world.Server.ProcessId, $"sendfile:error={error}:when=4+", file))
        {
            Assert.Equal((HttpStatusCode.OK, layer.Digest), Of(await world.Read($"dockerhub/app/blobs/{layer.Digest}")));
            await world.Server.WaitForLog(line => line.Contains("ALERT storage fault in=blobs", StringComparison.Ordinal) && line.Contains("cannot be read at byte", StringComparison.Ordinal));
            Assert.Equal(2, world.Upstream.CountBlobGets("library/app", layer.Digest));
            await world.Upstream.Stop();
            await Assert.ThrowsAnyAsync<HttpRequestException>(() => world.Read($"dockerhub/app/blobs/{layer.Digest}"));
        }

        Assert.Equal(new Got(HttpStatusCode.OK, "hit", layer.Digest), await world.Read($"dockerhub/app/blobs/{layer.Digest}"));
    }

    [Fact]
    public async Task A_disk_that_hangs_holds_up_no_pull()
    {
        await using var world = await World.Start("0s");
        var held = world.Upstream.AddImage("library/held", "1", LayerForge.Random(1000));
        await world.Pull("dockerhub/held", "1", held);
        await world.Stored(held.Blobs.Select(blob => blob.Digest));
        var image = world.Upstream.AddImage("library/new", "1", LayerForge.Random(3_000_000, seed: 7));

        // Three times as long as a pull waits for it.
        await using (await SystemCallFaults.Inject(world.Server.ProcessId, "fsync:delay_enter=6000000"))
        {
            Assert.Equal(new Got(HttpStatusCode.OK, "bypass", image.Digest), await world.Read("dockerhub/new/manifests/1"));
            await world.Pull("dockerhub/new", "1", image);
            await world.Pull("dockerhub/held", "1", held);
            await world.Server.WaitForLog(line => line.Contains("a write takes more than 2 s", StringComparison.Ordinal));
            AssertNoFault(world);
        }
    }

    /// <summary>A layer of an image that is held, and its file.</summary>
    private static async Task<(ForgedBlob Layer, string File)> Hold(World world)
    {
        var layer = LayerForge.Random(3_000_000);
        var image = world.Upstream.AddImage("library/app", "1", layer);
        await world.Pull("dockerhub/app", "1", image);
        await world.Stored(image.Blobs.Select(blob => blob.Digest));
        var file = Directory.EnumerateFiles(Path.Combine(world.Server.StoragePath, "blobs"), layer.Digest[7..], SearchOption.AllDirectories).Single();
        return (layer, file);
    }

    private static (HttpStatusCode, string) Of(Got got) => (got.Status, got.Digest);

    private static void AssertNoFault(World world) =>
        Assert.DoesNotContain(world.Server.Log.Items, line => line.Contains("status=5", StringComparison.Ordinal) || line.Contains("server fault", StringComparison.Ordinal));
}
