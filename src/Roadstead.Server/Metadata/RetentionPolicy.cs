namespace Roadstead.Server.Metadata;

/// <summary>What is kept of a project's images, as the database has it: an image that any rule keeps is kept.</summary>
/// <param name="Rules">None: all is kept.</param>
/// <param name="Cron">When the rest goes, as six fields from seconds on; empty: never by itself.</param>
internal sealed record RetentionPolicy(IReadOnlyList<RetentionRule> Rules, string Cron);

/// <summary>Which images are kept.</summary>
/// <param name="Keep">Which of those that the patterns let through.</param>
/// <param name="Count">How many, or within how many days; null where neither is meant.</param>
/// <param name="Repositories">A glob of repositories.</param>
/// <param name="ExceptRepositories">All but its matches.</param>
/// <param name="Tags">A glob of tags.</param>
/// <param name="ExceptTags">All but its matches.</param>
/// <param name="Untagged">Images without a tag too.</param>
/// <param name="IsDisabled">Keeps nothing for now.</param>
internal sealed record RetentionRule(RetentionKeep Keep, int? Count, string Repositories, bool ExceptRepositories, string Tags, bool ExceptTags, bool Untagged, bool IsDisabled);

/// <summary>The kinds of rules. The database has their names.</summary>
internal enum RetentionKeep
{
    /// <summary>All of them.</summary>
    All,

    /// <summary>The so many that were pulled last.</summary>
    LastPulled,

    /// <summary>The so many that upstream brought last.</summary>
    LastPushed,

    /// <summary>Those that were pulled within so many days.</summary>
    PulledWithinDays,

    /// <summary>Those that upstream brought within so many days.</summary>
    PushedWithinDays,
}
