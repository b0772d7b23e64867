using Roadstead.Oci;
using Roadstead.Server.Metadata;

namespace Roadstead.Server.Retention;

/// <summary>Decides which images a project's retention policy lets go.</summary>
/// <remarks>
/// A pure function of what it is given. Rules keep: an image that any rule keeps is kept, and so is one in a repository that no rule means, and one that is pinned. Counts are for
/// each repository.
/// </remarks>
internal static class RetentionPlanner
{
    /// <param name="policy">What is kept; without a rule, all is.</param>
    /// <param name="images">All images of the project.</param>
    /// <param name="now">To reckon days back from.</param>
    /// <returns>Those that go.</returns>
    public static IReadOnlyList<ImageDetails> Plan(RetentionPolicy policy, IReadOnlyList<ImageDetails> images, DateTimeOffset now)
    {
        var rules = policy.Rules.Where(rule => !rule.IsDisabled).Select(rule => new Rule(rule)).ToList();
        return
        [
            .. images.GroupBy(image => (image.Registry, image.Repository)).SelectMany(repository =>
            {
                var meant = rules.FindAll(rule => rule.Means(repository.Key.Repository));
                var kept = meant.SelectMany(rule => rule.Keeps(repository, now)).ToHashSet();
                return meant.Count == 0 ? [] : repository.Where(image => !image.IsPinned && !kept.Contains(image));
            }),
        ];
    }

    private sealed class Rule(RetentionRule rule)
    {
        private readonly NamePatterns _repositories = new([rule.Repositories]);
        private readonly NamePatterns _tags = new([rule.Tags]);

        public bool Means(string repository) => _repositories.Match(repository) != rule.ExceptRepositories;

        public IEnumerable<ImageDetails> Keeps(IEnumerable<ImageDetails> images, DateTimeOffset now)
        {
            var matching = images.Where(image => image.Tags.Count == 0 ? rule.Untagged : image.Tags.Any(tag => _tags.Match(tag) != rule.ExceptTags));
            var count = rule.Count ?? int.MaxValue;
            return rule.Keep switch
            {
                RetentionKeep.All => matching,
                RetentionKeep.LastPulled => matching.OrderByDescending(image => image.Image.PulledAt).Take(count),
                RetentionKeep.LastPushed => matching.OrderByDescending(image => image.Image.StoredAt).Take(count),
                RetentionKeep.PulledWithinDays => matching.Where(image => IsWithin(image.Image.PulledAt, now, count)),
                RetentionKeep.PushedWithinDays => matching.Where(image => IsWithin(image.Image.StoredAt, now, count)),
                _ => throw new InvalidOperationException("Unknown rule."),
            };
        }

        // What an earlier release held without noting when says nothing of how old it is.
        private static bool IsWithin(DateTimeOffset at, DateTimeOffset now, int days) => at <= DateTimeOffset.UnixEpoch || (now - at).TotalDays < days;
    }
}
