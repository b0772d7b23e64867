using System.Text.Json;
using System.Text.Json.Serialization;

namespace Roadstead.Api;

/// <summary>
/// How many of the images in use could be pulled right now with every upstream cut off: the answer to <c>GET /api/v2.0/roadstead/clusters/{name}</c>, to the <c>PUT</c> of an inventory there, and to
/// <c>POST /api/v2.0/roadstead/readiness</c>, which stores nothing.
/// </summary>
/// <param name="Source">Where the inventory is from, as <see cref="ClusterInventory.Source"/>.</param>
/// <param name="TakenAt">When it was taken, as <see cref="ClusterInventory.TakenAt"/>.</param>
/// <param name="Ready">How many images could be pulled, on every platform of the cluster's nodes for which they are made.</param>
/// <param name="Platforms">The same figure for each platform of the nodes; empty where those are not known.</param>
/// <param name="Images">Each image in use, in the order of their references.</param>
public sealed record ClusterReadiness(string Source, DateTimeOffset TakenAt, int Ready, IReadOnlyList<PlatformReadiness> Platforms, IReadOnlyList<ImageReadiness> Images)
{
    /// <summary>Where an inventory is judged that is not stored.</summary>
    public const string Path = "/api/v2.0/roadstead/readiness";

    /// <summary>The cluster's name; null: it has none.</summary>
    public string? Cluster { get; init; }

    /// <summary>When the server last heard of the cluster, by its own clock; null: it judges what it was just given.</summary>
    public DateTimeOffset? HeardAt { get; init; }

    /// <summary>What is named as an image and can be none; null: nothing is.</summary>
    public IReadOnlyList<MalformedImage>? Malformed { get; init; }

    /// <summary>Why the server cannot look at the cluster at the moment; what is in use stays as it was last known. Null: it can, or does not look itself.</summary>
    public string? Fault { get; init; }
}

/// <summary>How many images could be pulled by nodes of a platform.</summary>
/// <param name="Platform">As <c>linux/amd64</c>.</param>
/// <param name="Images">How many images are in use that are made for it, or of which that is not known.</param>
/// <param name="Ready">How many of these could be pulled.</param>
public sealed record PlatformReadiness(string Platform, int Images, int Ready);

/// <summary>Whether an image in use could be pulled with every upstream cut off.</summary>
/// <param name="Image">Its whole reference.</param>
/// <param name="Uses">How many containers, volumes and templates name it.</param>
/// <param name="State">How it is; see <see cref="ImageState"/>.</param>
public sealed record ImageReadiness(string Image, int Uses, ImageState State)
{
    /// <summary>The project that would serve it; null: none would.</summary>
    public string? Project { get; init; }

    /// <summary>Its name in that project, as upstream calls it.</summary>
    public string? Repository { get; init; }

    /// <summary>What is held of that name; null: nothing is.</summary>
    public string? Digest { get; init; }

    /// <summary>Why it is not ready, and what would do; null: it is.</summary>
    public string? Reason { get; init; }

    /// <summary>The platforms of the nodes for which it is not ready; null where it is for all, or for none.</summary>
    public IReadOnlyList<string>? NotFor { get; init; }

    /// <summary>What is not held of it; null: nothing is known to lack.</summary>
    public ImageLack? Lacks { get; init; }

    /// <summary>It is not evicted: a cluster uses it, or the operator pinned it.</summary>
    public bool Pinned { get; init; }

    /// <summary>When upstream last said that the tag names this; null for digests, and where nothing is held.</summary>
    public DateTimeOffset? CheckedAt { get; init; }

    /// <summary>Since when upstream is known to have the tag no more; null: as far as is known, it has it.</summary>
    public DateTimeOffset? DeletedSince { get; init; }

    /// <summary>Where it is used; a few of them; null: not known.</summary>
    public IReadOnlyList<string>? UsedBy { get; init; }
}

/// <summary>How an image in use is held.</summary>
[JsonConverter(typeof(ImageStateJson))]
public enum ImageState
{
    /// <summary>It could be pulled with every upstream cut off.</summary>
    Ready,

    /// <summary>A part of it is held.</summary>
    Partial,

    /// <summary>Nothing is held of it; a project mirrors its registry and would fetch it.</summary>
    Absent,

    /// <summary>It is held, and the project's options do not let it be served without upstream.</summary>
    Withheld,

    /// <summary>No project would serve it.</summary>
    Uncovered,
}

/// <summary>As <c>uncovered</c>; no numbers.</summary>
internal sealed class ImageStateJson() : JsonStringEnumConverter<ImageState>(JsonNamingPolicy.CamelCase, allowIntegerValues: false);

/// <summary>The clusters whose images are kept: <c>GET /api/v2.0/roadstead/clusters</c>.</summary>
/// <param name="Clusters">In the order of their names.</param>
public sealed record ClusterList(IReadOnlyList<ClusterStatus> Clusters);

/// <summary>A cluster whose images are kept.</summary>
/// <param name="Name">Its name.</param>
/// <param name="Source">Where its inventory is from.</param>
/// <param name="TakenAt">When that was taken; null: none has come yet.</param>
/// <param name="HeardAt">When the server last heard of it; null: it never did.</param>
/// <param name="Images">How many images it uses.</param>
/// <param name="Ready">How many of them could be pulled with every upstream cut off.</param>
/// <param name="Watched">The server looks itself; else its inventory is told by others.</param>
public sealed record ClusterStatus(string Name, string Source, DateTimeOffset? TakenAt, DateTimeOffset? HeardAt, int Images, int Ready, bool Watched)
{
    /// <summary>Why the server cannot look at it at the moment; null: it can, or does not.</summary>
    public string? Fault { get; init; }

    /// <summary>The last drill; null: there was none.</summary>
    public DrillReport? Drill { get; init; }
}

/// <summary>How far a drill has come: each line of the answer to <c>POST /api/v2.0/roadstead/clusters/{name}/drill</c>, of which the last has the report.</summary>
/// <param name="Images">How many images were walked.</param>
/// <param name="TotalImages">Of how many.</param>
/// <param name="Bytes">Bytes that were read and verified.</param>
/// <param name="TotalBytes">Of how many, as far as manifests are held.</param>
public sealed record DrillProgress(int Images, int TotalImages, long Bytes, long TotalBytes)
{
    /// <summary>How it ended; null: it is under way.</summary>
    public DrillReport? Report { get; init; }

    /// <summary>What kept it from its end; null: nothing did.</summary>
    public string? Fault { get; init; }

    /// <summary>Where the drill of a cluster is, below the server's URL.</summary>
    public static string PathOf(string cluster) => $"{ClusterInventory.PathOf(cluster)}/drill";
}

/// <summary>What a drill found: every image in use was walked to its last byte with all upstreams cut off for the drill.</summary>
/// <param name="At">When it ended.</param>
/// <param name="Images">How many images were walked.</param>
/// <param name="Passed">How many of them could be pulled whole.</param>
/// <param name="Bytes">Bytes that were read and verified.</param>
/// <param name="Seconds">How long it took.</param>
/// <param name="Failed">Those that could not, in the order of their references; <see cref="ImageReadiness.Reason"/> says why.</param>
public sealed record DrillReport(DateTimeOffset At, int Images, int Passed, long Bytes, double Seconds, IReadOnlyList<ImageReadiness> Failed);

/// <summary>How far the fetching of what a cluster lacks has come: each line of the answer to <c>POST /api/v2.0/roadstead/clusters/{name}/fetch</c>. The server goes on with it, whoever still looks.</summary>
/// <param name="Done">How many images were fetched, or could not be.</param>
/// <param name="Total">Of how many that lacked something, or whose tags are asked for again.</param>
/// <param name="Bytes">Bytes that are held of the images that are done or under way.</param>
/// <param name="TotalBytes">Of how many, as far as their manifests are known.</param>
public sealed record ClusterFetchProgress(int Done, int Total, long Bytes, long TotalBytes)
{
    /// <summary>What it waits for; null: for nothing.</summary>
    public string? Waiting { get; init; }

    /// <summary>How ready the cluster is at the end; null: it is under way.</summary>
    public ClusterReadiness? End { get; init; }

    /// <summary>Where what a cluster lacks is fetched, below the server's URL.</summary>
    public static string PathOf(string cluster) => $"{ClusterInventory.PathOf(cluster)}/fetch";
}
