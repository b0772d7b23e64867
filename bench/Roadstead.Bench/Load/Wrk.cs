using System.Globalization;
using Roadstead.Bench.Machine;
using Roadstead.Testing.Processes;

namespace Roadstead.Bench.Load;

/// <summary>What wrk is told, the same for every contestant.</summary>
/// <param name="Connections">Kept open; each asks again as soon as it has its answer.</param>
/// <param name="Paths">Asked in the order that chance gives, the same chance in every run; one alone is asked over and over.</param>
/// <param name="Accept">The header; null for none.</param>
internal sealed record WrkLoad(int Connections, IReadOnlyList<string> Paths, string? Accept = null);

internal static class Wrk
{
    private const int Threads = 2;

    /// <param name="folder">For its script.</param>
    /// <exception cref="DishonestRunException">Something else than good answers came.</exception>
    public static async Task<WrkReport> Run(Uri address, WrkLoad load, TimeSpan duration, string folder)
    {
        var script = Path.Combine(folder, "load.lua");
        await File.WriteAllTextAsync(script, (load.Paths.Count > 1 ? Choosing(folder, load.Paths) : "") + WrkReport.Script);
        string[] accept = load.Accept is null ? [] : ["-H", $"Accept: {load.Accept}"];
        var result = await Command.Run("wrk", [
            "-t", Text(Threads), "-c", Text(load.Connections), "-d", Text((int)Math.Max(1, duration.TotalSeconds)), "--timeout", "60", .. accept,
            "-s", script, new Uri(address, load.Paths[0]).ToString()]);
        var report = WrkReport.Parse(result.OrThrow().Output);
        return report.BadStatus == 0 && report.SocketErrors == 0
            ? report
            : throw new DishonestRunException($"wrk saw {report.BadStatus} bad answers and {report.SocketErrors} socket errors.{Environment.NewLine}{result}");
    }

    // Each thread has an interpreter of its own; their numbers set their chances apart.
    private static string Choosing(string folder, IReadOnlyList<string> paths)
    {
        var file = Path.Combine(folder, "paths");
        File.WriteAllLines(file, paths);
        return $$"""
            local number = 0
            function setup(thread) thread:set("id", number); number = number + 1 end
            local requests = {}
            function init(args)
              math.randomseed(7 + id)
              for path in io.lines("{{file}}") do requests[#requests + 1] = wrk.format("GET", path) end
            end
            function request() return requests[math.random(#requests)] end

            """;
    }

    private static string Text(int number) => number.ToString(CultureInfo.InvariantCulture);
}
