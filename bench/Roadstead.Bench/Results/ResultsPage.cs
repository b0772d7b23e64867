using System.Globalization;
using System.Text;
using Roadstead.Bench.Figures;

namespace Roadstead.Bench.Results;

/// <summary>RESULTS.md.</summary>
internal static class ResultsPage
{
    private const string Method = """
        All over loopback, one server under load at a time, the load generator on the same cores. Contestants take turns within each round, each round beginning with another one; each is under
        the row's load for 15 s before its first measurement and for 1 s before each. Figures are minimum / **median** / maximum of the rounds; a ratio is of the medians, with the least and the largest of the rounds behind it. Every server writes
        an access log, and a run whose log, lengths, status codes, digests or upstream requests are not what they must be is no result. roadstead-server runs with log and metrics on and its defaults, but for tags that stay fresh (freshFor 365d), no watermark of the disk and, on the large store, no scrub.
        nginx has sendfile, tcp_nopush, open_file_cache, a worker and a socket a core, long keep-alive and a buffered access log; docker-registry is a proxy with the in-memory cache of descriptors and no log
        beside the requests'; it asks its upstream for every tag, which runs on the same cores. wrk has two threads. Processor seconds are those of the server and its workers, without the load generator and upstream; per GB sent, and per 10,000 answers.
        MB and GB are powers of ten. The large store is rows in the server's own tables, and a file without bytes for every blob. `./dev bench` measures it all anew, `./dev bench NAME` some rows.
        """;

    public static string Of(SavedResults results, IReadOnlyList<string> order)
    {
        var page = new StringBuilder("# Benchmark results\n\n");
        var machine = results.Machine;
        page.Append(CultureInfo.InvariantCulture, $"{machine.Processor}, {machine.Cores} cores, {machine.MemoryGb} GB, {machine.System}, kernel {machine.Kernel}, {machine.Disk}.\n\n");
        page.Append(Method.ReplaceLineEndings("\n")).Append("\n\n");
        SavedRow[] rows = [.. results.Rows.Values.OrderBy(row => Position(order, row.Result.Name))];
        AppendTable(page, rows);
        AppendCosts(page, rows);
        page.Append("\n## Rows\n\n| row | what | rounds | measured | by |\n|---|---|---|---|---|\n");
        string[] sets = [.. rows.Select(row => VersionsOf(row)).Distinct()];
        foreach (var row in rows)
        {
            page.Append(CultureInfo.InvariantCulture, $"| {row.Result.Name} | {row.Result.What} | {row.Result.Rounds} | {row.Date} | {Array.IndexOf(sets, VersionsOf(row)) + 1} |\n");
        }

        page.Append('\n');
        for (var number = 0; number < sets.Length; number++)
        {
            page.Append(CultureInfo.InvariantCulture, $"{number + 1}. {sets[number]}\n");
        }

        return page.ToString();
    }

    private static void AppendTable(StringBuilder page, IEnumerable<SavedRow> rows)
    {
        page.Append("| case | unit | subject | against | subject's figures | the other's | CPU s/GB | CPU s/10,000 | measured | goal | |\n|---|---|---|---|---|---|---|---|---|---|---|\n");
        foreach (var row in rows.Select(saved => saved.Result))
        {
            foreach (var goal in row.Goals)
            {
                var subject = row.Contestants.First(one => one.Name == goal.Subject);
                var against = row.Contestants.FirstOrDefault(one => one.Name == goal.Against);
                var verdict = Verdict.Of(goal, row.Contestants);
                page.AppendJoin(" | ", [
                    $"| {row.Name}", row.Unit, subject.Name, against?.Name ?? "–", Figures(subject.Values), against is null ? "–" : Figures(against.Values),
                    Cpu(subject.Server.PerGb, against?.Server.PerGb), Cpu(subject.Server.Per10K, against?.Server.Per10K),
                    Measured(goal, verdict, row.Unit), Wanted(goal, row.Unit), Reached(verdict)]);
                page.Append(" |\n");
            }
        }
    }

    /// <summary>Client and server share the cores: what the one spends the other cannot.</summary>
    private static void AppendCosts(StringBuilder page, IEnumerable<SavedRow> rows)
    {
        page.Append("\n## Processor seconds of server and load generator\n\n| case | contestant | server, per GB | client, per GB | server, per 10,000 | client, per 10,000 |\n|---|---|---|---|---|---|\n");
        foreach (var row in rows.Select(saved => saved.Result))
        {
            foreach (var one in row.Contestants.Where(one => one.Client.PerGb is not null || one.Client.Per10K is not null))
            {
                page.Append(CultureInfo.InvariantCulture, $"| {row.Name} | {one.Name} | {Known(one.Server.PerGb)} | {Known(one.Client.PerGb)} | {Known(one.Server.Per10K)} | {Known(one.Client.Per10K)} |\n");
            }
        }
    }

    private static int Position(IReadOnlyList<string> order, string name)
    {
        // A row may have several results; they begin with its name, and the longest one that fits is its own.
        var best = order.Where(row => name.StartsWith(row, StringComparison.Ordinal)).MaxBy(row => row.Length);
        return best is null ? order.Count : order.ToList().IndexOf(best);
    }

    private static string VersionsOf(SavedRow row) => string.Join("; ", row.Versions.Select(version => $"{version.Key} {version.Value}"));

    private static string Measured(Goal goal, Verdict verdict, string unit)
    {
        var sign = goal.Kind == GoalKind.Ratio ? "×" : unit == "×" ? "×" : unit;
        return goal.Kind == GoalKind.Value
            ? $"{Number(verdict.Measured)} {sign}"
            : $"**{Number(verdict.Measured)} {sign}** ({Number(verdict.Spread.Min)}–{Number(verdict.Spread.Max)})";
    }

    private static string Wanted(Goal goal, string unit)
    {
        var sign = goal.Kind == GoalKind.Ratio ? "×" : unit;
        return goal.Bound switch
        {
            Bound.None => "–",
            Bound.AtLeast => $"≥ {Number(goal.Limit)} {sign}",
            Bound.AtMost => $"≤ {(goal.Kind == GoalKind.Difference ? "+" : "")}{Number(goal.Limit)} {sign}",
            _ => throw new InvalidOperationException("Unknown bound."),
        };
    }

    private static string Reached(Verdict verdict) => verdict.Reached switch
    {
        null => "–",
        true => "reached",
        false => "**missed**",
    };

    private static string Cpu(double? subject, double? against) => against is null ? Known(subject) : $"{Known(subject)} : {Known(against)}";

    private static string Known(double? value) => value is { } known ? Number(known) : "–";

    private static string Figures(Distribution values) => $"{Number(values.Min)} / **{Number(values.Median)}** / {Number(values.Max)}";

    /// <summary>Three digits that mean something, and no more than it has.</summary>
    internal static string Number(double value) => Math.Abs(value) switch
    {
        >= 100 => value.ToString("N0", CultureInfo.InvariantCulture),
        >= 10 => value.ToString("0.0", CultureInfo.InvariantCulture),
        >= 1 => value.ToString("0.00", CultureInfo.InvariantCulture),
        _ => value.ToString("0.000", CultureInfo.InvariantCulture),
    };
}
