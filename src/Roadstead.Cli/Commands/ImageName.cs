using System.Diagnostics.CodeAnalysis;
using Roadstead.Oci;

namespace Roadstead.Cli.Commands;

/// <summary>An image as it is pulled: <c>dockerhub/library/nginx:1.25</c>, <c>docker.io/nginx:1.25</c>, <c>…@sha256:…</c>.</summary>
/// <param name="Place">The project, or the registry.</param>
/// <param name="Repository">What follows it.</param>
/// <param name="Reference">A tag or a digest; of both the digest counts, as with pulls.</param>
internal sealed record ImageName(string Place, RepositoryName Repository, Reference Reference)
{
    /// <summary>As it may be typed again.</summary>
    public override string ToString() => $"{Place}/{Repository}{(Reference.IsTag ? ":" : "@")}{Reference}";

    /// <param name="text">What was typed.</param>
    /// <param name="name">What it means.</param>
    /// <param name="fault">What is wrong with it, to be put after it.</param>
    public static bool TryParse(string text, [NotNullWhen(true)] out ImageName? name, [NotNullWhen(false)] out string? fault)
    {
        name = null;
        var at = text.IndexOf('@', StringComparison.Ordinal);
        var path = at < 0 ? text : text[..at];
        var colon = path.IndexOf(':', Math.Max(0, path.LastIndexOf('/')));
        var tag = colon < 0 ? null : path[(colon + 1)..];
        path = colon < 0 ? path : path[..colon];
        var slash = path.IndexOf('/', StringComparison.Ordinal);
        if (slash <= 0)
        {
            fault = "must begin with a project or a registry, as dockerhub/library/nginx:1.25 or docker.io/library/nginx:1.25";
            return false;
        }

        Reference reference = default;
        fault = !RepositoryName.TryParse(path[(slash + 1)..], out var repository) ? "names no repository that there can be"
            : at < 0 && tag is null ? "must end with a tag or a digest, as :1.25 or @sha256:…"
            : tag is not null && !(Reference.TryParse(tag, out reference) && reference.IsTag) ? "has no tag that there can be"
            : at >= 0 && !(Reference.TryParse(text[(at + 1)..], out reference) && !reference.IsTag) ? "has no digest that there can be; one is sha256: and 64 hexadecimal digits"
            : null;
        name = fault is null ? new ImageName(path[..slash], repository, reference) : null;
        return fault is null;
    }
}
