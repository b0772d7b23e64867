using Roadstead.Bench.Contestants;
using Roadstead.Bench.Figures;
using Roadstead.Bench.Load;
using Roadstead.Bench.Machine;
using Roadstead.Bench.Upstreams;

namespace Roadstead.Bench.Rows;

/// <summary>The most that the server keeps while very many read one large blob.</summary>
/// <param name="isCold">It is fetched meanwhile; else it is held.</param>
internal sealed class MemoryLoadRow(bool isCold) : Row(isCold ? "memory-256-cold" : "memory-256-warm")
{
    private const string Repository = "library/large";
    private const int Clients = 256;

    // Four seconds for the whole blob: the clients come while it is fetched, and read on when it is held.
    private const int Pace = 256_000_000;

    public override async Task<IReadOnlyList<RowResult>> Measure(BenchContext context)
    {
        await using var upstream = await PacedUpstream.Start(isCold ? Pace : 0);
        var measured = await new Entrants<Sample>(context, Name).Add(RoadsteadServer.Name, () => Load(context, upstream)).Run(context.FewRounds, sample => sample.Value);
        return [new RowResult(
            Name, $"The most memory that was ever resident, {Clients} clients reading a blob of 1 GB that is {(isCold ? "not held when they come" : "held")}", "MB",
            [.. measured.Select(one => new ContestantResult(one.Name, one.Measured))], [Goal.AtMost(RoadsteadServer.Name, 300)])];
    }

    private async Task<Sample> Load(BenchContext context, PacedUpstream upstream)
    {
        using var folder = new WorkFolder(context.Folder, "memory");
        var blob = upstream.AddBlob(context.Sized(1_000_000_000, 128_000_000));
        await using var roadstead = Contestant.Prepare(RoadsteadServer.In(context.Server, folder.Path, upstream.Address, context.Profiler?.ServerEnvironment));
        await roadstead.Run();
        await roadstead.Answers();
        var path = roadstead.BlobPath(Repository, blob.Digest);
        if (!isCold)
        {
            await DownloadTimes.Of(roadstead.Address, path, blob.Digest, context.Cancellation);
            await roadstead.Stop();
            await roadstead.Run();
            await roadstead.Answers();
        }

        roadstead.Log.Clear();
        var (sent, before) = (upstream.Bytes, roadstead.ProcessorTime);
        var report = await Wrk.Run(roadstead.Address, new WrkLoad(Clients, [path]), (isCold ? 3 : 2) * context.LoadTime, folder.Path);
        var cpu = roadstead.ProcessorTime - before;
        var fetched = upstream.Bytes - sent;

        // Those that were still reading have their lines when the server has seen them go.
        await roadstead.Log.Quiet();
        if (roadstead.Log.Count(" status=200") is var served && served < Clients)
        {
            throw new DishonestRunException($"{served} of {Clients} clients were served.");
        }

        return report.Bytes > 0 && fetched == (isCold ? blob.Size : 0)
            ? new Sample(ProcessTree.PeakResident(roadstead.ProcessId) / 1e6, Cost.Of(cpu, report.Bytes, report.Requests))
            : throw new DishonestRunException($"Clients got {report.Bytes} bytes, and upstream sent {fetched} of a blob that is {(isCold ? "not " : "")}held.");
    }
}
