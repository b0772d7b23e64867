using System.Text.Json;
using Roadstead.Oci;
using Roadstead.Server.Configuration;
using Roadstead.Server.Metadata;

namespace Roadstead.Server.Management.Harbor;

/// <summary>Makes retention policies of what Harbor's clients send, and back.</summary>
internal static class HarborRetentionMap
{
    private const int MaxRules = 100;
    private const int MaxCount = 1_000_000;

    // Harbor's templates, and the name of the number that goes with each.
    private static readonly (string Template, string? Param, RetentionKeep Keep)[] Templates =
    [
        ("always", null, RetentionKeep.All), ("latestPulledN", "latestPulledN", RetentionKeep.LastPulled), ("latestPushedK", "latestPushedK", RetentionKeep.LastPushed),
        ("nDaysSinceLastPull", "nDaysSinceLastPull", RetentionKeep.PulledWithinDays), ("nDaysSinceLastPush", "nDaysSinceLastPush", RetentionKeep.PushedWithinDays),
    ];

    /// <returns>The policy, and every fault; it is usable only without one.</returns>
    public static (RetentionPolicy Policy, IReadOnlyList<ConfigurationFault> Faults) Read(HarborRetention input)
    {
        var faults = new List<ConfigurationFault>();
        if (input.Algorithm is not (null or "" or "or"))
        {
            faults.Add(new ConfigurationFault("algorithm", "must be or"));
        }

        var cron = (input.Trigger?.Settings?.Cron ?? "").Trim();
        if (cron.Length > 0 && !Cronos.CronExpression.TryParse(cron, Cronos.CronFormat.IncludeSeconds, out _))
        {
            faults.Add(new ConfigurationFault("trigger.settings.cron", "must be six fields, from seconds to days of the week, or empty"));
        }

        var rules = (input.Rules ?? []).Take(MaxRules + 1).ToList();
        if (rules.Count > MaxRules)
        {
            faults.Add(new ConfigurationFault("rules", $"are more than {MaxRules}"));
        }

        return (new RetentionPolicy([.. rules.Select((rule, index) => Read(rule, $"rules[{index}]", faults))], cron), faults);
    }

    public static HarborRetention Shape(RetentionRow row, long project) => new()
    {
        Id = row.Id,
        Algorithm = "or",
        Rules = [.. row.Policy.Rules.Select((rule, index) => Shape(rule, index + 1))],
        Trigger = new HarborTrigger("Schedule", new HarborTriggerSettings(row.Policy.Cron)),
        Scope = new HarborScope("project", project),
    };

    private static RetentionRule Read(HarborRetentionRule? rule, string path, List<ConfigurationFault> faults)
    {
        var known = Templates.FirstOrDefault(template => template.Template == rule?.Template);
        if (rule is null || known.Template is null)
        {
            faults.Add(new ConfigurationFault($"{path}.template", $"must be one of {string.Join(", ", Templates.Select(template => template.Template))}"));
        }

        if (rule?.Action is not (null or "" or "retain"))
        {
            faults.Add(new ConfigurationFault($"{path}.action", "must be retain"));
        }

        int? count = known.Param is { } name && rule?.Params?.TryGetValue(name, out var number) == true ? number : null;
        if (known.Param is not null && count is not (>= 1 and <= MaxCount))
        {
            faults.Add(new ConfigurationFault($"{path}.params.{known.Param}", $"must be a whole number from 1 to {MaxCount}"));
        }

        var (tags, exceptTags) = Pattern(rule?.TagSelectors, "matches", "excludes", $"{path}.tag_selectors", faults);
        var (repositories, exceptRepositories) = Pattern(rule?.ScopeSelectors?.Repository, "repoMatches", "repoExcludes", $"{path}.scope_selectors.repository", faults);
        return new RetentionRule(known.Keep, count, repositories, exceptRepositories, tags, exceptTags, IsUntagged(rule?.TagSelectors), rule?.Disabled == true);
    }

    /// <summary>One selector; none means all.</summary>
    private static (string Pattern, bool Except) Pattern(IReadOnlyList<HarborSelector>? selectors, string matches, string excludes, string path, List<ConfigurationFault> faults)
    {
        if (selectors is not [{ } selector, ..])
        {
            return ("**", false);
        }

        if (selectors.Count > 1 || selector.Kind is not (null or "" or "doublestar"))
        {
            faults.Add(new ConfigurationFault(path, "must be one selector of the kind doublestar"));
        }

        if (selector.Decoration is not (null or "") && selector.Decoration != matches && selector.Decoration != excludes)
        {
            faults.Add(new ConfigurationFault($"{path}[0].decoration", $"must be {matches} or {excludes}"));
        }

        var pattern = selector.Pattern is { Length: > 0 } text ? text : "**";
        if (pattern.Length > 1024 || pattern.Any(char.IsControl))
        {
            faults.Add(new ConfigurationFault($"{path}[0].pattern", "is no glob"));
        }
        else if (!NamePatterns.TryParse(pattern, out var fault))
        {
            faults.Add(new ConfigurationFault($"{path}[0].pattern", fault));
        }

        return (pattern, selector.Decoration == excludes);
    }

    private static bool IsUntagged(IReadOnlyList<HarborSelector>? selectors)
    {
        try
        {
            return selectors is [{ Extras: { Length: > 0 } extras }, ..] && JsonSerializer.Deserialize(extras, HarborJson.Default.DictionaryStringBoolean)?.GetValueOrDefault("untagged") == true;
        }
        catch (JsonException)
        {
            // Words of another client, which mean nothing here.
            return false;
        }
    }

    private static HarborRetentionRule Shape(RetentionRule rule, int number)
    {
        var (template, param, _) = Templates.First(template => template.Keep == rule.Keep);
        return new HarborRetentionRule
        {
            Id = number,
            Disabled = rule.IsDisabled,
            Action = "retain",
            Template = template,
            Params = param is not null && rule.Count is { } count ? new Dictionary<string, int> { [param] = count } : new Dictionary<string, int>(),
            TagSelectors = [new HarborSelector("doublestar", rule.ExceptTags ? "excludes" : "matches", rule.Tags, rule.Untagged ? "{\"untagged\":true}" : "{\"untagged\":false}")],
            ScopeSelectors = new HarborScopeSelectors([new HarborSelector("doublestar", rule.ExceptRepositories ? "repoExcludes" : "repoMatches", rule.Repositories, null)]),
        };
    }
}
