using Roadstead.Bench.Contestants;
using Roadstead.Bench.Figures;
using Roadstead.Bench.Load;
using Roadstead.Bench.Machine;
using Roadstead.Bench.Upstreams;

namespace Roadstead.Bench.Rows;

/// <summary>Many clients ask at once for a blob that is not held.</summary>
internal sealed class CollapseRow() : Row("collapse")
{
    private const string Repository = "library/collapse";
    private const int Clients = 64;

    // Half a second for the whole blob, in which all of them come.
    private const int BlobsPerSecond = 2;

    public override async Task<IReadOnlyList<RowResult>> Measure(BenchContext context)
    {
        using var folder = new WorkFolder(context.Folder, "collapse");
        var size = context.Sized(32_000_000, 8_000_000);
        await using var upstream = await PacedUpstream.Start(size * BlobsPerSecond);
        await using var roadstead = await context.StartRoadstead(folder.Path, upstream.Address);
        var measured = await new Entrants<Sample>(context, Name)
            .Add(roadstead.Name, () => Pull(context, upstream, roadstead, size))
            .Run(context.Rounds, sample => sample.Value);
        return [new RowResult(
            Name, $"{Clients} clients ask at once for a blob of {size / 1_000_000} MB that is not held: bytes fetched from upstream for each of its bytes", "×",
            [.. measured.Select(one => new ContestantResult(one.Name, one.Measured))], [Goal.AtMost(RoadsteadServer.Name, 1)])];
    }

    private static async Task<Sample> Pull(BenchContext context, PacedUpstream upstream, Contestant roadstead, int size)
    {
        var blob = upstream.AddBlob(size);
        var sent = upstream.Bytes;
        var before = roadstead.ProcessorTime;
        roadstead.Log.Clear();
        await Task.WhenAll(Enumerable.Range(0, Clients).Select(_ =>
            DownloadTimes.Of(roadstead.Address, roadstead.BlobPath(Repository, blob.Digest), blob.Digest, context.Cancellation)));
        await roadstead.Log.Expect(Clients, 0);
        var fetched = upstream.Bytes - sent;
        return fetched >= size
            ? new Sample((double)fetched / size, Cost.Of(roadstead.ProcessorTime - before, (long)size * Clients, Clients))
            : throw new DishonestRunException($"Upstream sent {fetched} bytes of a blob of {size} that was not held.");
    }
}
