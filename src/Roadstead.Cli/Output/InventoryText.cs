using System.Globalization;
using Roadstead.Api;

namespace Roadstead.Cli.Output;

/// <summary>What a cluster runs, for people.</summary>
internal static class InventoryText
{
    private const string NotCovered = "not covered";
    private const string Nothing = "The cluster runs no image.";

    private static readonly string[] RegistryTitles = ["REGISTRY", "IMAGES", "USES", "PROJECT"];
    private static readonly string[] CoveredTitles = ["IMAGE", "USES", "PROJECT", "USED BY"];
    private static readonly string[] ReadyTitles = ["IMAGE", "USES", "PROJECT", "STATE", "PIN", "CHECKED"];

    /// <summary>Against the presets.</summary>
    /// <param name="coverage">What the cluster runs.</param>
    /// <param name="width">Columns of the terminal; null: as wide as it is.</param>
    public static string Of(PresetCoverage coverage, int? width)
    {
        var uncovered = coverage.Images.Count(image => image.Project is null);
        return Whole(
        [
            .. Tables(coverage.Registries, [CoveredTitles, .. coverage.Images.Select(Row)], [3, 0], width),
            .. coverage.Platforms.Count == 0 ? Array.Empty<string>() : [$"nodes: {string.Join(", ", coverage.Platforms)}"],
            .. coverage.Images.Count == 0 ? Array.Empty<string>()
                : [Counted(coverage.Images.Count - uncovered, coverage.Images.Count, "are of registries that a server mirrors without being told to; --server asks one what it has")],
            .. Malformed(coverage.Malformed),
        ]);
    }

    /// <summary>As a server judges it.</summary>
    /// <param name="readiness">What the server said.</param>
    /// <param name="now">The time.</param>
    /// <param name="width">Columns of the terminal; null: as wide as it is.</param>
    public static string Of(ClusterReadiness readiness, DateTimeOffset now, int? width) => Whole(
    [
        .. Tables(RegistryUse.All(readiness.Images.Select(image => (image.Image, image.Uses, image.Project))), [ReadyTitles, .. readiness.Images.Select(image => Row(image, now))], [0], width),
        .. Reasons(readiness.Images, now) is { Count: > 0 } reasons ? [.. reasons, ""] : Array.Empty<string>(),
        .. readiness.Cluster is null ? Array.Empty<string>() : [$"{readiness.Cluster}: by {readiness.Source}, {AgeText.Of(readiness.HeardAt ?? readiness.TakenAt, now)}"],
        .. readiness.Fault is null ? Array.Empty<string>() : [$"it cannot be looked at: {readiness.Fault}"],
        .. readiness.Images.Count == 0 ? [] : ReadinessText.Figure(readiness),
        .. Malformed(readiness.Malformed),
    ]);

    /// <summary>Images as a server judges them.</summary>
    /// <inheritdoc cref="Of(ClusterReadiness, DateTimeOffset, int?)"/>
    public static IEnumerable<string> Images(IReadOnlyList<ImageReadiness> images, DateTimeOffset now, int? width) => [.. TextTable.Lines([ReadyTitles, .. images.Select(image => Row(image, now))], [0], width), .. Reasons(images, now) is { Count: > 0 } reasons ? ["", .. reasons] : Array.Empty<string>()];

    /// <summary>On lines of their own, which a terminal breaks and never cuts.</summary>
    private static List<string> Reasons(IReadOnlyList<ImageReadiness> images, DateTimeOffset now) =>
        [.. images.Select(image => (image.Image, Why: Why(image, now))).Where(image => image.Why.Length > 0).Select(image => $"{image.Image}: {image.Why}")];

    /// <summary>The registries, then the images; where there is none, that.</summary>
    private static IEnumerable<string> Tables(IReadOnlyList<RegistryUse> registries, IReadOnlyList<string[]> images, IReadOnlyList<int> shrinkable, int? width) =>
        registries.Count == 0 ? [Nothing] : [.. Registries(registries, width), "", .. TextTable.Lines(images, shrinkable, width), ""];

    private static IEnumerable<string> Registries(IReadOnlyList<RegistryUse> registries, int? width) => TextTable.Lines(
        [
            RegistryTitles,
            .. registries.Select(registry => new[]
            {
                registry.Registry, registry.Images.ToString(CultureInfo.InvariantCulture), registry.Uses.ToString(CultureInfo.InvariantCulture), registry.Projects.Count == 0 ? NotCovered : Printable.Line(string.Join(", ", registry.Projects)),
            }),
        ],
        [3, 0],
        width);

    private static string[] Row(CoveredImage image) =>
        [image.Image, image.Uses.ToString(CultureInfo.InvariantCulture), image.Project ?? NotCovered, image.UsedBy is { Count: > 0 } places ? Printable.Line(string.Join(", ", places)) : "-"];

    private static string[] Row(ImageReadiness image, DateTimeOffset now) =>
    [
        .. new[]
        {
            image.Image, image.Uses.ToString(CultureInfo.InvariantCulture), image.Project ?? "-", Word(image.State), image.Pinned ? "pinned" : "-", image.CheckedAt is { } at ? AgeText.Of(at, now) : "-",
        }.Select(Printable.Line),
    ];

    private static string Why(ImageReadiness image, DateTimeOffset now)
    {
        string?[] parts =
        [
            image.Reason?.TrimEnd('.'),
            image.NotFor is { Count: > 0 } platforms ? $"not for {string.Join(", ", platforms)}" : null,
            image.DeletedSince is { } since ? $"deleted upstream {AgeText.Of(since, now)}" : null,
        ];
        return string.Join("; ", parts.OfType<string>());
    }

    private static string Word(ImageState state) => state switch
    {
        ImageState.Ready => "ready",
        ImageState.Partial => "in part",
        ImageState.Absent => "not held",
        ImageState.Withheld => "withheld",
        ImageState.Uncovered => NotCovered,
        _ => throw new InvalidOperationException("Unknown state."),
    };

    private static IEnumerable<string> Malformed(IReadOnlyList<MalformedImage>? malformed) =>
        (malformed ?? []).Select(wrong => $"no image: {wrong.Text} {wrong.Fault.TrimEnd('.')}{(wrong.UsedBy is { Count: > 0 } places ? $" ({string.Join(", ", places)})" : "")}");

    private static string Counted(int count, int of, string what) => string.Create(CultureInfo.InvariantCulture, $"{count} of {of} images {what}.");

    private static string Whole(IEnumerable<string> lines) => string.Concat(lines.Select(line => Printable.Line(line) + "\n"));
}
