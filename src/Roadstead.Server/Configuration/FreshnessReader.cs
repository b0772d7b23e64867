using System.Diagnostics.CodeAnalysis;

using Roadstead.Oci;
namespace Roadstead.Server.Configuration;

/// <summary>Reads a project's <c>freshness</c>.</summary>
internal static class FreshnessReader
{
    public static IReadOnlyList<FreshnessRule> Read(MapNode project, ConfigurationReader reader) =>
        [.. ConfigurationReader.Items(project, "freshness").OfType<MapNode>().Select(rule => Rule(rule, reader))];

    private static FreshnessRule Rule(MapNode rule, ConfigurationReader reader)
    {
        if (rule.Child("tags") is null or ListNode { Items.Count: 0 })
        {
            reader.Faults.Add(ConfigurationNode.ChildPath(rule.Path, "tags"), "is missing: which tags it means, as v*.*.*, or * for all", rule.Origin);
        }

        return new FreshnessRule(
            reader.Values<string>(rule, "tags", TryParseTags),
            reader.Required<TimeSpan?>(rule, "freshFor", Duration.TryParseLimit),
            reader.Values<string>(rule, "repositories", ProjectReader.TryParseGlob));
    }

    /// <remarks>OCI distribution specification, "Pulling manifests": of which letters a tag is.</remarks>
    private static bool TryParseTags(string text, [NotNullWhen(true)] out string? result, [NotNullWhen(false)] out string? fault)
    {
        result = text;
        fault = "means no tag that there can be: a tag is of letters, digits, _, . and -, for which *, ?, {a,b} and [a-z] may stand";
        return text.All(letter => char.IsAsciiLetterOrDigit(letter) || letter is '_' or '.' or '-' or '*' or '?' or '{' or ',' or '}' or '[' or '!' or '^' or ']')
            && NamePatterns.TryParse(text, out fault);
    }
}
