using System.Globalization;
using System.Text.Json;
using System.Text.Json.Nodes;
using Roadstead.Api;
using Roadstead.Cli.NodeConfig;

namespace Roadstead.Cli.Output;

/// <summary>Endpoints and projects as a file declares them, and what became of such a file.</summary>
internal static class CatalogText
{
    public const string Unchanged = "unchanged";

    private static readonly string[] Titles = ["KIND", "NAME", "CHANGE", "OPTIONS"];
    private static readonly string[] Fates = ["created", "changed", "deleted", Unchanged];

    /// <param name="report">What the server said.</param>
    /// <param name="width">Columns of the terminal; null: as wide as it is.</param>
    public static string Changes(CatalogReport report, int? width)
    {
        var rows = report.Changes.Where(change => change.Change != Unchanged)
            .Select(change => new[] { change.Kind, Printable.Line(change.Name), change.Change, change.Keys is { Count: > 0 } keys ? Printable.Line(string.Join(", ", keys.Select(key => Goes(change, key) ? $"{key} (goes)" : key))) : "-" }).ToList();
        var table = rows.Count == 0 ? "" : string.Concat(TextTable.Lines([Titles, .. rows], [3, 1], width).Select(line => line + "\n"));
        var counts = Fates.Select(fate => (Fate: fate, Count: report.Changes.Count(change => change.Change == fate))).Where(count => count.Count > 0)
            .Select(count => string.Create(CultureInfo.InvariantCulture, $"{count.Count} {count.Fate}"));
        return $"{table}{(report.Changes.Count == 0 ? "The file names nothing" : string.Join(", ", counts))}.{(report.DryRun ? " This is a dry run: nothing was changed." : "")}\n";
    }

    /// <summary>A unified diff; empty where nothing differs.</summary>
    public static string Difference(CatalogReport report, string file)
    {
        if (report.Changes.All(change => change.Change == Unchanged) || report is not { Before: { } before, After: { } after })
        {
            return "";
        }

        var (was, becomes) = (Node(before), Node(after));
        foreach (var change in report.Changes.Where(change => change is { Kind: "endpoint", Keys: not null }))
        {
            MarkSecrets(change, Named(was, change.Name), Named(becomes, change.Name));
        }

        return UnifiedDiff.Of("(server)", YamlText.OfJson(was.ToJsonString()), YamlText.OfJson(becomes.ToJsonString()), file);
    }

    /// <param name="catalog">What the server has.</param>
    /// <param name="missing">What is to be said of its secrets.</param>
    public static string Yaml(CatalogSpec catalog, IReadOnlyList<string> missing) =>
        string.Concat(missing.Select(line => $"# {Printable.Line(line)}\n")) + YamlText.OfJson(Node(catalog).ToJsonString());

    public static string Json(CatalogSpec catalog)
    {
        using var document = JsonDocument.Parse(Node(catalog).ToJsonString());
        return JsonText.Write(json =>
        {
            foreach (var member in document.RootElement.EnumerateObject())
            {
                member.WriteTo(json);
            }
        });
    }

    /// <summary>What an export leaves out, and how it is given; empty: nothing.</summary>
    public static IReadOnlyList<string> MissingSecrets(EndpointList list)
    {
        List<string> lines =
        [
            .. list.Endpoints.Where(status => status.HasPassword).Select(status => $"  {status.Settings.Name}: password, or passwordFile with a file of yours"),
            .. list.Endpoints.Where(status => status.Settings.ProxyUsername is not null).Select(status => $"  {status.Settings.Name}: proxyPassword, or proxyPasswordFile with a file of yours"),
            .. list.Endpoints.Where(status => status.HasClientKey).Select(status => $"  {status.Settings.Name}: clientKey, a file of yours"),
            .. list.Endpoints.Where(status => status.SecretLost).Select(status => $"  {status.Settings.Name}: username and password, or clientCertificate and clientKey; the server cannot read what it had"),
        ];
        return lines.Count == 0 ? [] : ["Secrets are left out. This server keeps those that it has as long as an endpoint's url stays; for another one add to the endpoints:", .. lines];
    }

    // People look for the name first.
    private static JsonObject Node(CatalogSpec catalog)
    {
        var node = JsonSerializer.SerializeToNode(catalog, ApiJson.Default.CatalogSpec)!.AsObject();
        foreach (var item in node.SelectMany(list => list.Value!.AsArray()).OfType<JsonObject>())
        {
            var name = item["name"];
            item.Remove("name");
            item.Insert(0, "name", name);
        }

        return node;
    }

    private static JsonObject? Named(JsonObject catalog, string name) => catalog["endpoints"]?.AsArray().OfType<JsonObject>().FirstOrDefault(item => (string?)item["name"] == name);

    /// <summary>What changes and is never told is a secret: that it changes is.</summary>
    private static void MarkSecrets(CatalogChange change, JsonObject? was, JsonObject? becomes)
    {
        foreach (var key in change.Keys!.Where(key => was is not null && becomes is not null && !was.ContainsKey(key) && !becomes.ContainsKey(key)))
        {
            was![key] = "(as it is)";
            if (!Goes(change, key))
            {
                becomes![key] = "(as the file has it)";
            }
        }
    }

    private static bool Goes(CatalogChange change, string key) => change.Gone?.Contains(key) == true;
}
