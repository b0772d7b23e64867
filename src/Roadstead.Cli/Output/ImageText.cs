using System.Globalization;
using Roadstead.Api;

namespace Roadstead.Cli.Output;

/// <summary>Images for people.</summary>
internal static class ImageText
{
    private static readonly string[] Titles = ["IMAGE", "TAGS", "DIGEST", "SIZE", "PULLED", "PIN"];

    /// <param name="list">What the server said.</param>
    /// <param name="now">The time.</param>
    /// <param name="width">Columns of the terminal; null: as wide as it is.</param>
    /// <param name="isDeleted">Only what was deleted upstream was asked for.</param>
    public static string List(ImageList list, DateTimeOffset now, int? width, bool isDeleted = false) => list.Images.Count == 0 ? isDeleted ? "No image that is held was deleted upstream, as far as is known.\n" : "No image is held.\n"
        : string.Concat(TextTable.Lines([.. Rows(list, now)], [2, 1, 0], width).Select(line => line + "\n"));

    public static string One(HeldImage image, DateTimeOffset now) => FieldsText.Of(
    [
        ("image", $"{image.Project}/{image.Repository}"),
        ("registry", image.Registry),
        ("digest", image.Digest),
        ("tags", Tags(image)),
        ("size", Size(image)),
        .. image.Lacks is { IsNothing: false } lack ? [("lacks", Lack(lack))] : Array.Empty<(string, string)>(),
        ("pulled", Pulled(image, now)),
        ("pinned", image.Pinned ? image.Clusters.Count == 0 ? "yes" : $"yes, for {string.Join(", ", image.Clusters)}" : "no"),
        .. image.DeletedTags.Select(tag => ("deleted upstream", string.Create(CultureInfo.InvariantCulture, $"{tag.Name} since {tag.Since.UtcDateTime:yyyy-MM-dd HH:mm:ss} UTC"))),
    ]);

    /// <summary>With a column for what was deleted upstream, where something was.</summary>
    private static IEnumerable<string[]> Rows(ImageList list, DateTimeOffset now) => list.Images.Any(image => image.DeletedTags.Count > 0)
        ? [[.. Titles, "DELETED UPSTREAM"], .. list.Images.Select(image => (string[])[.. Row(image, now), Deleted(image, now)])]
        : [Titles, .. list.Images.Select(image => Row(image, now))];

    private static string[] Row(HeldImage image, DateTimeOffset now) =>
        [.. new[] { $"{image.Project}/{image.Repository}", Tags(image), image.Digest, Size(image), Pulled(image, now), image.Clusters.Count > 0 ? "in use" : image.Pinned ? "pinned" : "-" }.Select(Printable.Line)];

    private static string Tags(HeldImage image) => image.Tags.Count == 0 ? "-" : string.Join(", ", image.Tags);

    private static string Size(HeldImage image) => image.Lacks is { IsNothing: false } lack ? $"{SizeText.Of(image.Bytes)} of {(lack.Manifests > 0 ? "more" : SizeText.Of(image.Bytes + lack.Bytes))}" : SizeText.Of(image.Bytes);

    private static string Lack(ImageLack lack) => string.Create(
        CultureInfo.InvariantCulture, $"{(lack.Manifests > 0 ? $"{lack.Manifests} manifests and what they name{(lack.Blobs > 0 ? ", " : "")}" : "")}{(lack.Blobs > 0 ? $"{lack.Blobs} blobs, {SizeText.Of(lack.Bytes)}" : "")}; a pull, or roadstead image fetch, has them fetched, where the quota has room for the image");

    private static string Deleted(HeldImage image, DateTimeOffset now) => image.DeletedTags.Count == 0 ? "-" : AgeText.Of(image.DeletedTags.Min(tag => tag.Since), now);

    private static string Pulled(HeldImage image, DateTimeOffset now) => image.PulledAt is { } at ? AgeText.Of(at, now) : "unknown";
}
