using Roadstead.Oci;

namespace Roadstead.Server.Projects;

/// <summary>Where a request's repository is.</summary>
/// <param name="Project">The project that holds it.</param>
/// <param name="Repository">Its name there, which is its name upstream.</param>
/// <param name="Namespace">The registry of the request's <c>ns</c> parameter, where that decided.</param>
public sealed record Route(Project Project, RepositoryName Repository, RegistryName? Namespace)
{
    /// <summary>True for the repository that is this server's own.</summary>
    public bool IsVerify => Repository == VerifyRepository.Name;
}

/// <summary>What a request's way here says of the project, beside its path.</summary>
/// <param name="Listener">The project that its listener is bound to; null for one that is bound to none.</param>
/// <param name="Host">The host that the client called this server by.</param>
/// <param name="Port">The port it called it by; null where it named none.</param>
public readonly record struct Arrival(string? Listener, string Host, int? Port);

/// <summary>
/// Finds the project that a path means. A prefix wins over <c>ns</c> only if its project mirrors that registry, so that no request is ever answered
/// with another registry's repository: with <c>ns=docker.io</c>, <c>gitlab/gitlab-runner</c> is Docker Hub's.
/// </summary>
public static class ProjectRouter
{
    /// <returns>The route, or the error to answer; exactly one of the two is null.</returns>
    public static (Route? Route, OciError? Error) Find(ProjectSnapshot snapshot, OciPath path, Arrival arrival)
    {
        ArgumentNullException.ThrowIfNull(snapshot);
        ArgumentNullException.ThrowIfNull(path);
        var (whole, error) = OfWholePath(snapshot, path, arrival);
        if (error is not null)
        {
            return (null, error);
        }

        var (named, name) = whole is not null ? (whole, path.Name) : ByPrefix(snapshot, path.Name);
        if (path.Namespace is { } ns && ns != RegistryName.Measuring && named?.Endpoint?.Registry != ns)
        {
            return snapshot.Of(ns) is { } project
                ? Within(project, path.Name, ns)
                : (null, NotMirrored(ns));
        }

        return named is null
            ? (null, new OciError(404, OciErrorCode.NameUnknown, $"Nothing is mirrored under '{path.Name.Split('/')[0]}': a name starts with a project or a mirrored registry."))
            : Within(named, name, path.Namespace == RegistryName.Measuring ? null : path.Namespace);
    }

    /// <summary>Where a registry's repository is, for whoever calls it by the registry's name.</summary>
    /// <returns>As above.</returns>
    public static (Route? Route, OciError? Error) Find(ProjectSnapshot snapshot, RegistryName registry, RepositoryName repository)
    {
        ArgumentNullException.ThrowIfNull(snapshot);
        return snapshot.Of(registry) is { } project ? Within(project, repository.ToString(), registry) : (null, NotMirrored(registry));
    }

    /// <summary>The project whose repositories all paths are that came this way; null where a path must name its own. A mount that names none is an error.</summary>
    public static (Project? Project, OciError? Error) OfWholePath(ProjectSnapshot snapshot, OciPath path, Arrival arrival)
    {
        ArgumentNullException.ThrowIfNull(snapshot);
        ArgumentNullException.ThrowIfNull(path);
        var way = arrival.Listener is { } listener ? snapshot.Named(listener) : snapshot.OnHost(arrival.Host, arrival.Port);
        if (path.Mount is not { } mount)
        {
            return (way, null);
        }

        // A listener bound to one project does not lead to another.
        var mounted = Called(snapshot, mount);
        return mounted is null || (arrival.Listener is not null && mounted != way)
            ? (null, new OciError(404, OciErrorCode.NameUnknown, $"Nothing is mirrored under '/{mount}/v2/': a project or a mirrored registry stands there."))
            : (mounted, null);
    }

    private static OciError NotMirrored(RegistryName registry) => new(404, OciErrorCode.NameUnknown, $"The registry {registry} is not mirrored here.");

    private static (Project? Project, string Name) ByPrefix(ProjectSnapshot snapshot, string path)
    {
        var slash = path.IndexOf('/', StringComparison.Ordinal);
        return slash < 0 ? (null, path) : (Called(snapshot, path[..slash]), path[(slash + 1)..]);
    }

    private static Project? Called(ProjectSnapshot snapshot, string name) =>
        snapshot.Named(name) ?? (RegistryName.TryParse(name, out var registry) ? snapshot.Of(registry) : null);

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

        var route = new Route(project, repository, ns);
        return route.IsVerify || project.Admits(repository)
            ? (route, null)
            : (null, new OciError(404, OciErrorCode.NameUnknown, $"The project {project.Name} does not have {repository}: its include and exclude leave it out."));
    }
}
