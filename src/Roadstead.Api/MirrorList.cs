namespace Roadstead.Api;

/// <summary>What a node needs to know to pull through a server: <c>GET /api/v2.0/roadstead/mirrors</c>.</summary>
/// <param name="Url">What clients call the server: scheme, host and port, without a slash at the end.</param>
/// <param name="Ca">The certificate of the authority that nodes must trust, as PEM; null where the server has no CA of its own.</param>
/// <param name="Mirrors">In the server's order of declaration.</param>
public sealed record MirrorList(string Url, string? Ca, IReadOnlyList<MirroredRegistry> Mirrors)
{
    /// <summary>Where the list is, below the server's URL.</summary>
    public const string Path = "/api/v2.0/roadstead/mirrors";
}

/// <summary>A registry that a project of the server mirrors.</summary>
/// <param name="Registry">Its name in image references, as <c>docker.io</c>.</param>
/// <param name="Project">The project, as <c>dockerhub</c>.</param>
/// <param name="Upstream">The URL under which the server asks the registry, as <c>https://registry-1.docker.io</c>.</param>
/// <param name="Public">Pulling takes no credential.</param>
/// <param name="Primary">Of the projects that mirror this registry, the one that answers for its name.</param>
/// <param name="Root">A URL of the server below whose <c>/v2/</c> the project's repositories begin, for clients that cannot name a project; null: there is none.</param>
public sealed record MirroredRegistry(string Registry, string Project, string Upstream, bool Public, bool Primary, string? Root);
