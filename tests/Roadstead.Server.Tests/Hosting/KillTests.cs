using System.Diagnostics;
using System.Net;
using Roadstead.Testing.Images;

namespace Roadstead.Server.Tests.Hosting;

/// <summary>SIGKILL at any moment under load: what is on the disk afterwards is whole, and every row is true.</summary>
public class KillTests
{
    private const int ImagesARound = 6;

    // What is promised of a start after a kill. The program under test is compiled as it starts: what that takes is measured with starts that have nothing to put
    // right, and comes on top. Beside other tests only the processor's time says what the start itself had to do.
    private static readonly TimeSpan Promised = TimeSpan.FromSeconds(2);

    [Fact]
    public Task Twenty_times() => Kill(20, isAlone: false);

    [Fact]
    [Trait("Length", "Long")]
    public Task Three_hundred_times() => Kill(300, isAlone: true);

    private static async Task Kill(int times, bool isAlone)
    {
        await using var world = await World.Start();
        var random = new Random(1);
        var plain = new StartTime(TimeSpan.Zero, TimeSpan.Zero);
        for (var i = 0; i < 3; i++)
        {
            await world.Server.Stop();
            var took = await Start(world);
            plain = new StartTime(took.Wall > plain.Wall ? took.Wall : plain.Wall, took.Processor > plain.Processor ? took.Processor : plain.Processor);
        }

        for (var round = 0; round < times; round++)
        {
            var images = Enumerable.Range(0, ImagesARound).Select(i => (Name: $"app-{round}-{i}", Image: world.Upstream.AddImage(
                $"library/app-{round}-{i}", "1", LayerForge.Random(random.Next(1, 3_000_000), seed: (round * 1000) + i), LayerForge.Random(200_000, seed: 7)))).ToList();
            var pulls = images.ConvertAll(image => Pull(world, image.Name, image.Image));

            // Somewhere between nothing and all of it is there: after so many answers as chance says.
            var answers = random.Next(0, 4 * ImagesARound);
            await world.Server.WaitForLog(line => line.Contains($"repository=library/app-{round}-", StringComparison.Ordinal), answers);
            await world.Server.Kill();
            await Task.WhenAll(pulls);
            StoreCheck.AssertFiles(world.Server.StoragePath);
            var start = await Start(world);
            Assert.InRange(start.Processor, TimeSpan.Zero, plain.Processor + Promised);
            if (isAlone)
            {
                Assert.InRange(start.Wall, TimeSpan.Zero, plain.Wall + Promised);
            }

            Assert.Empty(Directory.EnumerateFiles(Path.Combine(world.Server.StoragePath, "spool")));
            StoreCheck.AssertRows(world.Server.StoragePath);

            // What was cut off is pulled as if nothing had been.
            var (name, whole) = images[random.Next(images.Count)];
            await world.Pull($"dockerhub/{name}", "1", whole);
        }
    }

    /// <returns>The time from the start of the process to its first answer.</returns>
    private static async Task<StartTime> Start(World world)
    {
        var began = Stopwatch.GetTimestamp();
        await world.Server.StartAgain();
        using var response = await world.Get("");
        Assert.Equal(HttpStatusCode.OK, response.StatusCode);
        using var process = Process.GetProcessById(world.Server.ProcessId);
        return new StartTime(Stopwatch.GetElapsedTime(began), process.TotalProcessorTime);
    }

    private static async Task Pull(World world, string name, ForgedManifest image)
    {
        try
        {
            await world.Pull($"dockerhub/{name}", "1", image);
        }
        catch (Exception exception) when (exception is HttpRequestException or IOException)
        {
            // It was killed.
        }
    }

    private readonly record struct StartTime(TimeSpan Wall, TimeSpan Processor);
}
