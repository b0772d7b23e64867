using Roadstead.Oci;
using Roadstead.Server.Configuration;

namespace Roadstead.Server.Projects;

/// <summary>How long the tags of a project are answered without asking upstream, by what they are called.</summary>
internal sealed class FreshnessRules(IReadOnlyList<FreshnessRule> rules, TimeSpan otherwise)
{
    private readonly Compiled[] _rules = [.. rules.Select(rule => new Compiled(rule.FreshFor, new NamePatterns(rule.Tags), new NamePatterns(rule.Repositories)))];

    public bool IsEmpty => _rules.Length == 0;

    /// <summary>What the first rule says that means the tag, else what holds for the project; null: as long as it is held.</summary>
    public TimeSpan? Of(RepositoryName repository, string tag)
    {
        if (IsEmpty)
        {
            return otherwise;
        }

        var name = repository.ToString();
        foreach (var rule in _rules)
        {
            if (rule.Tags.Match(tag) && (rule.Repositories.IsEmpty || rule.Repositories.Match(name)))
            {
                return rule.FreshFor;
            }
        }

        return otherwise;
    }

    private sealed record Compiled(TimeSpan? FreshFor, NamePatterns Tags, NamePatterns Repositories);
}
