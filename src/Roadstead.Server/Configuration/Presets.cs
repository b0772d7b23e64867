namespace Roadstead.Server.Configuration;

/// <summary>The public registries that a server without <c>endpoints</c> in its configuration mirrors.</summary>
public static class Presets
{
    private static readonly (string Endpoint, string Registry, string Project)[] Registries =
    [
        ("docker-hub", "docker.io", "dockerhub"),
        ("quay", "quay.io", "quay"),
        ("ghcr", "ghcr.io", "ghcr"),
        ("k8s", "registry.k8s.io", "k8s"),
        ("gcr", "gcr.io", "gcr"),
        ("mcr", "mcr.microsoft.com", "mcr"),
        ("ecr-public", "public.ecr.aws", "ecr-public"),
        ("gitlab", "registry.gitlab.com", "gitlab"),
        ("nvcr", "nvcr.io", "nvcr"),
        ("elastic", "docker.elastic.co", "elastic"),
    ];

    public static IReadOnlyList<EndpointOptions> Endpoints { get; } =
    [
        .. Registries.Select(preset => new EndpointOptions
        {
            Name = preset.Endpoint,
            Registry = preset.Registry,

            // Docker Hub alone does not serve under the name that its references bear.
            Url = new Uri($"https://{(preset.Registry == "docker.io" ? "registry-1.docker.io" : preset.Registry)}"),
        }),
    ];

    public static IReadOnlyList<ProjectOptions> Projects { get; } =
        [.. Registries.Select(preset => new ProjectOptions { Name = preset.Project, Endpoint = preset.Endpoint })];
}
