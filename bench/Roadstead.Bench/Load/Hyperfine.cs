using System.Text.Json;
using Roadstead.Testing.Processes;

namespace Roadstead.Bench.Load;

/// <summary>Times one run of a client.</summary>
internal static class Hyperfine
{
    /// <param name="folder">For its report.</param>
    public static async Task<TimeSpan> Time(string command, string folder)
    {
        var report = Path.Combine(folder, "hyperfine.json");
        var result = await Command.Run("hyperfine", ["--shell=none", "--style=none", "--runs=1", "--export-json", report, command]);
        result.OrThrow();
        return Parse(await File.ReadAllTextAsync(report));
    }

    internal static TimeSpan Parse(string report)
    {
        using var json = JsonDocument.Parse(report);
        return TimeSpan.FromSeconds(json.RootElement.GetProperty("results")[0].GetProperty("times")[0].GetDouble());
    }
}
