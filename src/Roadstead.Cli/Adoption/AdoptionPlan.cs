using Roadstead.Api;
using Roadstead.Oci;

namespace Roadstead.Cli.Adoption;

/// <summary>A registry that a cluster uses and no project of the server mirrors, and what is made for it.</summary>
/// <param name="Registry">Its name in image references.</param>
/// <param name="Images">How many images of it are in use.</param>
/// <param name="Endpoint">The endpoint's name.</param>
/// <param name="Options">The endpoint's options; null: it is there already.</param>
/// <param name="Project">The name of the project that is made.</param>
internal sealed record AdoptedRegistry(string Registry, int Images, string Endpoint, EndpointSpec? Options, string Project);

/// <summary>What the operator says of the registries that are adopted.</summary>
/// <param name="Urls">The URLs of registries that do not serve at https:// and their name, by that name.</param>
/// <param name="Credentials">User names and passwords, by the registry's name.</param>
/// <param name="AllowPrivateAddresses">Whether the server may dial private addresses for them; null: its default.</param>
internal sealed record AdoptionWish(IReadOnlyDictionary<string, string> Urls, Func<string, (string Username, string Password)?> Credentials, bool? AllowPrivateAddresses);

/// <summary>What is to be made so that all that a cluster uses is mirrored; a pure function of what the server says.</summary>
internal static class AdoptionPlan
{
    /// <param name="readiness">The images in use.</param>
    /// <param name="endpoints">Those that the server has.</param>
    /// <param name="projects">Likewise.</param>
    /// <param name="wish">What the operator says.</param>
    public static IReadOnlyList<AdoptedRegistry> Of(ClusterReadiness readiness, EndpointList endpoints, ProjectList projects, AdoptionWish wish)
    {
        var plan = new List<AdoptedRegistry>();
        var endpointNames = endpoints.Endpoints.Select(endpoint => endpoint.Settings.Name!).ToHashSet(StringComparer.Ordinal);
        var projectNames = projects.Projects.Select(project => project.Settings.Name!).ToHashSet(StringComparer.Ordinal);
        var uncovered = readiness.Images.Where(image => image is { State: ImageState.Uncovered, Project: null }).GroupBy(image => ImageReference.Parse(image.Image).Registry.ToString(), StringComparer.Ordinal);
        foreach (var registry in uncovered.OrderBy(group => group.Key, StringComparer.Ordinal))
        {
            var preset = PresetRegistry.All.FirstOrDefault(preset => preset.Registry == registry.Key);
            var known = endpoints.Endpoints.FirstOrDefault(endpoint => endpoint.Settings.Registry == registry.Key);
            var endpoint = known?.Settings.Name ?? Free(preset?.Endpoint ?? Component(registry.Key), endpointNames);
            var project = Free(preset?.Project ?? Component(registry.Key), projectNames);
            plan.Add(new AdoptedRegistry(registry.Key, registry.Count(), endpoint, known is null ? Options(registry.Key, wish) : null, project));
        }

        return plan;
    }

    private static EndpointSpec Options(string registry, AdoptionWish wish)
    {
        var credential = wish.Credentials(registry);
        return new EndpointSpec(registry, wish.Urls.GetValueOrDefault(registry) ?? PresetRegistry.UrlOf(registry).GetLeftPart(UriPartial.Authority))
        {
            Username = credential?.Username,
            Password = credential?.Password,
            AllowPrivateAddresses = wish.AllowPrivateAddresses,
        };
    }

    /// <summary>A registry's name as one component of a path: <c>registry.example:5000</c> is <c>registry.example-5000</c>.</summary>
    private static string Component(string registry)
    {
        var name = registry.Replace("[", "", StringComparison.Ordinal).Replace("]", "", StringComparison.Ordinal).Replace(":", "-", StringComparison.Ordinal).Trim('-', '.', '_');
        return RepositoryName.IsComponent(name) ? name : "registry";
    }

    /// <summary>The name, or the first with a number behind it that nothing has; it is taken from then on.</summary>
    private static string Free(string name, HashSet<string> taken)
    {
        var free = name;
        for (var number = 2; !taken.Add(free); number++)
        {
            free = $"{name}-{number}";
        }

        return free;
    }
}
