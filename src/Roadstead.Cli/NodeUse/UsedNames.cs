using Roadstead.Api;
using Roadstead.Oci;

namespace Roadstead.Cli.NodeUse;

/// <summary>
/// Which images containers use, by the names that lead to a registry. A specification's own words are the truth; where a runtime has only an id, the image's name is taken if it has but one,
/// else its digests: of several names nobody knows which was meant.
/// </summary>
internal static class UsedNames
{
    private const string Prefix = "sha256:";
    private const int IdLength = 64;

    // Images that were built on the node have such names, and no registry has them.
    private const string BuiltHere = "localhost/";

    /// <returns>Each name once, the most used first.</returns>
    public static IReadOnlyList<UsedImage> Of(RuntimeUse.Told told)
    {
        var held = new Dictionary<string, KnownImage>(StringComparer.Ordinal);
        foreach (var image in told.Images)
        {
            held[Bare(image.Id)] = image;
        }

        // Docker does not tell of what image a container is; it names one by a tag only while that is the same.
        var byTag = told.Images.SelectMany(image => image.Tags.Select(Whole).OfType<string>().Select(tag => (Tag: tag, Image: image))).ToLookup(pair => pair.Tag, pair => pair.Image);
        var used = told.Containers.SelectMany(container => Names(container.Name, Held(container, held) ?? (container.ImageId is null && Whole(container.Name) is { } whole ? byTag[whole].FirstOrDefault() : null)));
        return Unite(used.Select(image => new UsedImage(image.Name, 1) { Digests = image.Digests }));
    }

    /// <summary>Each name once, the most used first.</summary>
    public static IReadOnlyList<UsedImage> Unite(IEnumerable<UsedImage> images) =>
    [
        .. images.GroupBy(image => image.Image, StringComparer.Ordinal)
            .Select(same => new UsedImage(same.Key, same.Sum(image => image.Uses)) { Digests = same.SelectMany(image => image.Digests ?? []).Distinct(StringComparer.Ordinal).ToList() is { Count: > 0 } digests ? digests : null })
            .OrderByDescending(image => image.Uses).ThenBy(image => image.Image, StringComparer.Ordinal),
    ];

    private static IEnumerable<(string Name, IReadOnlyList<string>? Digests)> Names(string name, KnownImage? image)
    {
        if (!IsId(name, image))
        {
            return name.StartsWith(BuiltHere, StringComparison.Ordinal) ? [] : [(name, Digests(name, image))];
        }

        var tags = (image?.Tags ?? []).Where(IsName).ToList();
        return tags is [var only] ? only.StartsWith(BuiltHere, StringComparison.Ordinal) ? [] : [(only, Digests(only, image))]
            : (image?.Digests ?? []).Where(IsName).Where(digest => !digest.StartsWith(BuiltHere, StringComparison.Ordinal)).Select(digest => (digest, (IReadOnlyList<string>?)null));
    }

    /// <summary>The digests that a name with a tag stood for: those of its image, unless that is known from elsewhere too. Runtimes put every name of an image together with every digest.</summary>
    private static List<string>? Digests(string name, KnownImage? image)
    {
        if (image is null || !ImageReference.TryParse(name, out var reference, out _) || !reference.Reference.IsTag)
        {
            return null;
        }

        var names = image.Tags.Concat(image.Digests).Where(IsName).Select(text => ImageReference.TryParse(text, out var one, out _) ? one : null).ToList();
        return names.Count > 0 && names.TrueForAll(one => one is not null && one.Registry == reference.Registry && one.Repository == reference.Repository)
            ? [.. names.Where(one => !one!.Reference.IsTag).Select(one => one!.Reference.ToString()).Distinct(StringComparer.Ordinal)]
            : null;
    }

    private static KnownImage? Held(ContainerImage container, Dictionary<string, KnownImage> held) =>
        container.ImageId is { Length: > 0 } id && held.TryGetValue(Bare(id), out var image) ? image
        : held.TryGetValue(Bare(container.Name), out image) ? image
        : IsHex(container.Name) ? held.FirstOrDefault(one => one.Key.StartsWith(container.Name, StringComparison.Ordinal)).Value
        : null;

    /// <summary>Docker leaves an id as short as somebody typed it.</summary>
    private static bool IsId(string name, KnownImage? image) =>
        name.Length == 0 || name.StartsWith(Prefix, StringComparison.Ordinal) || (IsHex(name) && (name.Length == IdLength || (image is not null && Bare(image.Id).StartsWith(name, StringComparison.Ordinal))));

    private static bool IsHex(string text) => text.Length > 0 && text.All(char.IsAsciiHexDigitLower);

    private static bool IsName(string text) => !text.Contains("<none>", StringComparison.Ordinal);

    private static string Bare(string id) => id.StartsWith(Prefix, StringComparison.Ordinal) ? id[Prefix.Length..] : id;

    private static string? Whole(string name) => ImageReference.TryParse(name, out var reference, out _) ? reference.ToString() : null;
}
