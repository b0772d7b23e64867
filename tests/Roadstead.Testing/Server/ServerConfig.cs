using System.Globalization;
using System.Text;
using System.Text.Json;

namespace Roadstead.Testing.Server;

/// <summary>Writes a server's configuration file. Values are put down as JSON, which is YAML.</summary>
public sealed class ServerConfig
{
    private readonly StringBuilder endpoints = new();
    private readonly StringBuilder projects = new();
    private readonly List<string> listeners = [];

    /// <summary>The value of <c>defaults.freshFor</c>, as <c>1m</c> or <c>200ms</c>; null leaves it to the server.</summary>
    public string? FreshFor { get; set; }

    /// <summary>The value of <c>storage.watermark</c>; null leaves it to the server. <c>never</c>, so that no test hangs on what else fills the machine's disk.</summary>
    public string? Watermark { get; set; } = "never";

    /// <summary>Further keys of <c>storage</c>.</summary>
    public Dictionary<string, object> Storage { get; } = [];

    /// <summary>Further top-level YAML, put at the end as it is.</summary>
    public string Extra { get; set; } = "";

    /// <summary>If set, the whole file, in which <c>{listen}</c> and <c>{storage}</c> are filled in; the rest of this object is then not used.</summary>
    public string? WholeFile { get; set; }

    /// <summary>
    /// A script in which the server's storage folder is <c>$1</c>, run before the server in a mount namespace of its own: for disks that are small or
    /// fail. Null: none.
    /// </summary>
    public string? Disk { get; set; }

    /// <summary>Environment of the server; null removes a variable.</summary>
    public Dictionary<string, string?> Environment { get; } = [];

    /// <param name="settings">Further keys, as <c>("headerTimeout", "1s")</c> or <c>("allowPrivateAddresses", true)</c>.</param>
    public ServerConfig AddEndpoint(string name, string registry, Uri url, params (string Key, object Value)[] settings)
    {
        Append(endpoints, [("name", name), ("registry", registry), ("url", url.ToString().TrimEnd('/')), .. settings]);
        return this;
    }

    /// <param name="endpoint">Null: a hosted project.</param>
    public ServerConfig AddProject(string name, string? endpoint, params (string Key, object Value)[] settings)
    {
        Append(projects, endpoint is null ? [("name", name), .. settings] : [("name", name), ("endpoint", endpoint), .. settings]);
        return this;
    }

    /// <summary>A further address to listen on.</summary>
    /// <param name="url">As http://127.0.0.1:5001.</param>
    /// <param name="project">The project that it is bound to; null: none.</param>
    public ServerConfig AddListener(Uri url, string? project = null)
    {
        listeners.Add(project is null ? Json(Address(url)) : $"{{url: {Json(Address(url))}, project: {Json(project)}}}");
        return this;
    }

    /// <summary>The file, for a server that listens and stores there.</summary>
    public string ToYaml(Uri listen, string storage)
    {
        if (WholeFile is not null)
        {
            return WholeFile.Replace("{listen}", Address(listen), StringComparison.Ordinal).Replace("{storage}", storage, StringComparison.Ordinal);
        }

        var yaml = new StringBuilder();
        yaml.Append(CultureInfo.InvariantCulture, $"listen: [{string.Join(", ", [Json(Address(listen)), .. listeners])}]\nstorage: {{path: {Json(storage)}{(Watermark is null ? "" : $", watermark: {Watermark}")}{string.Concat(Storage.Select(key => $", {key.Key}: {Json(key.Value)}"))}}}\n");
        if (FreshFor is not null)
        {
            yaml.Append(CultureInfo.InvariantCulture, $"defaults: {{freshFor: {Json(FreshFor)}}}\n");
        }

        if (endpoints.Length > 0)
        {
            yaml.Append("endpoints:\n").Append(endpoints);
        }

        if (projects.Length > 0)
        {
            yaml.Append("projects:\n").Append(projects);
        }

        return yaml.Append(Extra).Append('\n').ToString();
    }

    private static string Address(Uri listen) => listen.ToString().TrimEnd('/');

    private static void Append(StringBuilder list, IReadOnlyList<(string Key, object Value)> entries) =>
        list.Append("  - {").AppendJoin(", ", entries.Select(entry => $"{Json(entry.Key)}: {Json(entry.Value)}")).Append("}\n");

    private static string Json(object value) => JsonSerializer.Serialize(value);
}
