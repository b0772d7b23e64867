namespace Roadstead.Server.Configuration;

/// <summary>
/// Holds a tree against the schema: reports unknown keys and values of the wrong kind, and leaves a tree in which
/// every node is of its schema's kind or unreadable.
/// </summary>
internal sealed class ShapeCheck(ConfigurationFaults faults)
{
    public ConfigurationNode Apply(ConfigurationNode node, ConfigurationShape shape) => (shape, node) switch
    {
        (ConfigurationShape.NotYet notYet, _) => Refuse(node, notYet.Message),
        (_, UnreadableNode or ScalarNode { Text: null }) => node,
        (ConfigurationShape.Scalar, ScalarNode) => node,
        (ConfigurationShape.Scalar scalar, _) => Refuse(node, $"must be {scalar.Expected}, not a {node.Kind}"),
        (ConfigurationShape.List list, ListNode items) =>
            items with { Items = [.. items.Items.Select(item => Item(item, list.Item))] },
        (ConfigurationShape.List { OrOne: true, Item: var item }, ScalarNode) => new ListNode(node.Path, node.Origin, [Item(node, item)]),
        (ConfigurationShape.List, _) => Refuse(node, $"must be a list, not a {node.Kind}"),
        (ConfigurationShape.Map map, MapNode keys) => Keys(keys, map),
        (ConfigurationShape.Map { OrValue: not null }, ScalarNode) => node,
        (ConfigurationShape.Map { OrValue: { } value }, _) => Refuse(node, $"must be {value}, not a {node.Kind}"),
        (ConfigurationShape.Map { Word: { } word }, ScalarNode { Text: var text }) when text == word => node,
        (ConfigurationShape.Map { Word: { } word }, _) => Refuse(node, $"must be a mapping of keys or the word {word}"),
        _ => Refuse(node, $"must be a mapping of keys, not a {node.Kind}"),
    };

    private ConfigurationNode Item(ConfigurationNode item, ConfigurationShape shape) =>
        item is ScalarNode { Text: null } ? Refuse(item, "is empty") : Apply(item, shape);

    private MapNode Keys(MapNode node, ConfigurationShape.Map shape)
    {
        var entries = new Dictionary<string, ConfigurationNode>(StringComparer.Ordinal);
        foreach (var (key, value) in node.Entries)
        {
            if (shape.Keys.TryGetValue(key, out var known))
            {
                entries[key] = Apply(value, known);
            }
            else
            {
                faults.Add(value.Path, UnknownKey(key, shape), value.Origin);
            }
        }

        return node with { Entries = entries };
    }

    private static string UnknownKey(string key, ConfigurationShape.Map shape) => NearestWord.To(key, shape.Keys.Keys) is { } nearest
        ? $"is no known key; did you mean {nearest}?"
        : $"is no known key; known here: {string.Join(", ", shape.Keys.Keys)}";

    private UnreadableNode Refuse(ConfigurationNode node, string message)
    {
        faults.Add(node.Path, message, node.Origin);
        return new UnreadableNode(node.Path, node.Origin);
    }
}
