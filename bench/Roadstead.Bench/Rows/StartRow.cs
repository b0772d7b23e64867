using System.Diagnostics;
using Roadstead.Bench.Content;
using Roadstead.Bench.Contestants;
using Roadstead.Bench.Figures;
using Roadstead.Bench.Load;

namespace Roadstead.Bench.Rows;

/// <summary>How long a server with much in its store is away when it is started again.</summary>
internal sealed class StartRow() : Row("start")
{
    public override async Task<IReadOnlyList<RowResult>> Measure(BenchContext context)
    {
        var store = LargeStore.Make(context, context.Sized(100_000, 2_000));
        await using var stage = new StoreStage(context, store, RoadsteadServer.Name);

        // The first start of a published program unpacks its native libraries.
        await Start(context, stage, 0);
        await stage.CheckManifest(0, context.Cancellation);
        var round = 0;
        var measured = await new Entrants<Sample>(context, Name)
            .Add(RoadsteadServer.Name, async () =>
            {
                await stage.Contestant.Stop();
                return await Start(context, stage, store.Spread(context.Rounds).ElementAt(round++ % context.Rounds));
            })
            .Run(context.Rounds, sample => sample.Value);
        return [new RowResult(
            Name, $"From the start of the process to the first manifest by tag, {store.Tags * LargeStore.BlobsPerImage:N0} blobs and {store.Tags:N0} tags held, upstream away; not the program's first start, which unpacks its libraries", "s",
            [.. measured.Select(one => new ContestantResult(one.Name, one.Measured))], [Goal.AtMost(RoadsteadServer.Name, 1)])];
    }

    private static async Task<Sample> Start(BenchContext context, StoreStage stage, int image)
    {
        var begun = Stopwatch.GetTimestamp();
        await stage.Contestant.Run();
        await FirstAnswer.Await(stage.Contestant.Address, stage.Path(image), context.Cancellation);
        return new Sample(Stopwatch.GetElapsedTime(begun).TotalSeconds);
    }
}
