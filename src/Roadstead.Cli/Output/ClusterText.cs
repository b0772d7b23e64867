using System.Globalization;
using Roadstead.Api;

namespace Roadstead.Cli.Output;

/// <summary>Clusters and their drills for people.</summary>
internal static class ClusterText
{
    private static readonly string[] Titles = ["CLUSTER", "IMAGES", "READY", "HEARD", "SOURCE", "DRILL"];

    /// <param name="list">What the server said.</param>
    /// <param name="now">The time.</param>
    /// <param name="width">Columns of the terminal; null: as wide as it is.</param>
    public static string List(ClusterList list, DateTimeOffset now, int? width) => list.Clusters.Count == 0
        ? "No cluster is known: roadstead inventory --cluster tells the server of one.\n"
        : string.Concat(TextTable.Lines([Titles, .. list.Clusters.Select(cluster => Row(cluster, now))], [0], width).Concat(list.Clusters.Where(cluster => cluster.Fault is not null).Select(cluster => Printable.Line($"{cluster.Name}: {cluster.Fault}"))).Select(line => line + "\n"));

    public static string Drill(DrillReport report, DateTimeOffset now, int? width) => string.Create(
        CultureInfo.InvariantCulture,
        $"{report.Passed} of {report.Images} images were pulled whole with every upstream cut off ({ReadinessText.Percent(report.Passed, report.Images)}); {SizeText.Of(report.Bytes)} verified in {report.Seconds:0.0} s.\n")
        + (report.Failed.Count == 0 ? "" : string.Concat(InventoryText.Images(report.Failed, now, width).Select(line => "\n" + line)) + "\n");

    private static string[] Row(ClusterStatus cluster, DateTimeOffset now) =>
    [
        .. new[]
        {
            cluster.Name,
            cluster.Images.ToString(CultureInfo.InvariantCulture),
            cluster.HeardAt is null ? "-" : string.Create(CultureInfo.InvariantCulture, $"{cluster.Ready} ({ReadinessText.Percent(cluster.Ready, cluster.Images)})"),
            cluster.HeardAt is { } at ? AgeText.Of(at, now) : "never",
            cluster.Watched ? $"{cluster.Source}, {(cluster.Fault is null ? "watched" : "out of sight")}" : cluster.Source,
            cluster.Drill is { } drill ? string.Create(CultureInfo.InvariantCulture, $"{ReadinessText.Percent(drill.Passed, drill.Images)} {AgeText.Of(drill.At, now)}") : "-",
        }.Select(Printable.Line),
    ];
}
