using System.Text.Json;
using System.Text.Json.Serialization;

namespace Roadstead.Inventory.Kubernetes;

/// <summary>Of any object that names images, what says which; the rest is skipped while it is read.</summary>
/// <remarks>https://kubernetes.io/docs/reference/kubernetes-api/. A pod has its containers in its specification, others in a template there, a CronJob in the template of its jobs.</remarks>
internal sealed record KubernetesObject
{
    public string? Kind { get; init; }

    public ObjectMetadata? Metadata { get; init; }

    public WorkloadSpec? Spec { get; init; }

    public WorkloadStatus? Status { get; init; }
}

internal sealed record ObjectMetadata
{
    public string? Name { get; init; }

    public string? Namespace { get; init; }

    public string? Uid { get; init; }

    public string? ResourceVersion { get; init; }

    public IReadOnlyList<OwnerReference>? OwnerReferences { get; init; }
}

internal sealed record OwnerReference
{
    public string? Kind { get; init; }

    public string? Name { get; init; }

    public bool Controller { get; init; }
}

internal sealed record WorkloadSpec
{
    public IReadOnlyList<Container>? Containers { get; init; }

    public IReadOnlyList<Container>? InitContainers { get; init; }

    public IReadOnlyList<Container>? EphemeralContainers { get; init; }

    public IReadOnlyList<Volume>? Volumes { get; init; }

    public WorkloadTemplate? Template { get; init; }

    public WorkloadTemplate? JobTemplate { get; init; }
}

internal sealed record WorkloadTemplate
{
    public WorkloadSpec? Spec { get; init; }
}

internal sealed record Container
{
    public string? Name { get; init; }

    public string? Image { get; init; }

    public IReadOnlyList<EnvironmentVariable>? Env { get; init; }
}

internal sealed record EnvironmentVariable
{
    public string? Name { get; init; }

    public string? Value { get; init; }
}

internal sealed record Volume
{
    public ImageVolume? Image { get; init; }
}

internal sealed record ImageVolume
{
    public string? Reference { get; init; }
}

internal sealed record WorkloadStatus
{
    public string? Phase { get; init; }

    public IReadOnlyList<ContainerStatus>? ContainerStatuses { get; init; }

    public IReadOnlyList<ContainerStatus>? InitContainerStatuses { get; init; }

    public IReadOnlyList<ContainerStatus>? EphemeralContainerStatuses { get; init; }

    public NodeInfo? NodeInfo { get; init; }
}

internal sealed record ContainerStatus
{
    public string? Name { get; init; }

    [JsonPropertyName("imageID")]
    public string? ImageId { get; init; }
}

internal sealed record NodeInfo
{
    public string? OperatingSystem { get; init; }

    public string? Architecture { get; init; }
}

/// <summary>A page of a list.</summary>
internal sealed record ObjectPage
{
    public ListMetadata? Metadata { get; init; }

    public IReadOnlyList<KubernetesObject?>? Items { get; init; }
}

internal sealed record ListMetadata
{
    public string? ResourceVersion { get; init; }

    public string? Continue { get; init; }
}

/// <summary>A line of a watch.</summary>
internal sealed record WatchEvent
{
    /// <summary>ADDED, MODIFIED, DELETED, BOOKMARK or ERROR.</summary>
    public string? Type { get; init; }

    /// <summary>The object; of an error the status.</summary>
    public JsonElement Object { get; init; }
}

/// <summary>What the API says of a request that failed.</summary>
internal sealed record ApiStatus
{
    public string? Message { get; init; }

    public string? Reason { get; init; }

    public int? Code { get; init; }
}

[JsonSourceGenerationOptions(PropertyNamingPolicy = JsonKnownNamingPolicy.CamelCase)]
[JsonSerializable(typeof(KubernetesObject))]
[JsonSerializable(typeof(ObjectPage))]
[JsonSerializable(typeof(WatchEvent))]
[JsonSerializable(typeof(ApiStatus))]
[JsonSerializable(typeof(string))]
internal sealed partial class KubernetesJson : JsonSerializerContext;
