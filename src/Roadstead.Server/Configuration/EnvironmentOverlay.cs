using System.Globalization;

namespace Roadstead.Server.Configuration;

/// <summary>Lays the values of variables over the tree of the file, which already has the schema's shape.</summary>
internal sealed class EnvironmentOverlay(ConfigurationFaults faults)
{
    public ConfigurationNode Lay(ConfigurationNode root, IEnumerable<ConfigurationVariable> variables) =>
        variables.Aggregate(root, (tree, variable) => Lay(tree, "", ConfigurationSchema.Root, variable, 0));

    private ConfigurationNode Lay(ConfigurationNode? below, string path, ConfigurationShape shape, ConfigurationVariable variable, int depth)
    {
        if (below is UnreadableNode)
        {
            return below;
        }

        if (below is { Origin.Variable: { } other } && other != variable.Name)
        {
            faults.Add(path, $"is set by {other} and by {variable.Name}; keep one", new ConfigurationOrigin(null, variable.Name));
            return below;
        }

        if (depth == variable.Steps.Count)
        {
            return Value(path, shape, variable);
        }

        var step = variable.Steps[depth];
        return shape switch
        {
            ConfigurationShape.Map map => Key(below as MapNode ?? MapNode.Empty(path), step, map.Keys[step], variable, depth),
            ConfigurationShape.List list => Item(below, path, int.Parse(step, CultureInfo.InvariantCulture), list, variable, depth),
            _ => Value(path, shape, variable),
        };
    }

    private MapNode Key(MapNode map, string key, ConfigurationShape shape, ConfigurationVariable variable, int depth)
    {
        var value = Lay(map.Entries.GetValueOrDefault(key), ConfigurationNode.ChildPath(map.Path, key), shape, variable, depth + 1);
        return map with { Entries = new Dictionary<string, ConfigurationNode>(map.Entries, StringComparer.Ordinal) { [key] = value } };
    }

    private ListNode Item(ConfigurationNode? below, string path, int index, ConfigurationShape.List shape, ConfigurationVariable variable, int depth)
    {
        var list = below as ListNode ?? new ListNode(path, default, []);
        if (index > list.Items.Count)
        {
            faults.Add(
                ConfigurationNode.ItemPath(path, index),
                $"leaves a gap: the list has {list.Items.Count} before it",
                new ConfigurationOrigin(null, variable.Name));
            return list;
        }

        var item = Lay(list.Items.ElementAtOrDefault(index), ConfigurationNode.ItemPath(path, index), shape.Item, variable, depth + 1);
        return list with { Items = [.. list.Items.Take(index), item, .. list.Items.Skip(index + 1)] };
    }

    private ConfigurationNode Value(string path, ConfigurationShape shape, ConfigurationVariable variable)
    {
        var origin = new ConfigurationOrigin(null, variable.Name);
        var text = variable.Value;
        ConfigurationNode node = shape switch
        {
            ConfigurationShape.List { Item: ConfigurationShape.Scalar or ConfigurationShape.Map { OrValue: not null } } when !IsFlow(text, '[', ']') =>
                new ListNode(path, origin, [.. text.Split(',').Select((item, index) =>
                    new ScalarNode(ConfigurationNode.ItemPath(path, index), origin, item.Trim()))]),
            ConfigurationShape.Map when !IsFlow(text, '{', '}') => new ScalarNode(path, origin, text),
            ConfigurationShape.Scalar or ConfigurationShape.NotYet => new ScalarNode(path, origin, text),
            _ => new YamlTree(faults, variable.Name).Read(text, path) ?? new UnreadableNode(path, origin),
        };
        return new ShapeCheck(faults).Apply(node, shape);
    }

    private static bool IsFlow(string text, char first, char last) => text.Trim() is var trimmed && trimmed.StartsWith(first) && trimmed.EndsWith(last);
}
