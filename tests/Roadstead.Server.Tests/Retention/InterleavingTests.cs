using System.Text;
using Roadstead.Oci;
using Roadstead.Testing.Images;

namespace Roadstead.Server.Tests.Retention;

/// <summary>Fills, pulls, evictions and collections on the real store, in random order and all at once.</summary>
public class InterleavingTests
{
    private const int Images = 12;
    private const int Blobs = 16;
    private static readonly TimeSpan UnderWay = TimeSpan.FromSeconds(2);

    [Theory]
    [InlineData(1)]
    [InlineData(2)]
    public async Task One_after_the_other_nothing_that_is_referenced_is_lost(int seed)
    {
        var clock = new SetClock();
        await using var store = new RetentionStore(UnderWay, clock);
        await store.Ledger.Count();
        var random = new Random(seed);
        var images = Forge(random);
        var whole = new HashSet<int>();
        for (var step = 0; step < 2000; step++)
        {
            var number = random.Next(Images);
            var image = images[number];
            switch (random.Next(8))
            {
                case 0 or 1:
                    await store.Store(Repository(number), image);
                    foreach (var blob in image.Blobs)
                    {
                        await store.Fill(Repository(number), blob);
                    }

                    whole.Add(number);
                    break;
                case 2 or 3 or 4:
                    AssertPull(store, number, image, whole);
                    break;
                case 5:
                    await store.Evict(1 + random.Next(40_000));
                    whole.RemoveWhere(other => store.Pull(Repository(other), images[other]) is null);
                    clock.Advance(UnderWay);
                    break;
                case 6:
                    await store.Garbage.Run(TimeSpan.Zero, isDryRun: false, TestContext.Current.CancellationToken);
                    break;
                default:
                    // What no manifest names.
                    await store.Fill(Repository(number), Bytes(1000 + random.Next(5)));
                    clock.Advance(UnderWay);
                    break;
            }

            if (step % 50 == 0)
            {
                await store.Check();
            }
        }

        await store.Check();
    }

    [Fact]
    public async Task All_at_once_no_image_goes_while_it_is_pulled()
    {
        await using var store = new RetentionStore(UnderWay);
        await store.Ledger.Count();
        var images = Forge(new Random(3));
        using var end = CancellationTokenSource.CreateLinkedTokenSource(TestContext.Current.CancellationToken);
        end.CancelAfter(TimeSpan.FromSeconds(8));
        var (pulls, misses) = (0, 0);
        await Task.WhenAll(
            [
                .. Enumerable.Range(0, 4).Select(seed => PullOften(seed)),
                MakeRoomOften(),
            ]);
        await store.Check();
        TestContext.Current.TestOutputHelper?.WriteLine($"{pulls} pulls, {misses} fills");
        Assert.True(pulls > 0 && misses > Images);

        async Task MakeRoomOften()
        {
            await Task.Yield();
            var random = new Random(9);
            while (!end.IsCancellationRequested)
            {
                await store.Evict(1 + random.Next(60_000));
                await store.Garbage.Run(TimeSpan.Zero, isDryRun: false, TestContext.Current.CancellationToken);
            }
        }

        async Task PullOften(int seed)
        {
            await Task.Yield();
            var random = new Random(seed);
            while (!end.IsCancellationRequested)
            {
                // Most pulls are of a few, so that the others have the time to go.
                var number = random.Next(10) > 0 ? random.Next(2) : random.Next(Images);
                var image = images[number];
                var since = store.Clock.GetTimestamp();
                if (store.Pull(Repository(number), image) is null || !image.Blobs.All(blob => store.Files.Stat(Digest.Of(blob)) is not null))
                {
                    Interlocked.Increment(ref misses);
                    await store.Store(Repository(number), image);
                    foreach (var blob in image.Blobs)
                    {
                        await store.Fill(Repository(number), blob);
                    }

                    continue;
                }

                await Task.Yield();
                foreach (var blob in image.Blobs)
                {
                    using var open = store.Files.Open(Digest.Of(blob));

                    // A machine that stood still for longer than a pull may rest is no proof of anything.
                    Assert.True(open is not null || store.Clock.GetElapsedTime(since) > UnderWay, "an image lost a blob while it was pulled");
                }

                Interlocked.Increment(ref pulls);
            }
        }
    }

    private static void AssertPull(RetentionStore store, int number, StoredImage image, HashSet<int> whole)
    {
        if (store.Pull(Repository(number), image) is null)
        {
            Assert.DoesNotContain(number, whole);
            return;
        }

        foreach (var blob in image.Blobs)
        {
            using var open = store.Files.Open(Digest.Of(blob));
            Assert.Equal(blob.Length, open?.Size);
        }
    }

    private static string Repository(int number) => $"library/app-{number % 3}";

    private static List<StoredImage> Forge(Random random) =>
    [
        .. Enumerable.Range(0, Images).Select(number =>
        {
            List<byte[]> blobs = [.. Enumerable.Range(0, Blobs).Where(_ => random.Next(3) == 0).Append(number).Distinct().Select(Bytes)];
            var layers = string.Join(',', blobs.Select(blob => Descriptor(Media.OciLayer, blob)));
            var bytes = Encoding.UTF8.GetBytes($$"""{"schemaVersion":2,"mediaType":"{{Media.OciManifest}}","config":{{Descriptor(Media.OciConfig, blobs[0])}},"layers":[{{layers}}]}""");
            return new StoredImage(Digest.Of(bytes), Media.OciManifest, bytes, blobs);
        }),
    ];

    private static string Descriptor(string type, byte[] blob) => $$"""{"mediaType":"{{type}}","digest":"{{Digest.Of(blob)}}","size":{{blob.Length}} }""";

    private static byte[] Bytes(int number) => LayerForge.RandomBytes(1000 + (number * 400), number);

    private sealed class SetClock : TimeProvider
    {
        private DateTimeOffset _now = new(2026, 1, 1, 0, 0, 0, TimeSpan.Zero);

        public void Advance(TimeSpan time) => _now += time;

        public override DateTimeOffset GetUtcNow() => _now += TimeSpan.FromMilliseconds(1);

        public override long GetTimestamp() => _now.UtcTicks;

        public override long TimestampFrequency => TimeSpan.TicksPerSecond;
    }
}
