using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Routing;
using Roadstead.Api;
using Roadstead.Server.Configuration;
using Roadstead.Server.Metadata;
using Roadstead.Server.Projects;
using Roadstead.Server.Retention;

namespace Roadstead.Server.Management;

/// <summary><c>/api/v2.0/roadstead/projects</c>: the name spaces of this registry, with all their options.</summary>
internal sealed class ProjectRoutes(ProjectCatalog catalog, Database database, ProjectUsage usage, RoadsteadOptions options, TimeProvider clock)
{
    private const string One = ProjectList.Path + "/{name}";
    private const int MaxBody = 64 * 1024;

    public void Map(IEndpointRouteBuilder routes)
    {
        routes.MapGet(ProjectList.Path, context => DatabasePatience.Survive(context, "The projects are not known", _ => List(context), clock))
            .Admin().Told("All projects, and how much each takes.", answer: () => ApiJson.Default.ProjectList);
        routes.MapGet(One, context => DatabasePatience.Survive(context, "The project is not known", _ => Get(context), clock))
            .Admin().Told("One project.", answer: () => ApiJson.Default.ProjectStatus);
        routes.MapPut(One, context => DatabasePatience.Survive(context, "The project is not changed", stops => Put(context, stops), clock))
            .Admin().ToldToMake("Makes a project, or puts other options in the place of its own; its images stay.", () => ApiJson.Default.ProjectSpec, () => ApiJson.Default.ProjectStatus);
        routes.MapDelete(One, context => DatabasePatience.Survive(context, "The project is not removed", stops => Remove(context, stops), clock))
            .Admin().Told("Removes a project; one that holds images only if it is forced.", query: "force", status: StatusCodes.Status204NoContent);
    }

    private Task List(HttpContext context)
    {
        var entries = catalog.Entries;
        return ApiResult.Write(context, new ProjectList([.. entries.Projects.Select(entry => StatusOf(entries, entry))]), ApiJson.Default.ProjectList);
    }

    private Task Get(HttpContext context)
    {
        var entries = catalog.Entries;
        return entries.Project(NameOf(context)) is { } entry
            ? ApiResult.Write(context, StatusOf(entries, entry), ApiJson.Default.ProjectStatus)
            : ApiErrorResult.Write(context, StatusCodes.Status404NotFound, CatalogAnswers.NoSuch("project", NameOf(context)));
    }

    private async Task Put(HttpContext context, CancellationToken stops)
    {
        var name = NameOf(context);
        if (await BoundedJson.Read(context, MaxBody, ServerJson.Default.JsonDocument).ConfigureAwait(false) is not { } body)
        {
            return;
        }

        using (body)
        {
            var (given, faults) = CatalogItemReader.Project(body.RootElement, name);
            if (faults.Count > 0)
            {
                await CatalogAnswers.Write(context, faults).ConfigureAwait(false);
                return;
            }

            var isNew = false;
            if (await catalog.Change(context, entries => Step(entries, given, out isNew), stops).ConfigureAwait(false) is { Entries: var now })
            {
                context.Response.StatusCode = isNew ? StatusCodes.Status201Created : StatusCodes.Status200OK;
                await ApiResult.Write(context, StatusOf(now, now.Project(name)!), ApiJson.Default.ProjectStatus).ConfigureAwait(false);
            }
        }
    }

    private static CatalogStep Step(CatalogEntries entries, ProjectOptions given, out bool isNew)
    {
        var former = entries.Project(given.Name);
        isNew = former is null;
        return former is null ? CatalogChanges.Create(entries, given, ProjectNotes.None) : CatalogChanges.Replace(entries, former, given, former.Notes);
    }

    private async Task Remove(HttpContext context, CancellationToken stops)
    {
        var name = NameOf(context);
        if (!bool.TryParse(context.Request.Query["force"].FirstOrDefault("false"), out var isForced))
        {
            await ApiErrorResult.Write(context, StatusCodes.Status400BadRequest, "force is true or false.").ConfigureAwait(false);
            return;
        }

        if (await catalog.Change(
            context,
            entries => entries.Project(name) is { } entry
                ? CatalogChanges.Remove(entries, entry, options.Listen, isForced ? 0 : database.Read(connection => UsageTable.Repositories(connection, name, null))) : new CatalogStep.Stop(new CatalogOutcome.Missing(CatalogAnswers.NoSuch("project", name))),
            stops).ConfigureAwait(false) is not null)
        {
            context.Response.StatusCode = StatusCodes.Status204NoContent;
        }
    }

    private ProjectStatus StatusOf(CatalogEntries entries, ProjectEntry entry)
    {
        var registry = entries.Endpoint(entry.Options.Endpoint)?.Options.Registry;
        return new ProjectStatus(
            entry.Id,
            entry.IsDeclared ? "file" : "database",
            CatalogSpecs.Of(entry.Options),
            registry,
            usage.Used(entry.Name),
            registry is null ? 0 : database.Read(connection => UsageTable.Repositories(connection, entry.Name, registry)),
            entry.CreatedAt,
            entry.UpdatedAt);
    }

    private static string NameOf(HttpContext context) => (string)context.GetRouteValue("name")!;
}
