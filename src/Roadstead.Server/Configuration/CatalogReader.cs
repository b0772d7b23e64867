using System.Text.Json;

namespace Roadstead.Server.Configuration;

/// <summary>Endpoints and projects that came together by the API.</summary>
/// <param name="Endpoints">Null: they are not spoken of.</param>
/// <param name="Projects">Null: they are not spoken of.</param>
/// <param name="Faults">Every fault, by keys as <c>projects[3].quota</c>; the options are usable only without one.</param>
/// <param name="Warnings">What stands in nobody's way.</param>
internal sealed record CatalogReading(
    IReadOnlyList<EndpointOptions>? Endpoints, IReadOnlyList<ProjectOptions>? Projects, IReadOnlyList<ConfigurationFault> Faults, IReadOnlyList<(string Key, string Message)> Warnings)
{
    /// <summary>True if both lists could be read as such, so that something can be said of what they are together.</summary>
    public bool HasLists => !Faults.Any(fault => fault.Key is "endpoints" or "projects" or ConfigurationFault.WholeFile);

    /// <summary>True if it is known of all items which they are.</summary>
    public bool HasNames => !Faults.Any(fault => fault.Key.EndsWith(']') || fault.Key.EndsWith(".name", StringComparison.Ordinal));

    /// <summary>The keys that something is wrong with, or with what is below them.</summary>
    public HashSet<string> FaultyKeys() => [.. Faults.SelectMany(fault => AndAround(fault.Key))];

    private static IEnumerable<string> AndAround(string key)
    {
        for (var end = key.Length; end > 0; end = key.AsSpan(0, end).LastIndexOfAny('.', '['))
        {
            yield return key[..end];
        }
    }
}

/// <summary>Reads a whole configuration file that comes by the API as JSON; of its keys only endpoints and projects are taken.</summary>
internal static class CatalogReader
{
    private const string Endpoints = "endpoints";
    private const string Projects = "projects";

    /// <param name="body">What came.</param>
    /// <param name="saved">The endpoint of a name as it is, whose secrets are used on as <see cref="CatalogItemReader"/> has it; null: there is none.</param>
    public static CatalogReading Read(JsonElement body, Func<string, EndpointOptions?> saved)
    {
        var faults = new ConfigurationFaults();
        var tree = CatalogItemReader.Tree(body, faults);
        if (new ShapeCheck(faults).Apply(tree is MapNode map ? WithoutOthers(map, faults) : tree, ConfigurationSchema.Catalog) is not MapNode root)
        {
            if (!faults.Any)
            {
                faults.Add("", "is null");
            }

            return new CatalogReading(null, null, faults.InOrder(), []);
        }

        var reader = new ConfigurationReader(faults, inline: true);
        var endpoints = Items(root, Endpoints)?.Select(item => EndpointReader.Read(item is MapNode given && Name(given) is { } name ? CatalogItemReader.WithSaved(given, saved(name)) : item, reader)).ToList();
        var projects = Items(root, Projects)?.Select(item => ProjectReader.Read(item, reader)).ToList();
        CheckNames(Endpoints, endpoints?.Select(endpoint => endpoint.Name) ?? [], faults);
        CheckNames(Projects, projects?.Select(project => project.Name) ?? [], faults);
        return new CatalogReading(endpoints, projects, faults.InOrder(), faults.WarningsByKey);
    }

    /// <summary>What the server's process alone can take is told, and stands in nobody's way; its value is not even looked at.</summary>
    private static MapNode WithoutOthers(MapNode root, ConfigurationFaults faults)
    {
        var entries = new Dictionary<string, ConfigurationNode>(StringComparer.Ordinal);
        foreach (var (key, value) in root.Entries)
        {
            var isOther = key is not (Endpoints or Projects) && ConfigurationSchema.Root.Keys.ContainsKey(key);
            entries[key] = isOther ? new ScalarNode(value.Path, value.Origin, null) : value;
            if (isOther)
            {
                faults.Warn(key, "is for the server's own configuration file, and stays as that has it");
            }
        }

        return root with { Entries = entries };
    }

    private static IReadOnlyList<ConfigurationNode>? Items(MapNode root, string list) => (root.Child(list) as ListNode)?.Items;

    private static string? Name(MapNode item) => (item.Child("name") as ScalarNode)?.Text;

    private static void CheckNames(string list, IEnumerable<string> names, ConfigurationFaults faults)
    {
        var first = new Dictionary<string, int>(StringComparer.Ordinal);
        foreach (var (i, name) in names.Index())
        {
            if (name.Length > 0 && !first.TryAdd(name, i))
            {
                faults.Add(ConfigurationNode.ChildPath(ConfigurationNode.ItemPath(list, i), "name"), $"{name} is the name of {ConfigurationNode.ItemPath(list, first[name])} already");
            }
        }
    }
}
