namespace Roadstead.Oci;

/// <summary>The media types that a mirror must tell apart.</summary>
/// <remarks>OCI image specification, media-types.md; Docker's image manifest version 2, schema 2.</remarks>
public static class MediaTypes
{
    /// <summary>OCI image index.</summary>
    public const string OciIndex = "application/vnd.oci.image.index.v1+json";

    /// <summary>OCI image manifest, which artifacts use too.</summary>
    public const string OciManifest = "application/vnd.oci.image.manifest.v1+json";

    /// <summary>The artifact manifest that OCI 1.1 dropped before its release; registries still hold some.</summary>
    public const string OciArtifact = "application/vnd.oci.artifact.manifest.v1+json";

    /// <summary>Docker's manifest list.</summary>
    public const string DockerList = "application/vnd.docker.distribution.manifest.list.v2+json";

    /// <summary>Docker's image manifest, schema 2.</summary>
    public const string DockerManifest = "application/vnd.docker.distribution.manifest.v2+json";

    /// <summary>What a blob is served as: its descriptor, not the server, knows its type.</summary>
    public const string OctetStream = "application/octet-stream";

    /// <summary>All types of manifests that upstreams are asked for, so that none of them converts.</summary>
    public static readonly IReadOnlyList<string> Manifests = [OciIndex, OciManifest, DockerList, DockerManifest, OciArtifact];

    /// <summary>True for an index or a manifest list.</summary>
    public static bool IsIndex(string mediaType) => mediaType is OciIndex or DockerList;

    /// <summary>True for any type of manifest, index included.</summary>
    public static bool IsManifest(string mediaType) => Manifests.Contains(mediaType, StringComparer.Ordinal);

    /// <summary>True for <c>type/subtype</c> of the characters and length that a media type may have.</summary>
    /// <remarks>RFC 6838 section 4.2.</remarks>
    public static bool IsMediaType(string text)
    {
        ArgumentNullException.ThrowIfNull(text);
        return text.Split('/') is [var type, var subtype] && IsRestrictedName(type) && IsRestrictedName(subtype);
    }

    private static bool IsRestrictedName(string name) =>
        name.Length is > 0 and <= 127 && char.IsAsciiLetterOrDigit(name[0]) && name.All(letter => char.IsAsciiLetterOrDigit(letter) || "!#$&-^_.+".Contains(letter, StringComparison.Ordinal));

    /// <summary>True for layers that only their own URLs have: clients fetch these themselves.</summary>
    public static bool IsForeignLayer(string mediaType)
    {
        ArgumentNullException.ThrowIfNull(mediaType);
        return mediaType.Contains(".foreign.", StringComparison.Ordinal) || mediaType.Contains(".nondistributable.", StringComparison.Ordinal);
    }
}
