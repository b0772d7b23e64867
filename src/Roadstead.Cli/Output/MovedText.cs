using System.Globalization;
using Roadstead.Api;

namespace Roadstead.Cli.Output;

/// <summary>What became of images that were exported or imported, for people.</summary>
internal static class MovedText
{
    private static readonly string[] Titles = ["IMAGE", "STATE", "SIZE", "DIGEST"];

    /// <param name="moved">What became of them.</param>
    /// <param name="width">Columns of the terminal; null: as wide as it is.</param>
    public static string Of(MovedImages moved, int? width)
    {
        var lines = moved.Images.Count == 0 ? [] : TextTable.Lines([Titles, .. moved.Images.Select(Row)], [3, 0], width)
            .Concat(moved.Images.Where(image => image.Message is not null).Select(image => $"{image.Image}: {image.Message}."));
        var there = moved.Images.Count(image => image.IsThere);
        return string.Concat(lines.Append(string.Create(
            CultureInfo.InvariantCulture,
            $"{there} of {moved.Images.Count} images, {moved.Blobs} blobs and {SizeText.Of(moved.Bytes)} carried over, {moved.Place}")).Select(line => Printable.Line(line) + "\n"));
    }

    private static string[] Row(MovedImage image) =>
        [.. new[] { image.Image, image.Pinned ? $"{State(image.State)}, pinned" : State(image.State), SizeText.Of(image.Bytes), image.Digest ?? "-" }.Select(Printable.Line)];

    private static string State(MovedState state) => state switch
    {
        MovedState.Exported => "exported",
        MovedState.Imported => "imported",
        MovedState.Present => "present",
        MovedState.Partial => "in part",
        MovedState.NotHeld => "not held",
        MovedState.NotMirrored => "not mirrored",
        MovedState.NoRoom => "no room",
        MovedState.Failed => "failed",
        _ => "not reached",
    };
}
