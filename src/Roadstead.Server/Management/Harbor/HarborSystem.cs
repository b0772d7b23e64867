using System.Data.Common;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Routing;
using Roadstead.Server.Configuration;
using Roadstead.Server.Metadata;
using Roadstead.Server.Projects;

namespace Roadstead.Server.Management.Harbor;

/// <summary>What Harbor's clients ask of the server as a whole.</summary>
internal sealed class HarborSystem(ProjectCatalog catalog, Database database, RoadsteadOptions options, TimeProvider clock)
{
    private const string Root = HarborAnswers.Root;

    public void Map(IEndpointRouteBuilder routes)
    {
        routes.MapGet(Root + "/ping", Ping).Open().Told("Answers Pong.");
        routes.MapGet(Root + "/health", Health).Open().Told("Whether the server's parts work.", answer: () => HarborJson.Default.HarborHealth);
        routes.MapGet(Root + "/systeminfo", Info).Open().Told("What kind of server this is.", answer: () => HarborJson.Default.HarborSystemInfo);
        routes.MapGet(Root + "/configurations", context => ApiResult.Write(context, Configurations, HarborJson.Default.HarborConfigurations))
            .Admin().Told("The settings that Harbor's clients ask for; none can be changed here.", answer: () => HarborJson.Default.HarborConfigurations);
        routes.MapGet(Root + "/statistics", context => DatabasePatience.Survive(context, "What is held is not known", _ => Statistics(context), clock))
            .Admin().Told("How many projects and repositories there are, and what they take.", answer: () => HarborJson.Default.HarborStatistics);
        routes.MapGet(Root + "/users/current", context => ApiResult.Write(context, Admin, HarborJson.Default.HarborUser))
            .Admin().Told("Who asks.", answer: () => HarborJson.Default.HarborUser);
        routes.MapGet(Root + "/scanners", context => HarborAnswers.List(context, Array.Empty<string>(), name => name, HarborJson.Default.IReadOnlyListString)).Admin().Told("No scanners.", answer: () => HarborJson.Default.IReadOnlyListString);
    }

    private static HarborConfigurations Configurations { get; } = new(
        new("db_auth", false), new(true, false), new(-1, false), new("robot$", false), new(false, false), new(false, false), new("adminonly", false), new(false, false));

    private static HarborUser Admin { get; } = new(1, Access.Credentials.AdminName, Access.Credentials.AdminName, "", true, false);

    private static async Task Ping(HttpContext context)
    {
        context.Response.ContentType = "text/plain; charset=utf-8";
        context.Response.ContentLength = 4;
        await context.Response.Body.WriteAsync("Pong"u8.ToArray(), context.RequestAborted).ConfigureAwait(false);
    }

    /// <summary>Open, so it says that the database fails and not how.</summary>
    private Task Health(HttpContext context)
    {
        string? fault = null;
        try
        {
            database.Check();
        }
        catch (DbException)
        {
            fault = "it cannot be read";
        }

        var isWell = fault is null && !database.IsLost;
        return ApiResult.Write(
            context,
            new HarborHealth(
                isWell ? "healthy" : "unhealthy",
                [new HarborComponent("core", "healthy", null), new HarborComponent("registry", "healthy", null), new HarborComponent("database", isWell ? "healthy" : "unhealthy", isWell ? null : fault ?? "it was deleted while in use")]),
            HarborJson.Default.HarborHealth);
    }

    private Task Info(HttpContext context)
    {
        var own = options.PublicUrl?.GetLeftPart(UriPartial.Authority) ?? $"{context.Request.Scheme}://{context.Request.Host.Value}";
        return ApiResult.Write(
            context,
            new HarborSystemInfo("db_auth", $"v2.0-roadstead-{ServerVersion.Text}", own[(own.IndexOf("://", StringComparison.Ordinal) + 3)..], own, false, false, "adminonly", options.Tls is { IsAuto: true }, false, false),
            HarborJson.Default.HarborSystemInfo);
    }

    private Task Statistics(HttpContext context)
    {
        var entries = catalog.Entries;
        var counts = entries.Projects.Select(entry => (
            entry.Options.Public,
            Repositories: entries.Endpoint(entry.Options.Endpoint) is { } endpoint ? database.Read(connection => UsageTable.Repositories(connection, entry.Name, endpoint.Options.Registry)) : 0)).ToList();
        var open = counts.Where(count => count.Public).ToList();
        return ApiResult.Write(
            context,
            new HarborStatistics(
                counts.Count - open.Count, counts.Sum(count => count.Repositories) - open.Sum(count => count.Repositories), open.Count, open.Sum(count => count.Repositories), counts.Count,
                counts.Sum(count => count.Repositories), database.Read(BlobTable.TotalSize)),
            HarborJson.Default.HarborStatistics);
    }
}
