using System.Text.Json;

namespace Roadstead.Server.Configuration;

/// <summary>Reads JSON into nodes, so that what comes by the API is held against the same rules as the configuration file.</summary>
internal static class JsonTree
{
    public static ConfigurationNode Read(JsonElement element, string path, ConfigurationFaults faults) => element.ValueKind switch
    {
        JsonValueKind.Object => Map(element, path, faults),
        JsonValueKind.Array => new ListNode(path, default, [.. element.EnumerateArray().Select((item, index) => Read(item, ConfigurationNode.ItemPath(path, index), faults))]),
        JsonValueKind.Null or JsonValueKind.Undefined => new ScalarNode(path, default, null),
        JsonValueKind.String => new ScalarNode(path, default, element.GetString()),
        _ => new ScalarNode(path, default, element.GetRawText()),
    };

    private static MapNode Map(JsonElement element, string path, ConfigurationFaults faults)
    {
        var entries = new Dictionary<string, ConfigurationNode>(StringComparer.Ordinal);
        foreach (var property in element.EnumerateObject())
        {
            var child = Read(property.Value, ConfigurationNode.ChildPath(path, property.Name), faults);
            if (!entries.TryAdd(property.Name, child))
            {
                faults.Add(child.Path, "is given twice");
            }
        }

        return new MapNode(path, default, entries);
    }
}
