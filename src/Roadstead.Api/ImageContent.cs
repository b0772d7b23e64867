using System.Text.Json.Serialization;

namespace Roadstead.Api;

/// <summary>What an image consists of, of what its server keeps of it: <c>GET /api/v2.0/roadstead/content</c>.</summary>
/// <param name="Registry">The registry that it was fetched from.</param>
/// <param name="Digest">Its top manifest.</param>
/// <param name="Manifests">The manifests that are held, the top one first; of an index those that are kept of it.</param>
/// <param name="Blobs">The blobs that these name, in the order in which they are named.</param>
/// <param name="Lacks">What is not held.</param>
public sealed record ImageContent(string Registry, string Digest, IReadOnlyList<string> Manifests, IReadOnlyList<ContentBlob> Blobs, ImageLack Lacks)
{
    /// <summary>Where it is told what an image consists of, below the server's URL.</summary>
    public const string Path = "/api/v2.0/roadstead/content";

    /// <summary>Where manifests are read and stored.</summary>
    public const string ManifestPath = Path + "/manifests";

    /// <summary>Where tags are set.</summary>
    public const string TagPath = Path + "/tags";

    /// <summary>Where blobs are read and stored.</summary>
    public const string BlobPath = Path + "/blobs";

    /// <summary>The query that means a blob of a repository.</summary>
    /// <param name="project">The project.</param>
    /// <param name="repository">The repository, as upstream calls it.</param>
    /// <param name="digest">The blob.</param>
    public static string BlobOf(string project, string repository, string digest) =>
        $"{BlobPath}?project={Uri.EscapeDataString(project)}&repository={Uri.EscapeDataString(repository)}&digest={Uri.EscapeDataString(digest)}";
}

/// <summary>A blob that an image names.</summary>
/// <param name="Digest">Which.</param>
/// <param name="Size">Its bytes, as the manifest says.</param>
/// <param name="Held">The repository has it.</param>
public sealed record ContentBlob(string Digest, long Size, bool Held);

/// <summary>A manifest as it came.</summary>
/// <param name="Bytes">It.</param>
/// <param name="MediaType">The type that it is served as.</param>
public sealed record ContentManifest(byte[] Bytes, string MediaType);

/// <summary>What became of images that were to be brought to a folder or file, or from there to a server.</summary>
/// <param name="Place">The folder or file.</param>
/// <param name="Images">In the order in which they were named.</param>
/// <param name="Blobs">How many blobs were carried over.</param>
/// <param name="Bytes">The bytes of these; of one that was there in part, only what was missing.</param>
public sealed record MovedImages(string Place, IReadOnlyList<MovedImage> Images, int Blobs, long Bytes);

/// <summary>What became of one of them.</summary>
/// <param name="Image">Its whole reference, or what it was called.</param>
/// <param name="State">See <see cref="MovedState"/>.</param>
/// <param name="Bytes">The bytes of its blobs.</param>
public sealed record MovedImage(string Image, MovedState State, long Bytes)
{
    /// <summary>Its top manifest; null: not known.</summary>
    public string? Digest { get; init; }

    /// <summary>The project; null: there is none.</summary>
    public string? Project { get; init; }

    /// <summary>What is wrong, and what to do; null: nothing.</summary>
    public string? Message { get; init; }

    /// <summary>It is pinned now.</summary>
    public bool Pinned { get; init; }

    /// <summary>True if all of it is where it was to be.</summary>
    [JsonIgnore]
    public bool IsThere => State is MovedState.Exported or MovedState.Imported or MovedState.Present;
}

/// <summary>What became of an image that was to be exported or imported.</summary>
[JsonConverter(typeof(MovedStateJson))]
public enum MovedState
{
    /// <summary>It is in the layout, and something of it was not before.</summary>
    Exported,

    /// <summary>The server has it, and had not all of it before.</summary>
    Imported,

    /// <summary>All of it was there.</summary>
    Present,

    /// <summary>A part of it lacks where it comes from; it was left out.</summary>
    Partial,

    /// <summary>Nothing of that name is held.</summary>
    NotHeld,

    /// <summary>No project mirrors its registry.</summary>
    NotMirrored,

    /// <summary>There is no room for it.</summary>
    NoRoom,

    /// <summary>Something is wrong with it.</summary>
    Failed,

    /// <summary>It was stopped before, or a fault of another one ended it all.</summary>
    NotReached,
}

/// <summary>As <c>notHeld</c>; no numbers.</summary>
internal sealed class MovedStateJson() : JsonStringEnumConverter<MovedState>(System.Text.Json.JsonNamingPolicy.CamelCase, allowIntegerValues: false);
