namespace Roadstead.Inventory.Kubernetes;

/// <summary>An image as an object names it.</summary>
/// <param name="Text">As it is written in the specification, which is the truth.</param>
/// <param name="ImageId">What the status says of it; null: nothing.</param>
internal readonly record struct NamedImage(string Text, string? ImageId);

/// <summary>What is kept of an object of the cluster.</summary>
/// <param name="Place">What it is called in the inventory, as <c>prod/Deployment/web</c>.</param>
/// <param name="Images">What it uses.</param>
internal sealed record ObjectImages(string Place, IReadOnlyList<NamedImage> Images)
{
    private const string RelatedImage = "RELATED_IMAGE_";

    /// <summary>What Istio's templates have where the sidecar's injector puts an image.</summary>
    /// <remarks>https://istio.io/latest/docs/setup/additional-setup/gateway/.</remarks>
    private const string Injected = "auto";

    /// <summary>Of a node, as <c>linux/amd64</c>; null: of others, and where it is not told.</summary>
    public string? Platform { get; init; }

    /// <summary>Whether both tell the same.</summary>
    public bool IsSame(ObjectImages other) => Place == other.Place && Platform == other.Platform && Images.SequenceEqual(other.Images);

    /// <summary>Notes all of it.</summary>
    public void AddTo(InventoryBuilder builder)
    {
        foreach (var (text, imageId) in Images)
        {
            builder.Add(text, Place, 1, imageId);
        }

        if (Platform is not null)
        {
            builder.AddPlatform(Platform);
        }
    }

    /// <param name="item">What the API told.</param>
    /// <param name="kind">Its kind, which lists of one kind leave out.</param>
    /// <param name="withRelated">Count what operators are told to use by variables <c>RELATED_IMAGE_…</c>.</param>
    public static ObjectImages Of(KubernetesObject item, string kind, bool withRelated)
    {
        var isPod = kind == WorkloadKind.Pod.Kind;
        var images = new List<NamedImage>();

        // What is over is not started again: whatever would, as a job, counts itself.
        if (!(isPod && item.Status?.Phase is "Succeeded" or "Failed") && PodSpec(item.Spec) is { } spec)
        {
            Containers(images, spec.InitContainers, item.Status?.InitContainerStatuses, isPod, withRelated);
            Containers(images, spec.Containers, item.Status?.ContainerStatuses, isPod, withRelated);
            Containers(images, spec.EphemeralContainers, item.Status?.EphemeralContainerStatuses, isPod, withRelated);
            images.AddRange((spec.Volumes ?? []).Select(volume => volume?.Image?.Reference).OfType<string>().Where(text => text.Length > 0).Select(text => new NamedImage(text, null)));
        }

        return new ObjectImages(PlaceOf(item.Metadata, kind), images)
        {
            Platform = item.Status?.NodeInfo is { OperatingSystem: { Length: > 0 } system, Architecture: { Length: > 0 } architecture } ? $"{system}/{architecture}" : null,
        };
    }

    private static WorkloadSpec? PodSpec(WorkloadSpec? spec) => spec?.JobTemplate?.Spec?.Template?.Spec ?? spec?.Template?.Spec ?? spec;

    /// <summary>What is made by a controller is told as the controller, since that is what people know: names of pods come and go.</summary>
    private static string PlaceOf(ObjectMetadata? metadata, string kind)
    {
        var owner = metadata?.OwnerReferences?.FirstOrDefault(owner => owner is { Controller: true, Kind: not null, Name: not null });
        var (ofKind, name) = owner is null or { Kind: "Node" } ? (kind, metadata?.Name) : (owner.Kind, owner.Name);
        return metadata?.Namespace is { Length: > 0 } space ? $"{space}/{ofKind}/{name}" : $"{ofKind}/{name}";
    }

    private static void Containers(List<NamedImage> images, IReadOnlyList<Container?>? containers, IReadOnlyList<ContainerStatus?>? statuses, bool isPod, bool withRelated)
    {
        foreach (var container in containers ?? [])
        {
            if (container?.Image is { Length: > 0 } text && (isPod || text != Injected))
            {
                images.Add(new NamedImage(text, statuses?.FirstOrDefault(status => status?.Name == container.Name)?.ImageId));
            }

            if (withRelated)
            {
                images.AddRange((container?.Env ?? []).Where(variable => variable is { Value.Length: > 0 } && variable.Name?.StartsWith(RelatedImage, StringComparison.Ordinal) == true).Select(variable => new NamedImage(variable.Value!, null)));
            }
        }
    }
}
