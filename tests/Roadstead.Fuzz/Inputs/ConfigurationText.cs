using System.Globalization;
using System.Text;
using Roadstead.Server.Configuration;

namespace Roadstead.Fuzz.Inputs;

/// <summary>Writes a configuration as YAML with every key, in one way only: two configurations are equal if their texts are.</summary>
/// <remarks>Without the storage folder and the files, which are the machine's.</remarks>
internal static class ConfigurationText
{
    public static string Write(RoadsteadOptions options)
    {
        var text = new StringBuilder();
        List(text, "listen", options.Listen, entry => [("url", Listen(entry)), ("project", entry.Project)]);
        Keys(text, "", [("tls", options.Tls is { IsAuto: true } ? "auto" : null), ("publicUrl", options.PublicUrl?.ToString())]);
        text.Append("storage:\n");
        Keys(text, "  ", [("scrubEvery", options.Storage.ScrubEvery is { } every ? Time(every) : "never"), ("scrubRate", Size(options.Storage.ScrubRate))]);
        text.Append("defaults:\n");
        Keys(text, "  ", [("freshFor", Time(options.Defaults.FreshFor)), ("staleFor", options.Defaults.StaleFor is { } stale ? Time(stale) : "unlimited")]);
        if (options.Endpoints is { } endpoints)
        {
            List(text, "endpoints", endpoints, Endpoint);
        }

        List(text, "projects", options.Projects, Project);
        return text.ToString();
    }

    private static (string, string?)[] Endpoint(EndpointOptions endpoint) =>
    [
        ("name", endpoint.Name), ("registry", endpoint.Registry), ("url", endpoint.Url.ToString()), ("username", endpoint.Username), ("password", endpoint.Password),
        ("insecureSkipVerify", Flag(endpoint.InsecureSkipVerify)), ("allowPrivateAddresses", Flag(endpoint.AllowPrivateAddresses)), .. Values("tokenHosts", endpoint.TokenHosts),
        .. Values("fallbackUrls", [.. endpoint.FallbackUrls.Select(url => url.ToString())]), ("proxy", endpoint.Proxy?.ToString()),
        ("connectTimeout", Time(endpoint.ConnectTimeout)), ("headerTimeout", Time(endpoint.HeaderTimeout)), ("idleTimeout", Time(endpoint.IdleTimeout)),
        ("revalidationTimeout", Time(endpoint.RevalidationTimeout)), ("rateLimitReserve", Number(endpoint.RateLimitReserve)), ("maxBodies", Number(endpoint.MaxBodies)),
    ];

    private static (string, string?)[] Project(ProjectOptions project) =>
    [
        ("name", project.Name), ("endpoint", project.Endpoint), ("public", Flag(project.Public)), ("primary", Flag(project.Primary)), ("quota", project.Quota is { } quota ? Size(quota) : "unlimited"),
        ("freshFor", project.FreshFor is { } fresh ? Time(fresh) : null), .. Values("hosts", project.Hosts), .. Values("platforms", project.Platforms), .. Values("include", project.Include),
        ("bandwidth", project.Bandwidth is { } rate ? Size(rate) : null), ("deletedFor", project.DeletedFor is { } deleted ? Time(deleted) : null), .. Values("exclude", project.Exclude), .. Freshness(project.Freshness),
    ];

    private static IEnumerable<(string, string?)> Freshness(IReadOnlyList<FreshnessRule> rules) => rules.Count == 0 ? [] : [("freshness\0", $"[{string.Join(", ", rules.Select(rule =>
        $"{{tags: [{string.Join(", ", rule.Tags.Select(Quoted))}], freshFor: {(rule.FreshFor is { } time ? Time(time) : "unlimited")}, repositories: [{string.Join(", ", rule.Repositories.Select(Quoted))}]}}"))}]")];

    // What listens on every address has lost its name.
    private static string Listen(ListenOptions entry) => entry.AnyAddress ? $"{entry.Url.Scheme}://*:{Number(entry.Url.Port)}" : entry.Url.ToString();

    private static string Flag(bool value) => value ? "true" : "false";

    private static string Number(long value) => value.ToString(CultureInfo.InvariantCulture);

    // A number takes eighteen digits only; what is larger was written with a unit.
    private static string Size(long bytes) => bytes < 1_000_000_000_000_000_000 ? Number(bytes) : bytes % 1024 == 0 ? $"{Number(bytes / 1024)}KiB" : $"{Number(bytes / 1000)}KB";

    // One unit takes nine digits only.
    private static string Time(TimeSpan time) => $"{Number(time.Days)}d{Number((long)(time - TimeSpan.FromDays(time.Days)).TotalMilliseconds)}ms";

    private static IEnumerable<(string, string?)> Values(string key, IReadOnlyList<string> values) => values.Count == 0 ? [] : [(key + "\0", $"[{string.Join(", ", values.Select(Quoted))}]")];

    private static void List<T>(StringBuilder text, string key, IReadOnlyList<T> items, Func<T, (string, string?)[]> keys)
    {
        text.Append(CultureInfo.InvariantCulture, $"{key}:{(items.Count == 0 ? " []" : "")}\n");
        foreach (var item in items)
        {
            text.Append("-\n");
            Keys(text, "  ", keys(item));
        }
    }

    /// <summary>A key that ends with a NUL has a value that stands as it is.</summary>
    private static void Keys(StringBuilder text, string indent, (string Key, string? Value)[] keys)
    {
        foreach (var (key, value) in keys.Where(key => key.Value is not null))
        {
            text.Append(CultureInfo.InvariantCulture, $"{indent}{key.TrimEnd('\0')}: {(key.EndsWith('\0') ? value : Quoted(value!))}\n");
        }
    }

    private static string Quoted(string text) => $"\"{string.Concat(text.EnumerateRunes().Select(rune => rune.Value switch
    {
        '"' or '\\' => $"\\{rune}",
        < ' ' or > '~' => $"\\U{rune.Value:x8}",
        _ => rune.ToString(),
    }))}\"";
}
