using Roadstead.Bench.Contestants;
using Roadstead.Bench.Figures;
using Roadstead.Bench.Load;
using Roadstead.Bench.Machine;

namespace Roadstead.Bench.Rows;

/// <summary>One contestant under wrk: warmed, measured, and held against its own access log.</summary>
/// <param name="Cpu">What the server spent under the measured load.</param>
internal sealed record LoadRun(WrkReport Report, TimeSpan Cpu)
{
    // The most that heads of answers add to their bodies.
    private const long MostHead = 2048;

    /// <param name="folder">For wrk's script.</param>
    /// <param name="bodySize">Of every answer in bytes; null where they differ.</param>
    public static async Task<LoadRun> Of(BenchContext context, Contestant contestant, WrkLoad load, string folder, long? bodySize)
    {
        contestant.Log.Clear();
        var warm = await Wrk.Run(contestant.Address, load, context.WarmTime, folder);
        var before = contestant.ProcessorTime;
        var report = context.Profiler is { } profiler
            ? await profiler.Watch(contestant.ProcessId, () => Wrk.Run(contestant.Address, load, context.LoadTime, folder))
            : await Wrk.Run(contestant.Address, load, context.LoadTime, folder);
        var cpu = contestant.ProcessorTime - before;
        await contestant.Log.Expect(warm.Requests + report.Requests, 4L * load.Connections);
        if (bodySize is { } size && !IsPlausible(report, size, load.Connections))
        {
            throw new DishonestRunException($"{contestant.Name}: {report.Requests} answers of {size} bytes cannot be {report.Bytes} bytes.");
        }

        return new LoadRun(report, cpu);
    }

    public Sample As(double value) => Sample.Of(value, Cpu, Report.Bytes, Report.Requests);

    internal static bool IsPlausible(WrkReport report, long bodySize, int connections) =>
        report.Bytes >= report.Requests * bodySize && report.Bytes <= (report.Requests + connections) * (bodySize + MostHead);
}
