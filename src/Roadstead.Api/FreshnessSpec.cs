namespace Roadstead.Api;

/// <summary>How long some tags of a project are answered without asking upstream.</summary>
/// <param name="Tags">Glob patterns of whole tags, as <c>v*.*.*</c>.</param>
/// <param name="FreshFor">As <c>30d</c>, or <c>unlimited</c> for tags that are never moved: they are not asked for again while they are held.</param>
public sealed record FreshnessSpec(IReadOnlyList<string> Tags, string FreshFor)
{
    /// <summary>Glob patterns of the repositories whose tags are meant; none: all.</summary>
    public IReadOnlyList<string>? Repositories { get; init; }
}
