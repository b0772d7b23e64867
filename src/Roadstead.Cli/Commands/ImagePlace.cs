using System.Diagnostics.CodeAnalysis;
using Roadstead.Api;
using Roadstead.Cli.Output;
using Roadstead.Oci;

namespace Roadstead.Cli.Commands;

/// <summary>Finds the project and repository that a pull of a name would lead to.</summary>
/// <param name="list">What the server mirrors.</param>
internal sealed class ImagePlace(MirrorList list)
{
    /// <param name="place">A project, or a registry that a project answers for.</param>
    /// <param name="project">The project.</param>
    /// <param name="fault">Why there is none, as a sentence.</param>
    public bool TryFind(string place, [NotNullWhen(true)] out string? project, [NotNullWhen(false)] out string? fault)
    {
        fault = null;
        project = list.Mirrors.Any(mirror => mirror.Project == place) ? place
            : RegistryName.TryParse(place, out var registry) ? (Of(registry).FirstOrDefault(mirror => mirror.Primary) ?? Of(registry).FirstOrDefault())?.Project
            : null;

        // What a project held stays for a while when the project is gone.
        project ??= RegistryName.LooksLikeHost(place) || !RepositoryName.IsComponent(place) ? null : place;
        if (project is not null)
        {
            return true;
        }

        fault = Printable.Line($"{place} is neither a project nor a registry that the server mirrors; it has {string.Join(", ", list.Mirrors.Select(mirror => $"{mirror.Project} ({mirror.Registry})"))}.");
        return false;
    }

    /// <summary>The registry that a project mirrors; null: there is no such project.</summary>
    public string? RegistryOf(string project) => list.Mirrors.FirstOrDefault(mirror => mirror.Project == project)?.Registry;

    /// <summary>Docker Hub's official images are held under <c>library/</c>, whatever they are called.</summary>
    public RepositoryName Repository(string project, RepositoryName repository) =>
        repository.IsSingle && Of(RegistryName.DockerHub).Any(mirror => mirror.Project == project) ? RepositoryName.Parse($"library/{repository}") : repository;

    private IEnumerable<MirroredRegistry> Of(RegistryName registry) => list.Mirrors.Where(mirror => RegistryName.TryParse(mirror.Registry, out var known) && known == registry);
}
