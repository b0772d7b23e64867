namespace Roadstead.Server.Configuration;

/// <summary>
/// A variable that names a key: the steps of <c>ROADSTEAD_ENDPOINTS__0__URL</c> are endpoints, 0 and url, as the schema
/// spells them.
/// </summary>
internal sealed record ConfigurationVariable(string Name, string Value, IReadOnlyList<string> Steps, ConfigurationShape Shape);

/// <summary>Picks from the environment the variables that name a key of the schema, and reports those that name none.</summary>
internal static class EnvironmentVariables
{
    public const string Prefix = "ROADSTEAD_";
    private const string Separator = "__";

    // What the tool reads: whoever has it in his shell may start a server there too.
    private static readonly string[] OfTheTool = ["ROADSTEAD_SERVER", "ROADSTEAD_PASSWORD_FILE"];

    /// <summary>In the order in which they are to be laid: what is outside first, items by their number.</summary>
    public static IReadOnlyList<ConfigurationVariable> Read(IReadOnlyDictionary<string, string> environment, ConfigurationFaults faults)
    {
        var variables = new List<ConfigurationVariable>();
        foreach (var (name, value) in environment.OrderBy(variable => variable.Key, StringComparer.Ordinal))
        {
            // An empty variable counts as not set: Compose and Helm have no other way to leave one out.
            if (!name.StartsWith(Prefix, StringComparison.OrdinalIgnoreCase) || value.Length == 0 || KubernetesVariables.Contains(name, environment) || OfTheTool.Contains(name, StringComparer.Ordinal))
            {
                continue;
            }

            if (Resolve(name[Prefix.Length..]) is var (steps, shape))
            {
                variables.Add(new ConfigurationVariable(name, value, steps, shape));
            }
            else
            {
                faults.Add(name, Unknown(name), new ConfigurationOrigin(null, name));
            }
        }

        return [.. variables.OrderBy(Order, StringComparer.Ordinal)];
    }

    private static string Order(ConfigurationVariable variable) =>
        string.Join('\0', variable.Steps.Select(step => char.IsAsciiDigit(step[0]) ? step.PadLeft(4, '0') : step));

    private static (IReadOnlyList<string> Steps, ConfigurationShape Shape)? Resolve(string name)
    {
        ConfigurationShape shape = ConfigurationSchema.Root;
        var steps = new List<string>();
        foreach (var segment in name.Split(Separator))
        {
            switch (shape)
            {
                case ConfigurationShape.Map map when map.Keys.Keys.FirstOrDefault(key => key.Equals(segment, StringComparison.OrdinalIgnoreCase)) is { } key:
                    steps.Add(key);
                    shape = map.Keys[key];
                    break;
                case ConfigurationShape.List list when segment.Length is > 0 and <= 4 && segment.All(char.IsAsciiDigit):
                    steps.Add(segment.TrimStart('0') is { Length: > 0 } index ? index : "0");
                    shape = list.Item;
                    break;
                case ConfigurationShape.NotYet:
                    // Whatever lies below a key of a later release is refused at that key.
                    break;
                default:
                    return null;
            }
        }

        return (steps, shape);
    }

    private static string Unknown(string name) => NearestWord.To(name, Names(ConfigurationSchema.Root, "")) is { } nearest
        ? $"names no known key; did you mean {nearest}?"
        : "names no known key; write a key's path in capitals with __ between its parts, as ROADSTEAD_STORAGE__PATH";

    private static IEnumerable<string> Names(ConfigurationShape shape, string below) => shape switch
    {
        ConfigurationShape.Map map => map.Keys.SelectMany(key =>
            Names(key.Value, (below.Length == 0 ? Prefix : below + Separator) + key.Key.ToUpperInvariant())),
        ConfigurationShape.List { Item: ConfigurationShape.Map { OrValue: not null } } list => Names(list.Item, $"{below}{Separator}0").Append(below),
        ConfigurationShape.List { Item: ConfigurationShape.Map } list => Names(list.Item, $"{below}{Separator}0"),
        _ => [below],
    };
}

/// <summary>
/// Kubernetes gives each pod variables for every Service of its name space, named after the Service:
/// https://kubernetes.io/docs/concepts/services-networking/service/#environment-variables. A Service called roadstead,
/// or roadstead-metrics, must not be taken for mistyped configuration. No key has a name of these forms.
/// </summary>
internal static class KubernetesVariables
{
    public static bool Contains(string name, IReadOnlyDictionary<string, string> environment)
    {
        if (name.StartsWith("ROADSTEAD_SERVICE_", StringComparison.Ordinal)
            || name.StartsWith("ROADSTEAD_PORT_", StringComparison.Ordinal)
            || name == "ROADSTEAD_PORT")
        {
            return true;
        }

        // For a Service of a longer name the form alone could be a mistake; the kubelet always sets both of these.
        var end = Math.Max(name.LastIndexOf("_SERVICE_", StringComparison.Ordinal), name.LastIndexOf("_PORT", StringComparison.Ordinal));
        for (; end > 0; end = name.LastIndexOf('_', end - 1))
        {
            if (environment.ContainsKey($"{name[..end]}_SERVICE_HOST") && environment.ContainsKey($"{name[..end]}_SERVICE_PORT"))
            {
                return true;
            }
        }

        return false;
    }
}
