using System.Globalization;
using System.Text.Json;
using Roadstead.Api;

namespace Roadstead.Cli.Output;

/// <summary>Endpoints for people.</summary>
internal static class EndpointText
{
    private const string Unknown = "unknown";
    private static readonly string[] Titles = ["ENDPOINT", "REGISTRY", "URL", "LOGIN", "STATE", "PROJECTS", "SOURCE"];

    /// <param name="list">What the server said.</param>
    /// <param name="now">The time.</param>
    /// <param name="width">Columns of the terminal; null: as wide as it is.</param>
    public static string List(EndpointList list, DateTimeOffset now, int? width)
    {
        if (list.Endpoints.Count == 0)
        {
            return "There is no endpoint yet.\n";
        }

        var lines = TextTable.Lines([Titles, .. list.Endpoints.Select(Row)], [2, 5, 1, 0], width)
            .Concat(list.Endpoints.Where(status => status.SecretLost || status.Health.State is "resting" or "down" or "failing").Select(status => $"{status.Settings.Name}: {(status.SecretLost ? Login(status) : State(status, now))}"));
        return string.Concat(lines.Select(line => Printable.Line(line) + "\n"));
    }

    public static string One(EndpointStatus status, DateTimeOffset now)
    {
        using var settings = JsonSerializer.SerializeToDocument(status.Settings, ApiJson.Default.EndpointSpec);
        return FieldsText.Of(
        [
            ("endpoint", status.Settings.Name!),
            ("state", status.Health.State == Unknown ? $"{Unknown}: nobody has asked it since the server started, or since it was changed; roadstead endpoint test does" : State(status, now)),
            .. status.Urls.Count < 2 ? [] : status.Urls.Select(url => ("", $"{url.Url}: {State(url.Health, now)}")),
            ("rate limit", status.RateLimit is { } limit ? string.Create(CultureInfo.InvariantCulture, $"{limit.Remaining}{(limit.Limit is { } of ? $" of {of}" : "")} left, {AgeText.Of(limit.At, now)}") : "not told"),
            ("login", Login(status)),
            ("projects", Projects(status)),
            ("source", status.Source),
            .. FieldsText.Members(settings.RootElement, "name", "username", "password", "clientKey", "proxyPassword"),
        ]);
    }

    private static string[] Row(EndpointStatus status) =>
    [
        .. new[] { status.Settings.Name!, status.Settings.Registry!, status.Settings.Url!, status.SecretLost ? "lost" : status.Settings.Username ?? status.Settings.TokenExchange ?? "-", status.Health.State, Projects(status), status.Source }.Select(Printable.Line),
    ];

    private static string Projects(EndpointStatus status) => status.Projects.Count == 0 ? "-" : string.Join(", ", status.Projects);

    private static string Login(EndpointStatus status) =>
        status.SecretLost ? "its secret cannot be read, and it is asked without: give it anew"
        : status.Settings.Username is { } name ? $"{name}{(status.HasPassword ? ", with a password" : "")}"
        : status.Settings.TokenExchange is { } cloud ? $"{cloud}, {(status.HasPassword ? "with a key" : "with what the server's machine is given")}"
        : status.HasClientKey ? "by certificate"
        : "anonymous";

    private static string State(EndpointStatus status, DateTimeOffset now) => State(status.Health, now);

    private static string State(EndpointHealthStatus health, DateTimeOffset now) => health switch
    {
        { State: "resting", RestsUntil: { } until } => string.Create(CultureInfo.InvariantCulture, $"resting for {Math.Max(0, Math.Ceiling((until - now).TotalSeconds)):0} s{Because(health)}"),
        _ => health.State + Because(health),
    };

    private static string Because(EndpointHealthStatus health) => health.Reason is { } reason ? $": {reason}" : "";
}
