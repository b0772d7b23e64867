using System.Diagnostics.CodeAnalysis;

namespace Roadstead.Oci;

/// <summary>An image as manifests of Kubernetes and clients write it, with all that a runtime adds to it: <c>nginx</c> is <c>docker.io/library/nginx:latest</c>.</summary>
/// <param name="Registry">The registry; Docker Hub where the text names none.</param>
/// <param name="Repository">The repository; below <c>library/</c> where it is of one part and Docker Hub's.</param>
/// <param name="Reference">The digest, if there is one; else the tag, which is <c>latest</c> where there is neither.</param>
/// <remarks>
/// https://github.com/distribution/reference/blob/main/normalize.go (ParseDockerRef), which CRI-O, containerd and Docker all go by: of a tag and a digest only the digest
/// counts.
/// </remarks>
public sealed record ImageReference(RegistryName Registry, RepositoryName Repository, Reference Reference)
{
    // https://github.com/distribution/reference/blob/main/reference.go: so a name is never taken for an image's ID.
    private const int IdLength = 64;
    private const string IdPrefix = "sha256:";

    // Where Docker Hub serves; a runtime takes only index.docker.io for it, and asks this one as a registry of its own.
    private const string HubServer = "registry-1.docker.io";
    private const string Latest = "latest";

    /// <summary>The whole reference, which every runtime reads as the same image.</summary>
    public override string ToString() => $"{Registry}/{Repository}{(Reference.IsTag ? ":" : "@")}{Reference}";

    /// <param name="text">What was written.</param>
    /// <param name="image">What it means.</param>
    /// <param name="fault">What is wrong with it; continues a sentence that begins with it.</param>
    public static bool TryParse(string text, [NotNullWhen(true)] out ImageReference? image, [NotNullWhen(false)] out string? fault)
    {
        ArgumentNullException.ThrowIfNull(text);
        image = null;
        var (name, tag, digest) = Split(text);
        if ((text.Length == IdLength || (text.Length == IdLength + IdPrefix.Length && text.StartsWith(IdPrefix, StringComparison.Ordinal))) && text[^IdLength..].All(char.IsAsciiHexDigitLower))
        {
            fault = "is the ID of an image, which no registry knows";
            return false;
        }

        var slash = name.IndexOf('/', StringComparison.Ordinal);
        var hasHost = slash > 0 && IsHost(name[..slash]);
        var registry = RegistryName.DockerHub;
        var path = hasHost ? name[(slash + 1)..] : name;
        var reference = default(Reference);
        fault = name.Length == 0 ? "names no repository"
            : hasHost && name[..slash].Equals(HubServer, StringComparison.OrdinalIgnoreCase) ? "names the host of Docker Hub, which runtimes take for a registry of its own: no mirror of docker.io is asked for it. Write docker.io"
            : hasHost && !(RegistryName.TryParse(name[..slash], out registry) && RegistryName.LooksLikeHost(name[..slash])) ? "has no registry that there can be"
            : digest is not null && !(Reference.TryParse(digest, out reference) && !reference.IsTag) ? "has no digest that there can be; one is sha256: and 64 hexadecimal digits"
            : tag is not null && !(Reference.TryParse(tag, out var named) && named.IsTag) ? "has no tag that there can be"
            : digest is null && !Reference.TryParse(tag ?? Latest, out reference) ? "has no tag that there can be"
            : path.Any(char.IsAsciiLetterUpper) ? "has upper case letters in its repository"
            : !RepositoryName.TryParse(registry == RegistryName.DockerHub && !path.Contains('/', StringComparison.Ordinal) ? $"library/{path}" : path, out var repository) ? "names no repository that there can be"
            : Set(registry, repository, reference, out image);
        return fault is null;
    }

    /// <summary>Reads what is known to be right.</summary>
    /// <exception cref="FormatException">It is not.</exception>
    public static ImageReference Parse(string text) => TryParse(text, out var image, out var fault) ? image : throw new FormatException($"'{text}' {fault}.");

    private static string? Set(RegistryName registry, RepositoryName repository, Reference reference, out ImageReference? image)
    {
        image = new ImageReference(registry, repository, reference);
        return null;
    }

    private static (string Name, string? Tag, string? Digest) Split(string text)
    {
        var at = text.IndexOf('@', StringComparison.Ordinal);
        var (rest, digest) = at < 0 ? (text, null) : (text[..at], text[(at + 1)..]);
        var colon = rest.IndexOf(':', rest.LastIndexOf('/') + 1);
        return colon < 0 ? (rest, null, digest) : (rest[..colon], rest[(colon + 1)..], digest);
    }

    /// <summary>As clients have it: a first part that can be no repository of Docker Hub's.</summary>
    private static bool IsHost(string first) => RegistryName.LooksLikeHost(first) || first.Any(char.IsAsciiLetterUpper);
}
