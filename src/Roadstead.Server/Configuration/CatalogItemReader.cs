using System.Text.Json;

namespace Roadstead.Server.Configuration;

/// <summary>Reads an endpoint or a project that comes by the API, by the rules of the configuration file.</summary>
internal static class CatalogItemReader
{
    /// <param name="body">What came.</param>
    /// <param name="name">Its name; one in the body must be the same.</param>
    /// <param name="saved">The endpoint as it is; its secrets are used on where the body gives none and leads to the same URL. Null: there is none.</param>
    /// <returns>The options, and every fault; they are usable only without one.</returns>
    public static (EndpointOptions Options, IReadOnlyList<ConfigurationFault> Faults) Endpoint(JsonElement body, string name, EndpointOptions? saved)
    {
        var faults = new ConfigurationFaults();
        var map = Read(body, name, ConfigurationSchema.Endpoint, faults);
        return (EndpointReader.Read(WithSaved(map, saved), new ConfigurationReader(faults, inline: true)), faults.InOrder());
    }

    /// <param name="values">Values by the configuration's keys; null: not given.</param>
    public static (EndpointOptions Options, IReadOnlyList<ConfigurationFault> Faults) Endpoint(IReadOnlyDictionary<string, string?> values)
    {
        var faults = new ConfigurationFaults();
        var map = new MapNode("", default, values.ToDictionary(pair => pair.Key, ConfigurationNode (pair) => new ScalarNode(pair.Key, default, pair.Value), StringComparer.Ordinal));
        return (EndpointReader.Read(map, new ConfigurationReader(faults, inline: true)), faults.InOrder());
    }

    /// <inheritdoc cref="Endpoint(JsonElement, string, EndpointOptions?)"/>
    public static (ProjectOptions Options, IReadOnlyList<ConfigurationFault> Faults) Project(JsonElement body, string name)
    {
        var faults = new ConfigurationFaults();
        var map = Read(body, name, ConfigurationSchema.Project, faults);
        return (ProjectReader.Read(map, new ConfigurationReader(faults, inline: true)), faults.InOrder());
    }

    /// <summary>A project of that name and nothing else.</summary>
    public static (ProjectOptions Options, IReadOnlyList<ConfigurationFault> Faults) ProjectNamed(string name)
    {
        var faults = new ConfigurationFaults();
        return (ProjectReader.Read(With(MapNode.Empty(""), "name", name), new ConfigurationReader(faults, inline: true)), faults.InOrder());
    }

    private static MapNode Read(JsonElement body, string name, ConfigurationShape shape, ConfigurationFaults faults)
    {
        var map = new ShapeCheck(faults).Apply(Tree(body, faults), shape) as MapNode ?? MapNode.Empty("");
        if (map.Child("name") is ScalarNode { Text: var given } && given != name)
        {
            faults.Add("name", "is not the name in the path");
        }

        return With(map, "name", name);
    }

    /// <summary>JSON that may be odd; what is odd is a fault.</summary>
    public static ConfigurationNode Tree(JsonElement body, ConfigurationFaults faults)
    {
        if (body.ValueKind == JsonValueKind.Null)
        {
            faults.Add("", "is null");
        }

        try
        {
            return JsonTree.Read(body, "", faults);
        }
        catch (InvalidOperationException)
        {
            // Half of a surrogate pair, of which the framework makes no string.
            faults.Add("", "holds text that is no Unicode");
            return new UnreadableNode("", default);
        }
    }

    /// <summary>A secret belongs to the URL that it was given for: it is never sent to another.</summary>
    public static MapNode WithSaved(MapNode map, EndpointOptions? saved)
    {
        if (saved is null)
        {
            return map;
        }

        var wanted = EndpointReader.Read(map, new ConfigurationReader(new ConfigurationFaults(), inline: true));
        map = map.Child("proxyUsername") is not null && map.Child("proxyPassword") is null && wanted.Proxy == saved.Proxy && saved.ProxyPassword is { } forProxy ? With(map, "proxyPassword", forProxy) : map;
        if (!SecretPlaces.AllKnown(wanted, saved))
        {
            return map;
        }

        // A key of Google's needs no user name beside it.
        map = (map.Child("username") is not null || saved is { Username: null, TokenExchange: not null }) && map.Child("password") is null && saved.Password is { } password ? With(map, "password", password) : map;
        return map.Child("clientCertificate") is not null && map.Child("clientKey") is null && saved.ClientKey is { } key ? With(map, "clientKey", key) : map;
    }

    private static MapNode With(MapNode map, string key, string value) =>
        map with { Entries = new Dictionary<string, ConfigurationNode>(map.Entries, StringComparer.Ordinal) { [key] = new ScalarNode(ConfigurationNode.ChildPath(map.Path, key), default, value) } };
}
