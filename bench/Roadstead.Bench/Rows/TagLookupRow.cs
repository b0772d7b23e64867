using System.Diagnostics;
using Roadstead.Bench.Content;
using Roadstead.Bench.Contestants;
using Roadstead.Bench.Figures;
using Roadstead.Bench.Load;
using Roadstead.Bench.Machine;

namespace Roadstead.Bench.Rows;

/// <summary>The same number of tags looked up among many and among few.</summary>
/// <param name="isFirst">Each for the first time since the server started, one after the other; else over and over, 32 at a time.</param>
internal sealed class TagLookupRow(bool isFirst) : Row(isFirst ? "tag-lookup-first" : "tag-lookup")
{
    private const int Asked = 1000;
    private const int Connections = 32;
    private const string Few = "roadstead, few tags";

    // The server has compiled what it runs by then; both alike.
    private const int Unmeasured = 300;

    public override async Task<IReadOnlyList<RowResult>> Measure(BenchContext context)
    {
        var many = LargeStore.Make(context, context.Sized(100_000, 2_000));
        var few = LargeStore.Make(context, Asked);
        using var folder = new WorkFolder(context.Folder, "lookup");
        await using var large = new StoreStage(context, many, RoadsteadServer.Name);
        await using var small = new StoreStage(context, few, Few);
        var entrants = new Entrants<Sample>(context, Name);
        var loaded = new HashSet<StoreStage>();
        foreach (var (stage, other) in new[] { (large, small), (small, large) })
        {
            await stage.Contestant.Run();
            await stage.Contestant.Answers();
            foreach (var image in isFirst ? [0] : stage.Store.Spread(Asked))
            {
                await stage.CheckManifest(image, context.Cancellation);
            }

            entrants.Add(stage.Contestant.Name, isFirst ? () => First(context, stage, other) : () => Again(context, stage, other, folder.Path, loaded.Add(stage)));
        }

        var measured = await entrants.Run(context.Rounds, sample => sample.Value);
        var how = isFirst ? $"each for the first time since the start, one after the other: the median of those after the first {Unmeasured}" : $"over and over, {Connections} connections: the mean";
        return [new RowResult(
            Name,
            $"Time of an answer to {Asked:N0} tags, {how}. {many.Tags * LargeStore.BlobsPerImage:N0} blobs and {many.Tags:N0} tags held, against {few.Tags * LargeStore.BlobsPerImage:N0} and {few.Tags:N0}. The other server is idle; the kernel may have read the database's pages before",
            "µs", [.. measured.Select(one => new ContestantResult(one.Name, one.Measured))],
            [Goal.RatioAtMost(RoadsteadServer.Name, Few, 1.2)])];
    }

    private static async Task<Sample> First(BenchContext context, StoreStage stage, StoreStage other)
    {
        // What a server does by itself after its start is another's disturbance.
        await other.Idle();
        await stage.Restart();
        var images = stage.Store.Spread(Asked).ToList();
        await Times(context, stage, images[..Unmeasured]);
        var before = stage.Contestant.ProcessorTime;
        var times = context.Profiler is { } profiler
            ? await profiler.Watch(stage.Contestant.Name, stage.Contestant.ProcessId, () => Times(context, stage, images[Unmeasured..]))
            : await Times(context, stage, images[Unmeasured..]);
        return new Sample(Distribution.Of(times).Median, Cost.Of(stage.Contestant.ProcessorTime - before, 0, times.Count));
    }

    private static async Task<List<double>> Times(BenchContext context, StoreStage stage, IReadOnlyList<int> images)
    {
        var times = new List<double>();
        foreach (var image in images)
        {
            var begun = Stopwatch.GetTimestamp();
            await stage.CheckManifest(image, context.Cancellation);
            times.Add(Stopwatch.GetElapsedTime(begun).TotalMicroseconds);
        }

        return times;
    }

    private static async Task<Sample> Again(BenchContext context, StoreStage stage, StoreStage other, string folder, bool isFirst)
    {
        var load = new WrkLoad(Connections, [.. stage.Store.Spread(Asked).Select(stage.Path)], BenchImage.Accept);
        await stage.Idle();
        await other.Idle();
        var run = await LoadRun.Of(context, stage.Contestant, load, folder, null, isFirst);
        return run.As(run.Report.Duration.TotalMicroseconds * Connections / run.Report.Requests);
    }
}
