namespace Roadstead.Api;

/// <summary>What a cluster runs, as it was last known: the body of <c>PUT /api/v2.0/roadstead/clusters/{name}</c> and of <c>POST /api/v2.0/roadstead/readiness</c>, whole each time.</summary>
/// <param name="TakenAt">When it was so, by the clock of whoever took it.</param>
/// <param name="Source">Where it is from: <c>kubernetes</c>, <c>prometheus</c>, <c>nodes</c> or <c>list</c>.</param>
/// <param name="Images">Each image once, by its whole reference; at most <see cref="MostImages"/>.</param>
/// <param name="Platforms">Of the cluster's nodes, as <c>linux/amd64</c>; empty: not known.</param>
public sealed record ClusterInventory(DateTimeOffset TakenAt, string Source, IReadOnlyList<UsedImage> Images, IReadOnlyList<string> Platforms)
{
    /// <summary>Where the clusters are, below the server's URL.</summary>
    public const string Path = "/api/v2.0/roadstead/clusters";

    /// <summary>The most images that one may have.</summary>
    public const int MostImages = 100_000;

    /// <summary>What is named as an image and can be none; null: nothing is.</summary>
    public IReadOnlyList<MalformedImage>? Malformed { get; init; }

    /// <summary>Where one cluster is.</summary>
    public static string PathOf(string name) => $"{Path}/{Uri.EscapeDataString(name)}";
}

/// <summary>An image that a cluster uses.</summary>
/// <param name="Image">Its whole reference, as <c>docker.io/library/nginx:1.25</c> or <c>…@sha256:…</c>.</param>
/// <param name="Uses">How many containers and volumes name it, in whatever spelling; templates that make pods count once each.</param>
public sealed record UsedImage(string Image, int Uses)
{
    /// <summary>The most places of use that are told of one image.</summary>
    public const int MostUsedBy = 5;

    /// <summary>The digests that trustworthy statuses gave for it; null: none did.</summary>
    public IReadOnlyList<string>? Digests { get; init; }

    /// <summary>Where it is used, as <c>prod/Deployment/web</c>; a few of them; null: not known.</summary>
    public IReadOnlyList<string>? UsedBy { get; init; }
}

/// <summary>Something that stands where an image should, and that no runtime can pull.</summary>
/// <param name="Text">As it stands there, shortened.</param>
/// <param name="Fault">What is wrong with it; continues a sentence that begins with it.</param>
public sealed record MalformedImage(string Text, string Fault)
{
    /// <summary>Where it stands, as <c>prod/Deployment/web</c>; a few of them; null: not known.</summary>
    public IReadOnlyList<string>? UsedBy { get; init; }
}
