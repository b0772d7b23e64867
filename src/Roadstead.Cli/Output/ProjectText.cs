using System.Globalization;
using System.Text.Json;
using Roadstead.Api;

namespace Roadstead.Cli.Output;

/// <summary>Projects for people.</summary>
internal static class ProjectText
{
    private static readonly string[] Titles = ["PROJECT", "REGISTRY", "ENDPOINT", "USED", "QUOTA", "REPOSITORIES", "SOURCE"];

    /// <param name="list">What the server said.</param>
    /// <param name="width">Columns of the terminal; null: as wide as it is.</param>
    public static string List(ProjectList list, int? width) => list.Projects.Count == 0 ? "There is no project yet.\n"
        : string.Concat(TextTable.Lines([Titles, .. list.Projects.Select(Row)], [1, 2, 0], width).Select(line => line + "\n"));

    public static string One(ProjectStatus status, DateTimeOffset now)
    {
        using var settings = JsonSerializer.SerializeToDocument(status.Settings, ApiJson.Default.ProjectSpec);
        return FieldsText.Of(
        [
            ("project", status.Settings.Name!),
            ("registry", status.Registry ?? "-"),
            ("used", SizeText.Of(status.Used)),
            ("repositories", status.Repositories.ToString(CultureInfo.InvariantCulture)),
            ("source", status.Source),
            ("made", AgeText.Of(status.CreatedAt, now)),
            .. FieldsText.Members(settings.RootElement, "name", "freshness"),
            .. (status.Settings.Freshness ?? []).Select(rule => ("freshness", FreshnessText.Of(rule))),
        ]);
    }

    /// <summary>The server gives it in bytes, beside which nobody reads what is used.</summary>
    private static string Quota(ProjectStatus status) => status.Settings.Quota is not { } quota ? "-" : long.TryParse(quota, NumberStyles.None, CultureInfo.InvariantCulture, out var bytes) ? SizeText.Of(bytes) : quota;

    private static string[] Row(ProjectStatus status) =>
    [
        .. new[] { status.Settings.Name!, status.Registry ?? "-", status.Settings.Endpoint ?? "-", SizeText.Of(status.Used), Quota(status), status.Repositories.ToString(CultureInfo.InvariantCulture), status.Source }
            .Select(Printable.Line),
    ];
}
