namespace Roadstead.Api;

/// <summary>How full the store is: <c>GET /api/v2.0/roadstead/store</c>.</summary>
/// <param name="Bytes">Bytes of blobs that it holds; each counts once.</param>
/// <param name="Quota">The most that it may hold; null: unlimited.</param>
/// <param name="UntilWatermark">Bytes that the disk takes until its watermark is reached; negative beyond it; null where there is none.</param>
/// <param name="Projects">What each project holds, in the order of their names. A blob that several have counts for each.</param>
public sealed record StoreStatus(long Bytes, long? Quota, long? UntilWatermark, IReadOnlyList<ProjectStore> Projects)
{
    /// <summary>Where the state of the store is, below the server's URL.</summary>
    public const string Path = "/api/v2.0/roadstead/store";

    /// <summary>Where the store is told to delete what nothing names.</summary>
    public const string CleanPath = "/api/v2.0/roadstead/store/clean";

    /// <summary>Where the store tells what would go to make room.</summary>
    public const string PlanPath = "/api/v2.0/roadstead/store/plan";
}

/// <summary>What would go to make room: <c>GET /api/v2.0/roadstead/store/plan?bytes=…&amp;project=…</c>.</summary>
/// <param name="LooseBytes">The bytes of blobs that belong to no image; they go first.</param>
/// <param name="Images">The images that go then, the least recently pulled first.</param>
/// <param name="Freed">The bytes that all this would free.</param>
/// <param name="IsEnough">False if nothing more can go: the rest is pinned, being pulled, or shared by what is.</param>
public sealed record EvictionPreview(long LooseBytes, IReadOnlyList<HeldImage> Images, long Freed, bool IsEnough);

/// <summary>What a project holds.</summary>
/// <param name="Project">Its name.</param>
/// <param name="Bytes">Bytes of its blobs.</param>
/// <param name="Quota">The most that it may hold; null: unlimited.</param>
public sealed record ProjectStore(string Project, long Bytes, long? Quota);

/// <summary>What deleting what nothing names came to.</summary>
/// <param name="Strays">Blobs that no manifest names.</param>
/// <param name="Deleted">Those of them that were deleted, or would be; the others are in use, or have been without a manifest for less than ten minutes.</param>
/// <param name="Bytes">The bytes of these.</param>
public sealed record CleanReport(int Strays, int Deleted, long Bytes);

/// <summary>What a project's retention policy lets go: <c>POST /api/v2.0/roadstead/projects/…/retention</c>.</summary>
/// <param name="Images">The images that go, or would; those that are being pulled stay for now.</param>
/// <param name="Gone">How many went; 0 in a dry run.</param>
public sealed record RetentionReport(IReadOnlyList<HeldImage> Images, int Gone)
{
    /// <summary>Where a project's policy is run; <c>?dryRun=true</c> only tells.</summary>
    public static string PathOf(string project) => $"{ProjectList.PathOf(project)}/retention";
}
