using Roadstead.Api;

namespace Roadstead.Cli.Output;

/// <summary>What became of images that were fetched, for people.</summary>
internal static class FetchText
{
    private static readonly string[] Titles = ["IMAGE", "STATE", "HELD", "DIGEST"];

    /// <param name="images">What became of them.</param>
    /// <param name="width">Columns of the terminal; null: as wide as it is.</param>
    public static string List(IReadOnlyList<FetchedImage> images, int? width)
    {
        var lines = images.Count == 0 ? ["No image is named."] : TextTable.Lines([Titles, .. images.Select(Row)], [3, 0], width)
            .Concat(images.Where(image => image.Message is not null).Select(image => $"{image.Image}: {image.Message}"));
        return string.Concat(lines.Select(line => Printable.Line(line) + "\n"));
    }

    private static string[] Row(FetchedImage image) =>
    [
        .. new[]
        {
            image.Image,
            image.Pinned ? $"{image.State}, pinned" : image.State,
            ImageFetchProgress.IsWhole(image.State) ? SizeText.Of(image.Bytes) : $"{SizeText.Of(image.Bytes)} of {SizeText.Of(image.TotalBytes)}",
            image.Digest ?? "-",
        }.Select(Printable.Line),
    ];
}
