namespace Roadstead.Cli.NodeUse;

/// <summary>An image as a container names it.</summary>
/// <param name="Name">As its specification has it where the runtime tells that; else what the runtime has in its place, which may be an id; empty: it tells nothing.</param>
/// <param name="ImageId">The id of the image that it was made of; null: not told.</param>
internal sealed record ContainerImage(string Name, string? ImageId);

/// <summary>An image that a runtime holds.</summary>
/// <param name="Id">The digest of its configuration, with or without <c>sha256:</c>.</param>
/// <param name="Tags">Its names with a tag.</param>
/// <param name="Digests">Its names with a digest.</param>
internal sealed record KnownImage(string Id, IReadOnlyList<string> Tags, IReadOnlyList<string> Digests);

/// <summary>What a runtime says of its containers.</summary>
internal abstract record RuntimeUse
{
    private RuntimeUse()
    {
    }

    /// <summary>All its containers, running or not, and what it holds of their images.</summary>
    public sealed record Told(IReadOnlyList<ContainerImage> Containers, IReadOnlyList<KnownImage> Images) : RuntimeUse;

    /// <summary>It does not run here, so that nothing of it can be told.</summary>
    public sealed record Away : RuntimeUse;

    /// <summary>It is there, and does not tell.</summary>
    public sealed record Silent : RuntimeUse;
}
