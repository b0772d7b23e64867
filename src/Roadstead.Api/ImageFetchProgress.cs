namespace Roadstead.Api;

/// <summary>How far the fetch of an image has come: each line of the answer to <c>POST /api/v2.0/roadstead/images/fetch</c>, of which the last says how it ended.</summary>
/// <param name="State">
/// <c>fetching</c>; at the end <c>fetched</c>, <c>held</c> if all of it was, <c>not-found</c> or <c>denied</c> by upstream, <c>throttled</c> until a moment, <c>unavailable</c> for any other fault, or <c>no-room</c>
/// within the quotas and the watermark.
/// </param>
/// <param name="Bytes">Bytes of its blobs that are held.</param>
/// <param name="TotalBytes">Bytes of all its blobs, as far as its manifests are known.</param>
/// <param name="Blobs">How many of them are held.</param>
/// <param name="TotalBlobs">How many there are.</param>
public sealed record ImageFetchProgress(string State, long Bytes, long TotalBytes, int Blobs, int TotalBlobs)
{
    /// <summary>Where images are fetched, below the server's URL.</summary>
    public const string Path = ImageList.Path + "/fetch";

    /// <summary>The state while it is under way.</summary>
    public const string Fetching = "fetching";

    /// <summary>The top manifest; null while it is not known.</summary>
    public string? Digest { get; init; }

    /// <summary>What is wrong, for the operator; null: nothing.</summary>
    public string? Message { get; init; }

    /// <summary>Until when upstream asks not to be asked; null: it does not.</summary>
    public DateTimeOffset? Until { get; init; }

    /// <summary>True if all of the image is held.</summary>
    public static bool IsWhole(string state) => state is "fetched" or "held";

    /// <summary>The path and query of the fetch of one image.</summary>
    /// <param name="project">The project.</param>
    /// <param name="repository">The repository, as upstream calls it.</param>
    /// <param name="reference">A tag or a digest.</param>
    /// <param name="platforms">Of an index; null: those that a pull would keep, empty: all.</param>
    public static string Of(string project, string repository, string reference, IReadOnlyList<string>? platforms) =>
        ImageList.Of(Path, project, repository, reference) + (platforms is { Count: 0 } ? "&platform=all" : string.Concat((platforms ?? []).Select(platform => $"&platform={Uri.EscapeDataString(platform)}")));
}

/// <summary>What became of images that were to be fetched.</summary>
/// <param name="Images">In the order in which they were named.</param>
public sealed record FetchedImages(IReadOnlyList<FetchedImage> Images);

/// <summary>What became of one of them.</summary>
/// <param name="Image">As it was named.</param>
/// <param name="State">As <see cref="ImageFetchProgress"/> has it, or <c>not-mirrored</c>: no project has it.</param>
/// <param name="Bytes">Bytes of its blobs that are held.</param>
/// <param name="TotalBytes">Bytes of all its blobs, as far as its manifests are known.</param>
/// <param name="Digest">The top manifest; null: it is not known.</param>
/// <param name="Pinned">It is pinned now.</param>
/// <param name="Message">What is wrong; null: nothing.</param>
public sealed record FetchedImage(string Image, string State, long Bytes, long TotalBytes, string? Digest, bool Pinned, string? Message);
