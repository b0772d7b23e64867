using System.Diagnostics;
using System.Globalization;
using System.Net;
using System.Text.RegularExpressions;
using Roadstead.Testing.Images;

namespace Roadstead.Server.Tests.Mirroring;

/// <summary>Bytes that change on the disk without a word.</summary>
public class ScrubTests
{
    private static CancellationToken Stops => TestContext.Current.CancellationToken;

    [Fact]
    public async Task A_damaged_blob_is_taken_away_and_fetched_anew()
    {
        await using var world = await Scrubbing();
        var (image, damaged, file) = await Held(world);
        await Damage(file, damaged);
        await world.Server.WaitForLog(line => line.Contains($"ALERT damaged blob digest={damaged.Digest}", StringComparison.Ordinal));
        Assert.False(File.Exists(file));
        Assert.Single(Directory.EnumerateFiles(Path.Combine(world.Server.StoragePath, "quarantine")));
        Assert.Equal(new Got(HttpStatusCode.OK, "miss", damaged.Digest), await world.Read($"dockerhub/app/blobs/{damaged.Digest}"));
        Assert.Equal("hit", (await world.Read($"dockerhub/app/blobs/{image.Layers[1].Digest}")).Cache);
        Assert.Equal(1, await Metric(world, "roadstead_damaged_blobs_total"));
    }

    [Theory]
    [InlineData("pread64:error=EIO")]
    [InlineData("pread64:error=EBADMSG")]
    [InlineData("pread64:error=EUCLEAN")]
    [InlineData("openat,open:error=EIO")]
    public async Task What_the_disk_says_it_has_lost_is_taken_away(string injection)
    {
        await using var world = await Scrubbing();
        var (_, lost, file) = await Held(world);
        await using (await SystemCallFaults.Inject(world.Server.ProcessId, injection, file))
        {
            await world.Server.WaitForLog(line => line.Contains($"ALERT damaged blob digest={lost.Digest}", StringComparison.Ordinal));
        }

        Assert.False(File.Exists(file));
        Assert.Equal((HttpStatusCode.OK, lost.Digest), Of(await world.Read($"dockerhub/app/blobs/{lost.Digest}")));
    }

    /// <summary>No more files to be opened, no permission, no memory: all that says nothing of the bytes.</summary>
    [Theory]
    [InlineData("EMFILE")]
    [InlineData("ENFILE")]
    [InlineData("EACCES")]
    [InlineData("ENOMEM")]
    public async Task What_cannot_be_read_for_the_moment_stays_and_keeps_no_other_from_its_turn(string error)
    {
        await using var world = await Scrubbing();
        var (image, unreadable, file) = await Held(world);
        await using (await SystemCallFaults.Inject(world.Server.ProcessId, $"openat,open:error={error}", file))
        {
            var line = await world.Server.WaitForLog(line => line.Contains($"scrub: {unreadable.Digest} cannot be read for now", StringComparison.Ordinal));
            Assert.Contains("warning", line, StringComparison.Ordinal);
            var other = image.Layers[1];
            await Damage(FileOf(world, other), other);
            await world.Server.WaitForLog(line => line.Contains($"ALERT damaged blob digest={other.Digest}", StringComparison.Ordinal));
        }

        Assert.True(File.Exists(file));
        Assert.DoesNotContain(world.Server.Log.Items, line => line.Contains($"ALERT damaged blob digest={unreadable.Digest}", StringComparison.Ordinal));

        // It has its turn again.
        await Damage(file, unreadable);
        await world.Server.WaitForLog(line => line.Contains($"ALERT damaged blob digest={unreadable.Digest}", StringComparison.Ordinal));
    }

    [Fact]
    public async Task On_a_disk_without_inodes_it_is_moved_all_the_same()
    {
        await using var world = await Scrubbing("mount -t tmpfs -o nr_inodes=60 tmpfs \"$1\"");
        var image = world.Upstream.AddImage("library/app", "1", LayerForge.Random(100_000));
        await world.Pull("dockerhub/app", "1", image);
        await world.Stored(image.Blobs.Select(blob => blob.Digest));
        var damaged = image.Layers[0].Digest;
        (await world.Server.OnDisk(
            $"i=0; while touch \"$1/filler-$i\" 2>/dev/null; do i=$((i + 1)); done; printf wrong | dd of=\"$1/blobs/sha256/{damaged[7..9]}/{damaged[7..]}\" bs=1 seek=5000 conv=notrunc")).OrThrow();
        var line = await world.Server.WaitForLog(line => line.Contains($"ALERT damaged blob digest={damaged}", StringComparison.Ordinal));
        Assert.Contains("it is kept as", line, StringComparison.Ordinal);
        Assert.Equal((HttpStatusCode.OK, damaged), Of(await world.Read($"dockerhub/app/blobs/{damaged}")));
    }

    [Fact]
    public async Task What_cannot_be_moved_is_deleted()
    {
        await using var world = await Scrubbing();
        var (_, damaged, file) = await Held(world);
        var quarantine = Path.Combine(world.Server.StoragePath, "quarantine");
        Directory.Delete(quarantine);
        await File.WriteAllTextAsync(quarantine, "", Stops);
        await Damage(file, damaged);
        var line = await world.Server.WaitForLog(line => line.Contains($"ALERT damaged blob digest={damaged.Digest}", StringComparison.Ordinal));
        Assert.Contains("could not be moved to quarantine", line, StringComparison.Ordinal);
        Assert.False(File.Exists(file));
        Assert.Equal(new Got(HttpStatusCode.OK, "miss", damaged.Digest), await world.Read($"dockerhub/app/blobs/{damaged.Digest}"));
        Assert.Equal(1, await Metric(world, "roadstead_damaged_blobs_total"));
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public async Task What_cannot_be_taken_away_is_not_served_until_it_could_be(bool isKilled)
    {
        await using var world = await Scrubbing(":");
        var (_, damaged, file) = await Held(world);
        (await world.Server.OnDisk("mount --bind \"$1/blobs\" \"$1/blobs\" && mount -o remount,ro,bind \"$1/blobs\"")).OrThrow();

        // Here it can be written still.
        await Damage(file, damaged);
        var line = await world.Server.WaitForLog(line => line.Contains($"ALERT damaged blob digest={damaged.Digest}", StringComparison.Ordinal));
        Assert.Contains("neither moved nor deleted", line, StringComparison.Ordinal);
        Assert.True(File.Exists(file));
        for (var i = 0; i < 2; i++)
        {
            Assert.Equal((HttpStatusCode.OK, damaged.Digest), Of(await world.Read($"dockerhub/app/blobs/{damaged.Digest}")));
        }

        Assert.Equal(1, await Metric(world, "roadstead_damaged_blobs_total"));
        if (isKilled)
        {
            // Nobody remembers; but its row says that it was not found right for the longest time.
            await world.Server.Kill();
            await world.Server.StartAgain();
            await world.Server.WaitForLog(line => line.Contains($"ALERT damaged blob digest={damaged.Digest}", StringComparison.Ordinal), count: 2);
        }
        else
        {
            (await world.Server.OnDisk("umount -l \"$1/blobs\"")).OrThrow();
            await world.Server.WaitForLog(line => line.Contains($"damaged blob digest={damaged.Digest}: it could be taken away at last", StringComparison.Ordinal));
        }

        Assert.False(File.Exists(file));
        Assert.Equal(new Got(HttpStatusCode.OK, "miss", damaged.Digest), await world.Read($"dockerhub/app/blobs/{damaged.Digest}"));
    }

    /// <summary>Between its file's move and its row's removal.</summary>
    [Fact]
    public async Task Killed_while_it_takes_a_blob_away_the_server_serves_it_right_afterwards()
    {
        await using var world = await Scrubbing();
        var (_, damaged, file) = await Held(world);
        var quarantine = Path.Combine(world.Server.StoragePath, "quarantine");
        await using (await SystemCallFaults.Inject(world.Server.ProcessId, "fsync:delay_enter=60000000", quarantine))
        {
            await Damage(file, damaged);
            while (!Directory.EnumerateFiles(quarantine).Any())
            {
                await Task.Delay(20, Stops);
            }

            await world.Server.Kill();
        }

        Assert.False(File.Exists(file));
        await world.Server.StartAgain();
        Assert.Equal(new Got(HttpStatusCode.OK, "miss", damaged.Digest), await world.Read($"dockerhub/app/blobs/{damaged.Digest}"));
        await world.Stored(damaged.Digest);
        Assert.Equal("hit", (await world.Read($"dockerhub/app/blobs/{damaged.Digest}")).Cache);
    }

    [Fact]
    public async Task A_rate_that_cannot_keep_the_period_is_told_with_one_that_would()
    {
        await using var world = await Scrubbing(rate: "64KiB");
        await Held(world, 900_000);

        var line = await world.Server.WaitForLog(line => line.Contains("scrub behind", StringComparison.Ordinal));
        Assert.Contains("(it is 64KiB)", line, StringComparison.Ordinal);
        var held = long.Parse(Regex.Match(line, @"behind: (\d+) bytes").Groups[1].ValueSpan, CultureInfo.InvariantCulture);
        var advised = Regex.Match(line, @"Set storage\.scrubRate to (\d+)([KM])iB or more");
        var rate = long.Parse(advised.Groups[1].ValueSpan, CultureInfo.InvariantCulture) * (advised.Groups[2].Value == "M" ? 1024 * 1024 : 1024);

        // All of it in each second, a quarter more, and rounded up.
        Assert.InRange(rate, held, 3 * held);
        Assert.True(await Metric(world, "roadstead_scrub_oldest_seconds") > 1);
        await world.Server.Restart();

        // It is known from the start, and said once.
        await world.Server.WaitForLog(line => line.Contains("scrub behind", StringComparison.Ordinal), count: 2);
        Assert.Equal(2, world.Server.Log.Items.Count(line => line.Contains("scrub behind", StringComparison.Ordinal)));
    }

    /// <summary>Two looks at what was read, and the time between them: no more than the rate allows, and not a fraction of it.</summary>
    [Fact]
    public async Task It_reads_at_its_rate_and_all_of_it_again_and_again()
    {
        const double Rate = 1024 * 1024;
        await using var world = await Scrubbing(rate: "1MiB");
        await Held(world, 700_000);
        await ReadMoreThan(world, 1_000_000);
        var began = Stopwatch.GetTimestamp();
        var first = await Metric(world, "roadstead_scrubbed_bytes_total");

        // Four times all there is.
        var last = await ReadMoreThan(world, first + 3_000_000);
        var seconds = Stopwatch.GetElapsedTime(began).TotalSeconds;

        // What a slow moment lost is made up for, by a second's worth at most, and a chunk is under way at either end.
        Assert.InRange(last - first, Rate * seconds / 10, (Rate * seconds) + (1.5 * Rate));
    }

    private static Task<World> Scrubbing(string? disk = null, string rate = "32MiB") => World.Start(configure: (config, _) =>
        (config.Disk, config.Storage["scrubEvery"], config.Storage["scrubRate"]) = (disk, "1s", rate));

    private static async Task<(ForgedManifest Image, ForgedBlob First, string File)> Held(World world, int size = 100_000)
    {
        var image = world.Upstream.AddImage("library/app", "1", LayerForge.Random(size), LayerForge.Random(size, seed: 2));
        await world.Pull("dockerhub/app", "1", image);
        await world.Stored(image.Blobs.Select(blob => blob.Digest));
        return (image, image.Layers[0], FileOf(world, image.Layers[0]));
    }

    private static string FileOf(World world, ForgedBlob blob) => StoreCheck.BlobFile(world.Server.StoragePath, blob.Digest);

    private static async Task Damage(string file, ForgedBlob blob)
    {
        await using var stream = new FileStream(file, FileMode.Open, FileAccess.Write, FileShare.ReadWrite);
        stream.Seek(5000, SeekOrigin.Begin);
        stream.WriteByte((byte)~blob.Bytes[5000]);
    }

    private static (HttpStatusCode, string) Of(Got got) => (got.Status, got.Digest);

    private static async Task<double> ReadMoreThan(World world, double bytes)
    {
        while (true)
        {
            if (await Metric(world, "roadstead_scrubbed_bytes_total") is var read && read > bytes)
            {
                return read;
            }

            await Task.Delay(50, Stops);
        }
    }

    private static async Task<double> Metric(World world, string name)
    {
        var metrics = await world.Server.Client.GetStringAsync(new Uri("/metrics", UriKind.Relative), Stops);
        return double.Parse(metrics.Split('\n').Single(line => line.StartsWith(name + " ", StringComparison.Ordinal)).Split(' ')[1], CultureInfo.InvariantCulture);
    }
}
