using System.Diagnostics.CodeAnalysis;
using Roadstead.Api;

namespace Roadstead.Cli.Output;

/// <summary>A rule of freshness in one word, as it is typed and as it is shown: <c>library/**:v*.*.*,stable=30d</c>.</summary>
internal static class FreshnessText
{
    public const string Form = "v*.*.*=unlimited, latest,main=0, platform/**:*=30d";

    public static string Of(FreshnessSpec rule) =>
        $"{(rule.Repositories is { Count: > 0 } repositories ? string.Join(',', repositories) + ":" : "")}{string.Join(',', rule.Tags)}={rule.FreshFor}";

    /// <param name="text">What was typed.</param>
    /// <param name="rule">The rule; whether its patterns and its time are right is the server's word.</param>
    /// <param name="fault">What is wrong, continuing a sentence that begins with the text.</param>
    public static bool TryParse(string text, [NotNullWhen(true)] out FreshnessSpec? rule, [NotNullWhen(false)] out string? fault)
    {
        var (names, time) = text.Split('=', 2) is [var left, var right] ? (left, right) : (text, "");
        var (repositories, tags) = names.Split(':', 2) is [var before, var after] ? (before, after) : ("", names);
        rule = tags.Length == 0 || time.Length == 0 ? null : new FreshnessSpec(tags.Split(','), time) { Repositories = repositories.Length == 0 ? null : repositories.Split(',') };
        fault = rule is null ? $"names no tags or no time; it is TAGS=TIME or REPOSITORIES:TAGS=TIME, as {Form}" : null;
        return rule is not null;
    }
}
