using System.Diagnostics;
using System.Globalization;
using Roadstead.Bench.Figures;
using Roadstead.Bench.Machine;
using Roadstead.Bench.Profiling;
using Roadstead.Bench.Results;
using Roadstead.Bench.Rows;

namespace Roadstead.Bench;

/// <summary>Measures the rows that were asked for and writes them down, each as soon as it is done.</summary>
internal static class BenchRun
{
    /// <returns>The exit code: 0 if every row gave figures, whatever they are; 1 if one did not.</returns>
    public static async Task<int> Of(BenchOptions options, CancellationToken cancellation)
    {
        var rows = RowCatalog.All.Where(row => row.Name.Contains(options.Name, StringComparison.Ordinal)).ToList();
        if (rows.Count == 0)
        {
            Console.Error.WriteLine($"No row has {options.Name} in its name. There are: {string.Join(", ", RowCatalog.All.Select(row => row.Name))}.");
            return 2;
        }

        if (options.IsCheck)
        {
            return 0;
        }

        var folder = Directory.CreateDirectory(Path.Combine(options.Root, "artifacts", "bench")).FullName;
        using var alone = TakeLock(folder);
        if (alone is null)
        {
            Console.Error.WriteLine($"Another benchmark runs in {folder}. Two at once would measure each other.");
            return 1;
        }

        RemoveLeft(folder);
        var machine = MachineFacts.Read(folder);
        if (ResultsFile.WhyNotKept(options, ResultsPath(options), machine) is { } why)
        {
            Console.Error.WriteLine(why);
        }

        var versions = await Versions.Read(options.Server, options.Root);
        var failed = 0;
        foreach (var row in rows)
        {
            var profiler = options.IsProfile ? new PerfProfiler(Path.Combine(folder, "profile"), row.Name) : null;
            var context = new BenchContext(options.Server, folder, options.Rounds, options.IsQuick, profiler, cancellation);
            failed += await Measure(context, row, options, machine, versions) ? 0 : 1;
        }

        return failed == 0 ? 0 : 1;
    }

    private static async Task<bool> Measure(BenchContext context, Row row, BenchOptions options, MachineFacts machine, IReadOnlyDictionary<string, string> versions)
    {
        var begun = Stopwatch.GetTimestamp();
        try
        {
            var results = await row.Measure(context);
            foreach (var result in results)
            {
                Show(result);
            }

            if (ResultsFile.WhyNotKept(options, ResultsPath(options), machine) is null)
            {
                Save(options, machine, versions, results);
            }

            context.Say(string.Create(CultureInfo.InvariantCulture, $"{row.Name} took {Stopwatch.GetElapsedTime(begun).TotalSeconds:0} s."));
            return true;
        }
        catch (Exception exception) when (exception is not OperationCanceledException && !context.Cancellation.IsCancellationRequested)
        {
            Console.Error.WriteLine($"{row.Name} gave no result: {exception}");
            return false;
        }
    }

    private static void Show(RowResult row)
    {
        foreach (var goal in row.Goals.Where(goal => row.Contestants.Any(one => one.Name == goal.Against) || goal.Against is null))
        {
            var verdict = Verdict.Of(goal, row.Contestants);
            Console.WriteLine(string.Create(
                CultureInfo.InvariantCulture,
                $"{row.Name}: {goal.Kind} {goal.Subject}{(goal.Against is null ? "" : " : " + goal.Against)} {verdict.Measured:0.###} ({verdict.Spread.Min:0.###}–{verdict.Spread.Max:0.###}), {goal.Bound} {goal.Limit} {(verdict.Reached is null ? "" : verdict.Reached.Value ? "reached" : "missed")}"));
        }

        foreach (var one in row.Contestants)
        {
            Console.WriteLine(string.Create(
                CultureInfo.InvariantCulture,
                $"  {one.Name} {one.Values.Min:0.###} / {one.Values.Median:0.###} / {one.Values.Max:0.###} {row.Unit}, processor {one.Server.PerGb:0.###} s/GB {one.Server.Per10K:0.###} s/10,000, client {one.Client.PerGb:0.###} s/GB {one.Client.Per10K:0.###} s/10,000"));
        }
    }

    private static void Save(BenchOptions options, MachineFacts machine, IReadOnlyDictionary<string, string> versions, IReadOnlyList<RowResult> results)
    {
        var json = ResultsPath(options);
        var saved = ResultsFile.Read(json, machine);
        var rows = saved.Rows.ToDictionary();
        var date = TimeProvider.System.GetUtcNow().ToString("yyyy-MM-dd HH:mm", CultureInfo.InvariantCulture);
        foreach (var result in results)
        {
            rows[result.Name] = new SavedRow(date, versions, result);
        }

        saved = saved with { Rows = rows };
        ResultsFile.Write(json, saved);
        File.WriteAllText(Path.Combine(options.Root, "bench", "RESULTS.md"), ResultsPage.Of(saved, [.. RowCatalog.All.Select(row => row.Name)]));
    }

    private static string ResultsPath(BenchOptions options) => Path.Combine(options.Root, "bench", "results.json");

    private static FileStream? TakeLock(string folder)
    {
        try
        {
            return new FileStream(Path.Combine(folder, "lock"), FileMode.OpenOrCreate, FileAccess.ReadWrite, FileShare.None);
        }
        catch (IOException)
        {
            return null;
        }
    }

    // A run that was killed could not remove its folders; stores are kept by purpose.
    private static void RemoveLeft(string folder)
    {
        foreach (var left in Directory.EnumerateDirectories(folder).Where(path => Guid.TryParse(Path.GetFileName(path).Split('-')[^1], out _)))
        {
            Directory.Delete(left, recursive: true);
        }
    }
}
