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
}

/// <summary>What a project holds.</summary>
/// <param name="Project">Its name.</param>
/// <param name="Bytes">Bytes of its blobs.</param>
/// <param name="Quota">The most that it may hold; null: unlimited.</param>
public sealed record ProjectStore(string Project, long Bytes, long? Quota);

/// <summary>What deleting what nothing names came to.</summary>
/// <param name="Strays">Blobs that no manifest names.</param>
/// <param name="Deleted">Those of them that were deleted, or would be; the others are too new, or in use.</param>
/// <param name="Bytes">The bytes of these.</param>
public sealed record CleanReport(int Strays, int Deleted, long Bytes);
