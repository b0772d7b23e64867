using System.Globalization;
using System.Net;
using Roadstead.Testing.Images;
using Roadstead.Testing.Server;

namespace Roadstead.Server.Tests.Hosting;

/// <summary>
/// Loss of power at any moment under load. The data folder is an ext4 whose disk is a file of an XFS: a reflink of that file is the disk as it would be after the
/// power went, without what the kernel had not yet written. It models a lost cache, not a disk that reorders what it was told to flush.
/// </summary>
public class PowerLossTests
{
    private const string Disk = """
        mkdir -p "$1.rig/xfs" "$1.rig/crash"
        truncate -s 6G "$1.rig/xfs.img"
        mkfs.xfs -q -f -m reflink=1 "$1.rig/xfs.img"
        mount -o loop "$1.rig/xfs.img" "$1.rig/xfs"
        truncate -s 3G "$1.rig/xfs/disk.img"
        mkfs.ext4 -q -F "$1.rig/xfs/disk.img"
        mount -o loop "$1.rig/xfs/disk.img" "$1"
        """;

    private const string Crash = """
        cp --reflink=always "$1.rig/xfs/disk.img" "$1.rig/xfs/crash.img"
        mount -o loop "$1.rig/xfs/crash.img" "$1.rig/crash"
        """;

    private const string Forget = """
        umount "$1.rig/crash"
        rm "$1.rig/xfs/crash.img"
        """;

    [Fact]
    public Task Ten_times() => LosePower(10, startEvery: 5);

    [Fact]
    [Trait("Length", "Long")]
    public Task Five_hundred_times() => LosePower(500, startEvery: 20);

    private static async Task LosePower(int times, int startEvery)
    {
        await using var world = await World.Start(configure: (config, _) => config.Disk = Disk);
        var random = new Random(1);
        for (var round = 1; round <= times; round++)
        {
            var pulls = Enumerable.Range(0, 3).Select(i => Pull(world, string.Create(CultureInfo.InvariantCulture, $"app-{round}-{i}"), random)).ToList();
            await world.Server.WaitForLog(line => line.Contains($"repository=library/app-{round}-", StringComparison.Ordinal), random.Next(0, 10));
            var reported = Stored(world);
            (await world.Server.OnDisk(Crash)).OrThrow();
            var crashed = $"/proc/{world.Server.ProcessId}/root{world.Server.StoragePath}.rig/crash";
            StoreCheck.AssertRight(crashed);
            Assert.All(reported, digest => Assert.True(File.Exists(StoreCheck.BlobFile(crashed, digest)), $"{digest} was reported as stored"));
            await Task.WhenAll(pulls);
            if (round % startEvery == 0)
            {
                await Start(world, crashed, pulls.Select(pull => pull.Result));
            }

            (await world.Server.OnDisk(Forget)).OrThrow();
        }
    }

    private static async Task<(string Name, ForgedManifest Image)> Pull(World world, string name, Random random)
    {
        var image = world.Upstream.AddImage($"library/{name}", "1", LayerForge.Random(random.Next(1, 1_500_000), seed: random.Next()), LayerForge.Random(20_000, seed: 7));
        await world.Pull($"dockerhub/{name}", "1", image);
        return (name, image);
    }

    private static List<string> Stored(World world) =>
    [
        .. world.Server.Log.Items.Where(line => line.Contains(" stored blob ", StringComparison.Ordinal) && !line.Contains("not stored", StringComparison.Ordinal))
            .Select(line => line.Split("digest=")[1].Split(' ')[0]),
    ];

    /// <summary>A server starts on what is left, and serves everything.</summary>
    private static async Task Start(World world, string crashed, IEnumerable<(string Name, ForgedManifest Image)> images)
    {
        await using var server = await TestServer.Start(config =>
        {
            config.Disk = $"cp -a '{crashed}/.' \"$1\"";
            config.AddEndpoint("docker-hub", "docker.io", world.Upstream.Address, ("allowPrivateAddresses", true)).AddProject("dockerhub", "docker-hub");
        });
        Assert.Empty(Directory.EnumerateFiles(Path.Combine(server.StoragePath, "spool")));
        foreach (var (name, image) in images)
        {
            foreach (var path in image.Blobs.Select(blob => $"blobs/{blob.Digest}").Prepend("manifests/1"))
            {
                using var response = await server.Client.GetAsync(new Uri($"/v2/dockerhub/{name}/{path}", UriKind.Relative), TestContext.Current.CancellationToken);
                Assert.Equal(HttpStatusCode.OK, response.StatusCode);
            }
        }
    }
}
