using System.Text.Json.Serialization;
using Roadstead.Api;

namespace Roadstead.Cli.Adoption;

/// <summary>What an adoption would do, for scripts.</summary>
/// <param name="Cluster">The cluster.</param>
/// <param name="Registries">Those that no project mirrors.</param>
/// <param name="Keep">The server is told what the cluster uses, which it did not know so far.</param>
/// <param name="Images">How many images are in use.</param>
/// <param name="Ready">How many of them could be pulled already with every upstream cut off.</param>
public sealed record PlannedAdoption(string Cluster, IReadOnlyList<PlannedRegistry> Registries, bool Keep, int Images, int Ready)
{
    internal static PlannedAdoption Of(IReadOnlyList<AdoptedRegistry> plan, IReadOnlyDictionary<string, EndpointTest> tests, ClusterReadiness readiness, string cluster, bool isKept) => new(
        cluster,
        [.. plan.Select(registry => new PlannedRegistry(registry.Registry, registry.Images, registry.Endpoint, registry.Options?.Url, registry.Project) { LeftOut = AdoptionText.Fault(registry, tests) })],
        !isKept,
        readiness.Images.Count,
        readiness.Ready);
}

/// <summary>What would be made for a registry.</summary>
/// <param name="Registry">Its name in image references.</param>
/// <param name="Images">How many images of it are in use.</param>
/// <param name="Endpoint">The endpoint's name.</param>
/// <param name="Url">Where it would be asked; null: the endpoint is there already.</param>
/// <param name="Project">The project's name.</param>
public sealed record PlannedRegistry(string Registry, int Images, string Endpoint, string? Url, string Project)
{
    /// <summary>Why it would be left out; null: it would not.</summary>
    public string? LeftOut { get; init; }
}

[JsonSourceGenerationOptions(PropertyNamingPolicy = JsonKnownNamingPolicy.CamelCase, DefaultIgnoreCondition = JsonIgnoreCondition.WhenWritingNull)]
[JsonSerializable(typeof(PlannedAdoption))]
internal sealed partial class AdoptionJson : JsonSerializerContext;
