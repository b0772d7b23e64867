using Roadstead.Oci;

namespace Roadstead.Server.Projects;

/// <summary>Where a request's repository is.</summary>
/// <param name="Project">The project that holds it.</param>
/// <param name="Repository">Its name there, which is its name upstream.</param>
/// <param name="Namespace">The registry of the request's <c>ns</c> parameter, where that decided.</param>
public sealed record Route(Project Project, RepositoryName Repository, RegistryName? Namespace);

/// <summary>
/// Finds the project that a path means. A prefix wins over <c>ns</c> only if its project mirrors that registry, so that no request is ever answered
/// with another registry's repository: with <c>ns=docker.io</c>, <c>gitlab/gitlab-runner</c> is Docker Hub's.
/// </summary>
public static class ProjectRouter
{
    /// <returns>The route, or the error to answer; exactly one of the two is null.</returns>
    public static (Route? Route, OciError? Error) Find(ProjectSnapshot snapshot, OciPath path)
    {
        ArgumentNullException.ThrowIfNull(snapshot);
        ArgumentNullException.ThrowIfNull(path);
        var slash = path.Name.IndexOf('/', StringComparison.Ordinal);
        var prefix = slash < 0 ? null : path.Name[..slash];
        var named = prefix is null ? null : ByPrefix(snapshot, prefix);

        if (path.Namespace is not { } ns)
        {
            return named is null
                ? (null, new OciError(404, OciErrorCode.NameUnknown, $"Nothing is mirrored under '{prefix ?? path.Name}': a name starts with a project or a mirrored registry."))
                : Within(named, path.Name[(slash + 1)..], null);
        }

        if (named?.Endpoint?.Registry == ns)
        {
            return Within(named, path.Name[(slash + 1)..], ns);
        }

        return snapshot.Of(ns) is { } project
            ? Within(project, path.Name, ns)
            : (null, new OciError(404, OciErrorCode.NameUnknown, $"The registry {ns} is not mirrored here."));
    }

    private static Project? ByPrefix(ProjectSnapshot snapshot, string prefix) =>
        snapshot.Named(prefix) ?? (RegistryName.TryParse(prefix, out var registry) ? snapshot.Of(registry) : null);

    private static (Route?, OciError?) Within(Project project, string name, RegistryName? ns)
    {
        if (!RepositoryName.TryParse(name, out var repository))
        {
            return (null, new OciError(400, OciErrorCode.NameInvalid, "The repository name is invalid."));
        }

        // Docker Hub's official images are written with one part and held under library/.
        if (project.Endpoint?.Registry == RegistryName.DockerHub && repository.IsSingle
            && !RepositoryName.TryParse($"library/{name}", out repository))
        {
            return (null, new OciError(400, OciErrorCode.NameInvalid, "The repository name is too long."));
        }

        if (!project.Options.Public)
        {
            return (null, new OciError(403, OciErrorCode.Denied, $"The project {project.Name} is private, and this release cannot tell clients apart: it serves nobody."));
        }

        return project.Admits(repository)
            ? (new Route(project, repository, ns), null)
            : (null, new OciError(404, OciErrorCode.NameUnknown, $"The project {project.Name} excludes {repository}."));
    }
}
