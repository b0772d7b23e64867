using Roadstead.Oci;
using Roadstead.Server.Metadata;
using Roadstead.Server.Retention;

namespace Roadstead.Server.Tests.Retention;

/// <summary>What a retention policy keeps.</summary>
public class RetentionPlannerTests
{
    private static readonly DateTimeOffset Now = new(2026, 6, 1, 0, 0, 0, TimeSpan.Zero);
    private static readonly RetentionRule All = new(RetentionKeep.All, null, "**", false, "**", false, Untagged: true, IsDisabled: false);

    // Repository, tag, days since its pull, days since it was brought.
    private static readonly ImageDetails[] Images =
    [
        Image("library/a", "1", 1, 40), Image("library/a", "2", 20, 30), Image("library/a", "rc-3", 50, 2), Image("library/a", null, 60, 60), Image("library/b", "1", 90, 90),
        Image("tools/c", "1", 90, 90), Image("tools/c", "pinned", 90, 90, isPinned: true), Image("tools/d", "old", null, null),
    ];

    public static TheoryData<string, string[]> Rules => new()
    {
        { "all", [] },
        { "disabled", [] },
        { "pulled 2", ["library/a:rc-3", "library/a:"] },
        { "pushed 1", ["library/a:1", "library/a:2", "library/a:"] },
        { "pulled 30d", ["library/a:rc-3", "library/a:", "library/b:1", "tools/c:1"] },
        { "pushed 30d", ["library/a:1", "library/a:2", "library/a:", "library/b:1", "tools/c:1"] },
        { "library tagged", ["library/a:"] },
        { "not library", ["tools/c:1"] },
        { "but rc", ["library/a:rc-3"] },
        { "pulled 10d or pushed 10d", ["library/a:2", "library/a:", "library/b:1", "tools/c:1"] },
        { "none", [] },
    };

    [Theory]
    [MemberData(nameof(Rules))]
    public void Any_rule_keeps_and_what_no_rule_means_or_is_pinned_stays(string policy, string[] gone)
    {
        List<RetentionRule> rules = policy switch
        {
            "none" => [],
            "all" => [All],
            "disabled" => [All with { Keep = RetentionKeep.LastPulled, Count = 1, IsDisabled = true }],
            "pulled 2" => [All with { Keep = RetentionKeep.LastPulled, Count = 2 }],
            "pushed 1" => [All with { Keep = RetentionKeep.LastPushed, Count = 1 }],
            "pulled 30d" => [All with { Keep = RetentionKeep.PulledWithinDays, Count = 30 }],
            "pushed 30d" => [All with { Keep = RetentionKeep.PushedWithinDays, Count = 30 }],
            "library tagged" => [All with { Repositories = "library/*", Untagged = false }],
            "not library" => [All with { Repositories = "library/**", ExceptRepositories = true, Keep = RetentionKeep.PulledWithinDays, Count = 1 }],
            "but rc" => [All with { Tags = "rc-*", ExceptTags = true }],
            _ => [All with { Keep = RetentionKeep.PulledWithinDays, Count = 10 }, All with { Keep = RetentionKeep.PushedWithinDays, Count = 10 }],
        };
        var plan = RetentionPlanner.Plan(new RetentionPolicy(rules, ""), Images, Now);
        Assert.Equal(gone.Order(StringComparer.Ordinal), plan.Select(image => $"{image.Repository}:{string.Concat(image.Tags.Take(1))}").Order(StringComparer.Ordinal));
    }

    private static ImageDetails Image(string repository, string? tag, int? pulled, int? stored, bool isPinned = false) => new(
        new ImageRow(new ImageKey(1, Digest.Of(BitConverter.GetBytes(HashCode.Combine(repository, tag)))), At(pulled), At(stored)), "dockerhub", "docker.io", repository, tag is null ? [] : [tag], 1, isPinned);

    private static DateTimeOffset At(int? daysAgo) => daysAgo is { } days ? Now.AddDays(-days) : DateTimeOffset.UnixEpoch;
}
