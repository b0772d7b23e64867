namespace Roadstead.Api;

/// <summary>Images that the store holds: <c>GET /api/v2.0/roadstead/images</c>.</summary>
/// <param name="Images">The least recently pulled first, which is the order in which they would go.</param>
/// <param name="Next">What to give as <c>after</c> for those that follow; null at the end.</param>
public sealed record ImageList(IReadOnlyList<HeldImage> Images, string? Next)
{
    /// <summary>Where the images are, below the server's URL.</summary>
    public const string Path = "/api/v2.0/roadstead/images";

    /// <summary>Where pins are set and taken away.</summary>
    public const string PinPath = "/api/v2.0/roadstead/pins";

    /// <summary>The most images that are told at once.</summary>
    public const int MostAtOnce = 1000;

    /// <summary>The query that means one image, or one tag.</summary>
    /// <param name="path">Of this type.</param>
    /// <param name="project">The project.</param>
    /// <param name="repository">The repository, as upstream calls it.</param>
    /// <param name="reference">A tag or a digest.</param>
    public static string Of(string path, string project, string repository, string reference) =>
        $"{path}?project={Uri.EscapeDataString(project)}&repository={Uri.EscapeDataString(repository)}&reference={Uri.EscapeDataString(reference)}";

    /// <summary>Where a page of the list is, as long as one may be.</summary>
    /// <param name="project">Of this project only; null: of all.</param>
    /// <param name="repository">Of this repository only, which needs a project; null: of all.</param>
    /// <param name="isDeleted">Only those of which upstream has a tag no more.</param>
    /// <param name="after">What an earlier answer called next; null: the first page.</param>
    public static string Page(string? project, string? repository, bool isDeleted, string? after) =>
        string.Create(System.Globalization.CultureInfo.InvariantCulture, $"{Path}?limit={MostAtOnce}") + Part("project", project) + Part("repository", repository) + Part("deleted", isDeleted ? "true" : null) + Part("after", after);

    private static string Part(string name, string? value) => value is null ? "" : $"&{name}={Uri.EscapeDataString(value)}";
}

/// <summary>A manifest that no index of its repository names, with all that is below it.</summary>
/// <param name="Project">The project.</param>
/// <param name="Registry">The registry that it was fetched from.</param>
/// <param name="Repository">The repository, as upstream calls it.</param>
/// <param name="Digest">The manifest.</param>
/// <param name="Tags">Tags that name it, or a manifest below it.</param>
/// <param name="Bytes">The bytes of its blobs that are held; those that other images share are among them.</param>
/// <param name="PulledAt">When a client last pulled it; null where that was before the server noted it.</param>
/// <param name="Pinned">True if it is never evicted.</param>
public sealed record HeldImage(string Project, string Registry, string Repository, string Digest, IReadOnlyList<string> Tags, long Bytes, DateTimeOffset? PulledAt, bool Pinned)
{
    /// <summary>Those of the tags that upstream has no more.</summary>
    public IReadOnlyList<DeletedTag> DeletedTags { get; init; } = [];

    /// <summary>The clusters that use it or lately did, for which it is kept.</summary>
    public IReadOnlyList<string> Clusters { get; init; } = [];

    /// <summary>What a pull of it would still need from upstream; null where that is not known: where its project is no more, and in a list of what is to go.</summary>
    public ImageLack? Lacks { get; init; }
}

/// <summary>What is not held of an image, of the platforms that are kept of it. All of it is held where each is 0.</summary>
/// <param name="Manifests">Manifests that it names.</param>
/// <param name="Blobs">Blobs that those of its manifests name that are held.</param>
/// <param name="Bytes">The bytes of these.</param>
public sealed record ImageLack(int Manifests, int Blobs, long Bytes)
{
    /// <summary>True if nothing lacks.</summary>
    [System.Text.Json.Serialization.JsonIgnore]
    public bool IsNothing => Manifests == 0 && Blobs == 0;
}

/// <summary>A tag that was deleted upstream.</summary>
/// <param name="Name">The tag.</param>
/// <param name="Since">When that became known here.</param>
public sealed record DeletedTag(string Name, DateTimeOffset Since);
