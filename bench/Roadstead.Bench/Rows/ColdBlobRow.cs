using Roadstead.Bench.Contestants;
using Roadstead.Bench.Figures;
using Roadstead.Bench.Load;
using Roadstead.Bench.Machine;
using Roadstead.Bench.Upstreams;

namespace Roadstead.Bench.Rows;

/// <summary>A blob that nobody has asked for, through the mirror and straight from its slow upstream.</summary>
/// <param name="isFirstByte">The time to its first byte; else to its last one.</param>
internal sealed class ColdBlobRow(bool isFirstByte) : Row(isFirstByte ? "cold-first-byte" : "cold-blob-total")
{
    private const string Straight = "straight";
    private const string Repository = "library/cold";
    private const int Megabyte = 1_000_000;
    private const int Pace = 32 * Megabyte;

    // The first byte depends on a few wake-ups of threads: the middle of some is taken as one measurement.
    private readonly int _downloads = isFirstByte ? 5 : 1;

    // More than a manifest may have: what no manifest named, as here, and could be one is looked at before it goes out.
    private readonly int _size = (isFirstByte ? 8 : 64) * Megabyte;

    public override async Task<IReadOnlyList<RowResult>> Measure(BenchContext context)
    {
        using var folder = new WorkFolder(context.Folder, "cold");
        await using var upstream = await PacedUpstream.Start(Pace);
        await using var roadstead = await context.StartRoadstead(folder.Path, upstream.Address);
        var size = context.Sized(_size, Math.Min(_size, 8 * Megabyte));

        // Both ends have run this code before it is measured.
        await Median(context, upstream, 20, Megabyte, digest => (roadstead.Address, roadstead.BlobPath(Repository, digest)));
        await Median(context, upstream, 20, Megabyte, digest => (upstream.Address, PacedUpstream.BlobPath(Repository, digest)));

        var measured = await new Entrants<Sample>(context, Name)
            .Add(roadstead.Name, async () =>
            {
                var before = roadstead.ProcessorTime;
                var value = await Median(context, upstream, _downloads, size, digest => (roadstead.Address, roadstead.BlobPath(Repository, digest)));
                return new Sample(value, Cost.Of(roadstead.ProcessorTime - before, (long)size * _downloads, _downloads));
            })
            .Add(Straight, async () => new Sample(
                await Median(context, upstream, _downloads, size, digest => (upstream.Address, PacedUpstream.BlobPath(Repository, digest)))))
            .Run(context.Rounds, sample => sample.Value);
        IReadOnlyList<ContestantResult> contestants = [.. measured.Select(one => new ContestantResult(one.Name, one.Measured))];
        return isFirstByte
            ? [new RowResult(Name, $"First byte of a blob of {size / Megabyte} MB that is not held and that no manifest named, upstream held to 32 MB/s; each the median of {_downloads}", "ms", contestants,
                [Goal.DifferenceAtMost(RoadsteadServer.Name, Straight, 5)])]
            : [new RowResult(Name, $"Last byte of a blob of {size / Megabyte} MB that is not held and that no manifest named, upstream held to 32 MB/s", "ms", contestants,
                [Goal.RatioAtMost(RoadsteadServer.Name, Straight, 1.02)])];
    }

    private async Task<double> Median(BenchContext context, PacedUpstream upstream, int count, long size, Func<string, (Uri Address, string Path)> from)
    {
        var times = new List<double>();
        for (var number = 0; number < count; number++)
        {
            var blob = upstream.AddBlob(size);
            var (address, path) = from(blob.Digest);
            var (sent, gets) = (upstream.Bytes, upstream.Gets);
            var took = await DownloadTimes.Of(address, path, blob.Digest, context.Cancellation);
            if (upstream.Bytes - sent != size || upstream.Gets - gets != 1)
            {
                throw new DishonestRunException($"Upstream sent {upstream.Bytes - sent} bytes in {upstream.Gets - gets} answers for a blob of {size}.");
            }

            times.Add((isFirstByte ? took.FirstByte : took.LastByte).TotalMilliseconds);
        }

        return Distribution.Of(times).Median;
    }
}
