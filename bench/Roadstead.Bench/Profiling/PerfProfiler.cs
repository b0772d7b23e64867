using System.Globalization;
using Roadstead.Bench.Machine;
using Roadstead.Testing.Processes;

namespace Roadstead.Bench.Profiling;

/// <summary>
/// Watches the machine with perf while a server is under load, and leaves who had the processors, and what the server did: functions by their own time, by all that they took part in, and folded
/// stacks for a flame graph.
/// </summary>
/// <param name="folder">For the files.</param>
/// <param name="row">In their names.</param>
internal sealed class PerfProfiler(string folder, string row)
{
    // By the clock: machines without counters of their own, such as virtual ones, have it too. Not a divisor of what timers run at.
    private const string Event = "cpu-clock";
    private const string Frequency = "499";

    /// <summary>
    /// Has the runtime tell perf which address is which method, and keep methods where perf sees them; code that was compiled ahead is compiled anew, for it tells
    /// nothing of that.
    /// </summary>
    public IReadOnlyDictionary<string, string?> ServerEnvironment { get; } =
        new Dictionary<string, string?> { ["DOTNET_PerfMapEnabled"] = "1", ["DOTNET_ReadyToRun"] = "0", ["DOTNET_EnableWriteXorExecute"] = "0" };

    /// <param name="server">Its name in those of the files.</param>
    /// <param name="process">It and all that it started, as nginx its workers.</param>
    /// <param name="load">What it is watched under.</param>
    public async Task<T> Watch<T>(string server, int process, Func<Task<T>> load)
    {
        var processes = ProcessTree.Of(process);
        Directory.CreateDirectory(folder);
        var data = PathOf(server, "data");
        var perf = await ChildProcess.Start(
            "perf", ["record", "-e", Event, "-F", Frequency, "--call-graph", "fp", "-o", data, "-a"]);
        T result;
        await using (perf)
        {
            result = await load();
            perf.Interrupt();
            await perf.Exited;
        }

        // Of the whole machine who had the processors, swapper being nobody; of the server what it did.
        var own = string.Join(',', processes);
        await Write(PathOf(server, "shares.txt"), "report", "--stdio", "--no-children", "-g", "none", "--percent-limit", "0.3", "--sort", "comm", "-i", data);
        await Write(PathOf(server, "top.txt"), "report", "--stdio", "--no-children", "-g", "none", "--percent-limit", "0.3", "--sort", "symbol,dso", "--pid", own, "-i", data);
        await Write(PathOf(server, "others.txt"), "report", "--stdio", "--no-children", "-g", "none", "--percent-limit", "0.5", "--sort", "comm,symbol,dso", "-i", data);
        var script = await Command.Run("perf", ["script", "-i", data, "-F", "comm,ip,sym,dso", "--pid", own]);
        var folded = FoldedStacks.Of(script.OrThrow().Output).ToList();
        await File.WriteAllLinesAsync(PathOf(server, "folded"), folded);
        await File.WriteAllLinesAsync(PathOf(server, "inclusive.txt"), FoldedStacks.Inclusive(folded));
        File.Delete(data);
        processes.ForEach(RemoveMaps);
        return result;
    }

    /// <summary>Leaves what a process has resident, by what is mapped.</summary>
    public async Task WriteMaps(string server, int process)
    {
        Directory.CreateDirectory(folder);
        await File.WriteAllLinesAsync(PathOf(server, "maps.txt"), MemoryMaps.Of(File.ReadLines(string.Create(CultureInfo.InvariantCulture, $"/proc/{process}/smaps"))));
    }

    private string PathOf(string server, string kind) => Path.Combine(folder, $"{row}.{server.Replace(", ", "-", StringComparison.Ordinal).Replace(' ', '-')}.{kind}");

    // The runtime writes them where perf looks for them.
    private static void RemoveMaps(int process)
    {
        foreach (var map in Directory.EnumerateFiles(Path.GetTempPath(), string.Create(CultureInfo.InvariantCulture, $"perf*-{process}.map")))
        {
            File.Delete(map);
        }
    }

    private static async Task Write(string file, params string[] arguments)
    {
        var result = await Command.Run("perf", arguments);
        await File.WriteAllTextAsync(file, result.OrThrow().Output);
    }
}
