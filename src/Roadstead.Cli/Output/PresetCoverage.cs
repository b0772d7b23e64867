using System.Text.Json.Serialization;
using Roadstead.Api;

namespace Roadstead.Cli.Output;

/// <summary>What a cluster runs, and which of it a server would cover that was told nothing of what to mirror. An inventory as the API takes it, and more.</summary>
/// <param name="TakenAt">When it was so.</param>
/// <param name="Source">Where it is from, as <see cref="ClusterInventory.Source"/>.</param>
/// <param name="Registries">Each registry once, the one with most images first.</param>
/// <param name="Images">Each image, in the order of their references.</param>
/// <param name="Platforms">Of the nodes.</param>
/// <param name="Malformed">What can be no image; null: nothing.</param>
public sealed record PresetCoverage(
    DateTimeOffset TakenAt, string Source, IReadOnlyList<RegistryUse> Registries, IReadOnlyList<CoveredImage> Images, IReadOnlyList<string> Platforms, IReadOnlyList<MalformedImage>? Malformed)
{
    /// <param name="inventory">What the cluster runs.</param>
    public static PresetCoverage Of(ClusterInventory inventory)
    {
        var projects = PresetRegistry.All.ToDictionary(preset => preset.Registry, preset => preset.Project, StringComparer.Ordinal);
        var images = inventory.Images.Select(image => new CoveredImage(image.Image, image.Uses, projects.GetValueOrDefault(RegistryUse.Of(image.Image)), image.Digests, image.UsedBy)).ToList();
        return new PresetCoverage(
            inventory.TakenAt, inventory.Source, RegistryUse.All(images.Select(image => (image.Image, image.Uses, image.Project))), images, inventory.Platforms, inventory.Malformed);
    }
}

/// <summary>What a cluster runs of a registry.</summary>
/// <param name="Registry">The registry.</param>
/// <param name="Images">How many images.</param>
/// <param name="Uses">How many containers, volumes and templates name them.</param>
/// <param name="Projects">The projects that mirror them; empty: none does.</param>
public sealed record RegistryUse(string Registry, int Images, long Uses, IReadOnlyList<string> Projects)
{
    /// <summary>The registry of a whole reference.</summary>
    public static string Of(string image) => image[..Math.Max(0, image.IndexOf('/', StringComparison.Ordinal))];

    /// <summary>Each registry once, the one with most images first.</summary>
    public static IReadOnlyList<RegistryUse> All(IEnumerable<(string Image, int Uses, string? Project)> images) =>
    [
        .. images.GroupBy(image => Of(image.Image), StringComparer.Ordinal)
            .Select(registry => new RegistryUse(registry.Key, registry.Count(), registry.Sum(image => (long)image.Uses), [.. registry.Select(image => image.Project).OfType<string>().Distinct().Order(StringComparer.Ordinal)]))
            .OrderByDescending(registry => registry.Images).ThenBy(registry => registry.Registry, StringComparer.Ordinal),
    ];
}

/// <summary>An image in use.</summary>
/// <param name="Image">Its whole reference.</param>
/// <param name="Uses">How many containers, volumes and templates name it.</param>
/// <param name="Project">The project that would mirror it; null: none would.</param>
/// <param name="Digests">Those that statuses gave for it; null: none did.</param>
/// <param name="UsedBy">Where it is used; a few of them; null: not known.</param>
public sealed record CoveredImage(string Image, int Uses, string? Project, IReadOnlyList<string>? Digests, IReadOnlyList<string>? UsedBy);

[JsonSourceGenerationOptions(PropertyNamingPolicy = JsonKnownNamingPolicy.CamelCase, DefaultIgnoreCondition = JsonIgnoreCondition.WhenWritingNull)]
[JsonSerializable(typeof(PresetCoverage))]
internal sealed partial class PresetCoverageJson : JsonSerializerContext;
