namespace Roadstead.Api;

/// <summary>A public registry that a server without <c>endpoints</c> in its configuration mirrors.</summary>
/// <param name="Endpoint">The endpoint's name.</param>
/// <param name="Registry">The registry's name in image references.</param>
/// <param name="Project">The project's name.</param>
public sealed record PresetRegistry(string Endpoint, string Registry, string Project)
{
    /// <summary>All of them, in the order in which they are declared.</summary>
    public static IReadOnlyList<PresetRegistry> All { get; } =
    [
        new("docker-hub", "docker.io", "dockerhub"),
        new("quay", "quay.io", "quay"),
        new("ghcr", "ghcr.io", "ghcr"),
        new("k8s", "registry.k8s.io", "k8s"),
        new("gcr", "gcr.io", "gcr"),
        new("mcr", "mcr.microsoft.com", "mcr"),
        new("ecr-public", "public.ecr.aws", "ecr-public"),
        new("gitlab", "registry.gitlab.com", "gitlab"),
        new("nvcr", "nvcr.io", "nvcr"),
        new("elastic", "docker.elastic.co", "elastic"),
    ];

    /// <summary>Where a registry serves; Docker Hub alone does not under the name that its references bear.</summary>
    /// <param name="registry">Its name in image references.</param>
    public static Uri UrlOf(string registry) => new($"https://{(registry == "docker.io" ? "registry-1.docker.io" : registry)}");
}
