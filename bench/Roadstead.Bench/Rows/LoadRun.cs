using Roadstead.Bench.Contestants;
using Roadstead.Bench.Figures;
using Roadstead.Bench.Load;
using Roadstead.Bench.Machine;

namespace Roadstead.Bench.Rows;

/// <summary>One contestant under wrk: warmed, measured, and held against its own access log.</summary>
/// <param name="Server">What the server spent under the measured load.</param>
/// <param name="Client">What wrk did.</param>
internal sealed record LoadRun(WrkReport Report, TimeSpan Server, TimeSpan Client)
{
    // The most that heads of answers add to their bodies.
    private const long MostHead = 2048;

    /// <param name="folder">For wrk's script.</param>
    /// <param name="bodySize">Of every answer in bytes; null where they differ.</param>
    /// <param name="isFirst">It was not under this load before.</param>
    public static async Task<LoadRun> Of(BenchContext context, Contestant contestant, WrkLoad load, string folder, long? bodySize, bool isFirst)
    {
        contestant.Log.Clear();
        var warm = await Wrk.Run(contestant.Address, load, isFirst ? context.FirstWarmTime : context.WarmTime, folder);
        var (server, client) = (contestant.ProcessorTime, ProcessTree.OfEndedChildren());
        var report = context.Profiler is { } profiler
            ? await profiler.Watch(contestant.Name, contestant.ProcessId, () => Wrk.Run(contestant.Address, load, context.LoadTime, folder))
            : await Wrk.Run(contestant.Address, load, context.LoadTime, folder);
        (server, client) = (contestant.ProcessorTime - server, ProcessTree.OfEndedChildren() - client);
        await contestant.Log.Expect(warm.Requests + report.Requests, 4L * load.Connections);
        if (report.Bytes == 0)
        {
            throw new DishonestRunException($"{contestant.Name} sent nothing.");
        }

        if (bodySize is { } size && !IsPlausible(report, size, load.Connections))
        {
            throw new DishonestRunException($"{contestant.Name}: {report.Requests} answers of {size} bytes cannot be {report.Bytes} bytes.");
        }

        return new LoadRun(report, server, client);
    }

    public Sample As(double value) => new(value, Cost.Of(Server, Report.Bytes, Report.Requests), Cost.Of(Client, Report.Bytes, Report.Requests));

    internal static bool IsPlausible(WrkReport report, long bodySize, int connections) =>
        report.Bytes >= report.Requests * bodySize && report.Bytes <= (report.Requests + connections) * (bodySize + MostHead);
}
