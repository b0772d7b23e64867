using System.Globalization;
using Roadstead.Api;

namespace Roadstead.Cli.Output;

/// <summary>How ready a server is for a cluster, in figures for people.</summary>
internal static class ReadinessText
{
    /// <summary>The figure, and only those images that are not ready.</summary>
    /// <param name="readiness">What the server said.</param>
    /// <param name="now">The time.</param>
    /// <param name="width">Columns of the terminal; null: as wide as it is.</param>
    public static string Lacking(ClusterReadiness readiness, DateTimeOffset now, int? width) => string.Concat(
        Figure(readiness).Concat(readiness.Images.Where(image => image.State != ImageState.Ready).ToList() is { Count: > 0 } images ? ["", .. InventoryText.Images(images, now, width)] : []).Select(line => line + "\n"));

    /// <summary>The figure for the whole, and for each platform.</summary>
    public static IEnumerable<string> Figure(ClusterReadiness readiness) =>
    [
        string.Create(CultureInfo.InvariantCulture, $"{readiness.Ready} of {readiness.Images.Count} images could be pulled right now with every upstream cut off ({Percent(readiness.Ready, readiness.Images.Count)})."),
        .. readiness.Platforms.Count > 0 || readiness.Images.Count == 0 ? Array.Empty<string>() : ["The platforms of the nodes are not known: of images for several, what the server keeps of them counts. --platform says which they are."],
        .. readiness.Platforms.Select(platform => string.Create(CultureInfo.InvariantCulture, $"{platform.Platform}: {platform.Ready} of {platform.Images}")),
    ];

    /// <summary>A part in whole per cent; 100 only of all, and no figure of nothing.</summary>
    public static string Percent(int part, int all) => all == 0 ? "-" : string.Create(CultureInfo.InvariantCulture, $"{Math.Floor(100.0 * part / all):0} %");
}
