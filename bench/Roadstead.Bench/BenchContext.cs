using Roadstead.Bench.Contestants;
using Roadstead.Bench.Profiling;

namespace Roadstead.Bench;

/// <summary>What every row is measured with.</summary>
/// <param name="Server">The program of roadstead-server.</param>
/// <param name="Folder">For what contestants keep, and for stores that are kept between runs.</param>
/// <param name="Rounds">Of each contestant, for a ratio that is quoted.</param>
/// <param name="IsQuick">Everything short and small, to see whether it works.</param>
/// <param name="Profiler">Not null: each is measured once, and watched.</param>
internal sealed record BenchContext(string Server, string Folder, int Rounds, bool IsQuick, PerfProfiler? Profiler, CancellationToken Cancellation)
{
    /// <summary>How long a load lasts.</summary>
    public TimeSpan LoadTime => Profiler is not null ? TimeSpan.FromSeconds(15) : TimeSpan.FromSeconds(IsQuick ? 1 : 5);

    /// <summary>How long a contestant is under the load before each measurement.</summary>
    public TimeSpan WarmTime => TimeSpan.FromSeconds(Profiler is null ? 1 : 5);

    /// <summary>How long before its first: a runtime compiles what is called often again, which takes seconds where the load has both processors. Servers run for months.</summary>
    public TimeSpan FirstWarmTime => TimeSpan.FromSeconds(IsQuick ? 1 : 15);

    /// <summary>Rounds of what is no ratio, and takes long.</summary>
    public int FewRounds => Math.Max(1, Rounds / 3);

    /// <summary>False for whom a profile leaves out: docker-registry is far behind wherever it takes part, and says nothing of why nginx is not.</summary>
    public bool Takes(string contestant) => Profiler is null || contestant != RegistryProxy.Name;

    public int Sized(int full, int quick) => IsQuick ? quick : full;

    public void Say(string text)
    {
        Cancellation.ThrowIfCancellationRequested();
        Console.Error.WriteLine(text);
    }

    /// <param name="folder">Of its own.</param>
    public Task<Contestant> StartRoadstead(string folder, Uri upstream) =>
        Contestant.Start(RoadsteadServer.In(Server, folder, upstream, Profiler?.ServerEnvironment));
}
