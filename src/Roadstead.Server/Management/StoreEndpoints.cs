using System.Globalization;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Routing;
using Roadstead.Api;
using Roadstead.Server.Projects;
using Roadstead.Server.Retention;

namespace Roadstead.Server.Management;

/// <summary><c>/api/v2.0/roadstead/store</c>: how full it is, and having it delete what nothing names.</summary>
internal static class StoreEndpoints
{
    // All rows and all files of a large store.
    private static readonly TimeSpan Patience = TimeSpan.FromMinutes(10);

    public static void MapStore(this IEndpointRouteBuilder routes, ProjectCatalog catalog, StoreReport report, ImageCatalog images, GarbageCollector garbage, TimeProvider clock)
    {
        routes.MapGet(StoreStatus.Path, context => DatabasePatience.Survive(context, "The state of the store is not known", async stops =>
        {
            var usage = await report.Usage(stops).ConfigureAwait(false);
            var status = new StoreStatus(usage.Bytes, usage.Quota, usage.UntilWatermark, [.. usage.Projects.Select(project => new ProjectStore(project.Name, project.Bytes, project.Quota))]);
            await ApiResult.Write(context, status, ApiJson.Default.StoreStatus).ConfigureAwait(false);
        }, clock)).Admin().Told("How full the store is.", answer: () => ApiJson.Default.StoreStatus);
        routes.MapGet(StoreStatus.PlanPath, context => DatabasePatience.Survive(context, "What would go is not known", _ => Plan(context, catalog, images), clock, Patience))
            .Admin().Told("What would go to make room.", answer: () => ApiJson.Default.EvictionPreview, query: ["bytes", "project"]);
        routes.MapPost(StoreStatus.CleanPath, context => DatabasePatience.Survive(context, "The store is not cleaned", stops => Clean(context, garbage, stops), clock, Patience))
            .Admin().Told("Deletes blobs that no manifest names.", answer: () => ApiJson.Default.CleanReport, query: "dryRun");
    }

    private static async Task Plan(HttpContext context, ProjectCatalog catalog, ImageCatalog images)
    {
        var query = context.Request.Query;
        if (!long.TryParse(query["bytes"].ToString(), NumberStyles.None, CultureInfo.InvariantCulture, out var bytes) || bytes == 0)
        {
            await ApiErrorResult.Write(context, StatusCodes.Status400BadRequest, "bytes is how many are to be freed, a number of more than 0.").ConfigureAwait(false);
            return;
        }

        var project = query.TryGetValue("project", out var named) ? named.ToString() : null;
        if (project is not null && !catalog.Snapshot.Projects.Any(one => one.Name == project))
        {
            await ApiErrorResult.Write(context, StatusCodes.Status404NotFound, $"There is no project {project}.").ConfigureAwait(false);
            return;
        }

        var (loose, gone, freed) = await images.Plan(project, bytes).ConfigureAwait(false);
        await ApiResult.Write(context, new EvictionPreview(loose, [.. gone.Select(ImageEndpoints.Image)], freed, freed >= bytes), ApiJson.Default.EvictionPreview).ConfigureAwait(false);
    }

    private static async Task Clean(HttpContext context, GarbageCollector garbage, CancellationToken stops)
    {
        if (!bool.TryParse(context.Request.Query["dryRun"].FirstOrDefault("false"), out var isDryRun))
        {
            await ApiErrorResult.Write(context, StatusCodes.Status400BadRequest, "dryRun is true or false.").ConfigureAwait(false);
            return;
        }

        var (strays, deleted, bytes) = await garbage.Run(RetentionWork.ShortGrace, isDryRun, stops).ConfigureAwait(false);
        await ApiResult.Write(context, new CleanReport(strays, deleted, bytes), ApiJson.Default.CleanReport).ConfigureAwait(false);
    }
}
