using System.Diagnostics.CodeAnalysis;
using Roadstead.Api;
using Roadstead.Oci;

namespace Roadstead.Server.Nodes;

/// <summary>What is believed of the images in a report: names are taken as runtimes read them. One that is none is told of, and costs the node nothing.</summary>
internal static class NodeImageCheck
{
    // A host, 255 letters of a repository, a tag, and a digest of the longest kind.
    private const int MaxName = 800;
    private const int MaxUses = 1_000_000;
    private const int MaxDigests = 8;
    private const int MaxMalformed = 100;
    private const int MaxText = 300;

    /// <returns>What is wrong with the images, and would be with all of them; null: nothing is.</returns>
    public static string? Fault(NodeReport report) =>
        report.Images?.Count > NodeReport.MostImages ? $"images has more than {NodeReport.MostImages} entries"
        : report.Platform is { } platform && !Platform.TryParse(platform, out _) ? "platform is none, as linux/amd64 is one"
        : null;

    /// <summary>The report with each image once and in order, and with what can be none beside them.</summary>
    public static NodeReport Kept(NodeReport report)
    {
        if (report.Images is null)
        {
            return report with { Malformed = null };
        }

        var images = new SortedDictionary<string, UsedImage>(StringComparer.Ordinal);
        var malformed = (report.Malformed ?? []).Where(image => image is { Text: not null, Fault: not null }).ToList();
        foreach (var image in report.Images.Where(image => image is { Image.Length: > 0 }))
        {
            if (!TryRead(image.Image, out var reference, out var fault))
            {
                malformed.Add(new MalformedImage(image.Image, fault));
                continue;
            }

            var name = reference.ToString();
            var known = images.GetValueOrDefault(name);
            images[name] = new UsedImage(name, Math.Clamp(image.Uses, 0, MaxUses) + (known?.Uses ?? 0)) { Digests = Digests(known?.Digests, image.Digests) };
        }

        return report with { Images = [.. images.Values], Malformed = malformed.Count == 0 ? null : [.. malformed.Take(MaxMalformed).Select(image => new MalformedImage(Line(image.Text), Line(image.Fault)))] };
    }

    private static bool TryRead(string text, [NotNullWhen(true)] out ImageReference? image, [NotNullWhen(false)] out string? fault)
    {
        if (text.Length <= MaxName)
        {
            return ImageReference.TryParse(text, out image, out fault);
        }

        (image, fault) = (null, "is longer than the name of an image can be");
        return false;
    }

    private static List<string>? Digests(IReadOnlyList<string>? known, IReadOnlyList<string>? told)
    {
        var digests = (known ?? []).Concat(told ?? []).Where(digest => Digest.TryParse(digest, out _)).Distinct(StringComparer.Ordinal).Order(StringComparer.Ordinal).Take(MaxDigests).ToList();
        return digests.Count == 0 ? null : digests;
    }

    private static string Line(string text) => NodeReportCheck.OneLine(text, MaxText);
}
