using Roadstead.Bench.Content;
using Roadstead.Bench.Contestants;
using Roadstead.Bench.Figures;
using Roadstead.Bench.Load;

namespace Roadstead.Bench.Rows;

/// <summary>What zot's zb calls a mixed pull: blobs of which 20 % have 1 MB, 70 % 10 MB, 10 % 100 MB.</summary>
internal sealed class MixedRow() : Row("mixed")
{
    private const int Megabyte = 1_000_000;
    private const int Connections = 10;

    public override async Task<IReadOnlyList<RowResult>> Measure(BenchContext context)
    {
        var image = BenchImage.Of(Megabyte, 10 * Megabyte, 100 * Megabyte);
        await using var stage = await WarmStage.SetUp(context, image);
        var entrants = new Entrants<LoadRun>(context, Name);
        foreach (var contestant in stage.Contestants)
        {
            // One path a tenth of the requests.
            int[] shares = [0, 0, 1, 1, 1, 1, 1, 1, 1, 2];
            var load = new WrkLoad(Connections, [.. shares.Select(share => contestant.BlobPath(BenchImage.Repository, image.Layers[share].Digest))]);
            entrants.Add(contestant.Name, () => stage.Load(context, contestant, load, null));
        }

        var measured = await entrants.Run(context.Rounds, run => run.Report.BytesPerSecond / Megabyte);
        return
        [
            Result("mixed", "bytes a second", "MB/s", run => run.Report.BytesPerSecond / Megabyte),
            Result("mixed-p50", "median time of an answer", "ms", run => run.Report.Median.TotalMilliseconds),
            Result("mixed-p99", "99th percentile of the time of an answer", "ms", run => run.Report.P99.TotalMilliseconds),
        ];

        RowResult Result(string name, string what, string unit, Func<LoadRun, double> value) => new(
            name, $"Held blobs, 20 % of 1 MB, 70 % of 10 MB, 10 % of 100 MB, {Connections} connections: {what}", unit,
            [.. measured.Select(one => new ContestantResult(one.Name, [.. one.Measured.Select(run => run.As(value(run)))]))],
            [Goal.RatioShown(RoadsteadServer.Name, Nginx.Name), Goal.RatioShown(RoadsteadServer.Name, RegistryProxy.Name)]);
    }
}
