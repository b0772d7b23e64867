using System.Globalization;
using Roadstead.Api;

namespace Roadstead.Cli.Output;

/// <summary>The store for people.</summary>
internal static class StoreText
{
    private static readonly string[] Titles = ["PROJECT", "USED", "QUOTA", "FULL"];

    /// <param name="status">What the server said.</param>
    /// <param name="width">Columns of the terminal; null: as wide as it is.</param>
    public static string Quotas(StoreStatus status, int? width) => string.Concat(
        TextTable.Lines([Titles, .. status.Projects.Select(project => Row(Printable.Line(project.Project), project.Bytes, project.Quota)), Row("(the store)", status.Bytes, status.Quota)], [0], width)
            .Select(line => line + "\n"));

    public static string Status(StoreStatus status) => FieldsText.Of(
    [
        ("held", SizeText.Of(status.Bytes)),
        ("quota", SizeText.OfLimit(status.Quota)),
        ("watermark", status.UntilWatermark switch
        {
            null => "none",
            < 0 => $"the disk is {SizeText.Of(-status.UntilWatermark.Value)} beyond it",
            _ => $"{SizeText.Of(status.UntilWatermark.Value)} away",
        }),
        .. status.Projects.Select(project => (project.Project, $"{SizeText.Of(project.Bytes)} of {SizeText.OfLimit(project.Quota)}")),
    ]);

    public static string Cleaned(CleanReport report, bool isDry) => string.Create(
        CultureInfo.InvariantCulture,
        $"{report.Deleted} of {report.Strays} blobs that no image names {(isDry ? "would be" : "were")} deleted, {SizeText.Of(report.Bytes)}.{(report.Deleted < report.Strays ? " The others are in use, or have belonged to no image for less than ten minutes: their manifest may still come. They go before any image does where room is wanted." : "")}\n");

    /// <summary>What becomes of a project that holds more than it may.</summary>
    /// <param name="held">What it holds.</param>
    /// <param name="quota">What it may, in bytes; less than that.</param>
    /// <param name="images">All its images.</param>
    public static string Excess(ProjectStore held, long quota, ImageList images)
    {
        var kept = images.Images.Where(image => image.Pinned || image.Clusters.Count > 0).ToList();

        // What images share counts for each of them.
        var bytes = Math.Min(kept.Sum(image => image.Bytes), held.Bytes);
        var stays = kept.Count == 0 ? "" : string.Create(
            CultureInfo.InvariantCulture, $" {kept.Count} of {(kept.Count == 1 ? "its images is pinned or used by a cluster and stays" : "its images are pinned or used by clusters and stay")} whatever the quota, {SizeText.Of(bytes)} in all.");
        return $"{Printable.Line(held.Project)} holds {SizeText.Of(held.Bytes)}, which is {SizeText.Of(held.Bytes - quota)} too much: images go, the first those that were not pulled for the longest time.{stays}";
    }

    private static string[] Row(string name, long bytes, long? quota) =>
        [name, SizeText.Of(bytes), SizeText.OfLimit(quota), quota is > 0 ? string.Create(CultureInfo.InvariantCulture, $"{100.0 * bytes / quota.Value:0} %") : "-"];
}
