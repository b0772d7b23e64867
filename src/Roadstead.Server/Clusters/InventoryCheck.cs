using System.Globalization;
using Roadstead.Api;
using Roadstead.Oci;

namespace Roadstead.Server.Clusters;

/// <summary>What is believed of an inventory that was sent: names are taken as runtimes read them, and what is said beside them is shortened.</summary>
internal static class InventoryCheck
{
    private const int MaxPlatforms = 32;
    private const int MaxDigests = 64;
    private const int MaxMalformed = 1000;
    private const int MaxPlace = 300;

    private static readonly string[] Sources = ["kubernetes", "prometheus", "nodes", "list"];

    /// <returns>The inventory as it is kept, each image once and in order; or what is wrong with it, as a sentence without its end.</returns>
    public static (ClusterInventory? Inventory, string? Fault) Check(ClusterInventory sent)
    {
        if (sent is not { Source: not null, Images: not null, Platforms: not null } || sent.TakenAt == default)
        {
            return (null, "it needs takenAt, source, images and platforms");
        }

        var fault = !Sources.Contains(sent.Source) ? $"source is one of {string.Join(", ", Sources)}"
            : sent.Images.Count > ClusterInventory.MostImages ? string.Create(CultureInfo.InvariantCulture, $"it has {sent.Images.Count} images, and may have {ClusterInventory.MostImages}")
            : sent.Platforms.Count > MaxPlatforms ? string.Create(CultureInfo.InvariantCulture, $"it has {sent.Platforms.Count} platforms, and may have {MaxPlatforms}")
            : sent.Platforms.Select((platform, place) => IsPlatform(platform) ? null : string.Create(CultureInfo.InvariantCulture, $"platforms[{place}]: '{platform}' is no platform, as linux/amd64 is one")).FirstOrDefault(wrong => wrong is not null) is { } unknown ? unknown
            : null;
        if (fault is not null)
        {
            return (null, fault);
        }

        var images = new SortedDictionary<string, UsedImage>(StringComparer.Ordinal);
        foreach (var (position, image) in sent.Images.Index())
        {
            var place = string.Create(CultureInfo.InvariantCulture, $"images[{position}]");
            if (image is not { Image: not null, Uses: >= 0 })
            {
                return (null, $"{place} needs image, and uses that is no less than 0");
            }

            if (!ImageReference.TryParse(image.Image, out var reference, out fault))
            {
                return (null, $"{place}: '{image.Image}' {fault}");
            }

            if (image.Digests?.Any(digest => digest is null || !Digest.TryParse(digest, out _)) == true)
            {
                return (null, $"{place}: '{image.Digests.First(digest => digest is null || !Digest.TryParse(digest, out _))}' is no digest");
            }

            var name = reference.ToString();
            images[name] = images.TryGetValue(name, out var known) ? Unite(known, image) : Kept(name, image);
        }

        return (sent with { Images = [.. images.Values], Platforms = [.. sent.Platforms.Distinct()], Malformed = Kept(sent.Malformed) }, null);
    }

    private static UsedImage Kept(string name, UsedImage image) => image with { Image = name, Digests = Digests(image.Digests), UsedBy = Places(image.UsedBy) };

    private static UsedImage Unite(UsedImage known, UsedImage same) => known with
    {
        Uses = (int)Math.Min((long)known.Uses + same.Uses, int.MaxValue),
        Digests = Digests([.. known.Digests ?? [], .. same.Digests ?? []]),
        UsedBy = Places([.. known.UsedBy ?? [], .. same.UsedBy ?? []]),
    };

    private static List<MalformedImage>? Kept(IReadOnlyList<MalformedImage>? malformed) => malformed is not { Count: > 0 } ? null
        : [.. malformed.Where(image => image is { Text: not null, Fault: not null }).Take(MaxMalformed).Select(image => new MalformedImage(Short(image.Text), Short(image.Fault)) { UsedBy = Places(image.UsedBy) })];

    private static List<string>? Digests(IReadOnlyList<string>? digests) => digests is not { Count: > 0 } ? null : [.. digests.Distinct(StringComparer.Ordinal).Take(MaxDigests)];

    private static List<string>? Places(IReadOnlyList<string>? places) =>
        places is not { Count: > 0 } ? null : [.. places.Where(place => place is not null).Distinct(StringComparer.Ordinal).Take(UsedImage.MostUsedBy).Select(Short)];

    private static string Short(string text) => text.Length <= MaxPlace ? text : text[..MaxPlace];

    private static bool IsPlatform(string? text)
    {
        try
        {
            return text is not null && !text.Any(char.IsWhiteSpace) && Platform.Parse(text) is not null;
        }
        catch (FormatException)
        {
            return false;
        }
    }
}
