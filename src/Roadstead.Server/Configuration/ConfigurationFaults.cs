namespace Roadstead.Server.Configuration;

/// <summary>Gathers every fault of one run, and finds for a key's path where it was written.</summary>
internal sealed class ConfigurationFaults
{
    private readonly List<ConfigurationFault> _faults = [];
    private readonly List<(string Key, string Message)> _warnings = [];
    private readonly Dictionary<string, ConfigurationOrigin> _origins = new(StringComparer.Ordinal);

    public bool Any => _faults.Count > 0;

    /// <summary>One line each, beginning with the key.</summary>
    public IReadOnlyList<string> Warnings => [.. _warnings.Select(warning => $"{warning.Key}: {warning.Message}")];

    public IReadOnlyList<(string Key, string Message)> WarningsByKey => _warnings;

    /// <summary>In the order of the file; what has no line comes last.</summary>
    public IReadOnlyList<ConfigurationFault> InOrder() => [.. _faults.OrderBy(fault => fault.Line ?? int.MaxValue)];

    public bool Concerns(string path) => _faults.Exists(fault => fault.Key == path);

    /// <summary>True where the file or a variable gives the key a value.</summary>
    public bool IsSet(string path) => _origins.ContainsKey(path);

    public void Add(string path, string message) => Add(path, message, Origin(path));

    public void Add(string path, string message, ConfigurationOrigin origin) =>
        _faults.Add(new(path.Length == 0 ? ConfigurationFault.WholeFile : path, message, origin.Line, origin.Variable));

    public void Warn(string path, string message) => _warnings.Add((path, message));

    /// <summary>Remembers where each value of the finished tree was written.</summary>
    public void Locate(ConfigurationNode node)
    {
        if (node is ScalarNode { Text: null })
        {
            return;
        }

        _origins[node.Path] = node.Origin;
        var below = node switch
        {
            MapNode map => map.Entries.Values,
            ListNode list => list.Items,
            _ => [],
        };
        foreach (var child in below)
        {
            Locate(child);
        }
    }

    /// <summary>A key that is missing was not written anywhere: the nearest key around it is where it belongs.</summary>
    public ConfigurationOrigin Origin(string path)
    {
        while (true)
        {
            if (_origins.TryGetValue(path, out var origin))
            {
                return origin;
            }

            var end = path.LastIndexOfAny(['.', '[']);
            if (end < 0)
            {
                return default;
            }

            path = path[..end];
        }
    }
}
