using System.Net;
using Roadstead.Testing.Images;

namespace Roadstead.Server.Tests.Mirroring;

/// <summary>Bytes that change on the disk without a word.</summary>
public class ScrubTests
{
    [Fact]
    public async Task A_damaged_blob_is_taken_away_and_fetched_anew()
    {
        await using var world = await World.Start(configure: (config, _) => config.Storage["scrubEvery"] = "1s");
        var image = world.Upstream.AddImage("library/app", "1", LayerForge.Random(100_000), LayerForge.Random(1000, seed: 2));
        await world.Pull("dockerhub/app", "1", image);
        await world.Stored(image.Blobs.Select(blob => blob.Digest));
        var damaged = image.Layers[0];
        var file = Path.Combine(world.Server.StoragePath, "blobs", "sha256", damaged.Digest[7..9], damaged.Digest[7..]);
        await using (var stream = File.OpenWrite(file))
        {
            stream.Seek(5000, SeekOrigin.Begin);
            stream.WriteByte((byte)~damaged.Bytes[5000]);
        }

        await world.Server.WaitForLog(line => line.Contains($"ALERT damaged blob digest={damaged.Digest}", StringComparison.Ordinal));
        Assert.False(File.Exists(file));
        Assert.Single(Directory.EnumerateFiles(Path.Combine(world.Server.StoragePath, "quarantine")));
        Assert.Equal(new Got(HttpStatusCode.OK, "miss", damaged.Digest), await world.Read($"dockerhub/app/blobs/{damaged.Digest}"));
        Assert.Equal("hit", (await world.Read($"dockerhub/app/blobs/{image.Layers[1].Digest}")).Cache);
        var metrics = await world.Server.Client.GetStringAsync(new Uri("/metrics", UriKind.Relative), TestContext.Current.CancellationToken);
        Assert.Contains("roadstead_damaged_blobs_total 1", metrics, StringComparison.Ordinal);
    }
}
