using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Routing;
using Roadstead.Api;
using Roadstead.Server.Projects;
using Roadstead.Server.Retention;

namespace Roadstead.Server.Management;

/// <summary><c>/api/v2.0/roadstead/projects/{name}/retention</c>: what a project's policy lets go, now.</summary>
internal static class RetentionEndpoint
{
    private static readonly TimeSpan Patience = TimeSpan.FromMinutes(10);

    public static void MapRetention(this IEndpointRouteBuilder routes, RetentionRun retention, ProjectCatalog catalog, TimeProvider clock) => routes
        .MapPost(ProjectList.Path + "/{name}/retention", context => DatabasePatience.Survive(context, "The policy is not run", _ => Run(context, retention, catalog), clock, Patience))
        .Admin().Told("Lets go what a project's retention policy does not keep.", answer: () => ApiJson.Default.RetentionReport, query: "dryRun");

    private static async Task Run(HttpContext context, RetentionRun retention, ProjectCatalog catalog)
    {
        var name = (string)context.GetRouteValue("name")!;
        if (!bool.TryParse(context.Request.Query["dryRun"].FirstOrDefault("false"), out var isDryRun))
        {
            await ApiErrorResult.Write(context, StatusCodes.Status400BadRequest, "dryRun is true or false.").ConfigureAwait(false);
        }
        else if (catalog.Snapshot.Named(name) is null)
        {
            await ApiErrorResult.Write(context, StatusCodes.Status404NotFound, CatalogAnswers.NoSuch("project", name)).ConfigureAwait(false);
        }
        else
        {
            var plan = await retention.Plan(name).ConfigureAwait(false);
            var gone = isDryRun ? 0 : await retention.Run(name).ConfigureAwait(false);
            await ApiResult.Write(context, new RetentionReport([.. plan.Select(ImageEndpoints.Image)], gone), ApiJson.Default.RetentionReport).ConfigureAwait(false);
        }
    }
}
