using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Routing;
using Roadstead.Server.Metadata;
using Roadstead.Server.Projects;

namespace Roadstead.Server.Management.Harbor;

/// <summary><c>/retentions</c> of Harbor's API: which images of a project are kept. A project has none until somebody makes one, and then all is kept.</summary>
internal sealed class HarborRetentions(ProjectCatalog catalog, Database database, TimeProvider clock)
{
    private const string All = HarborAnswers.Root + "/retentions";
    private const string One = All + "/{id}";
    private const string What = "retention policy";
    private const int MaxBody = 256 * 1024;

    public void Map(IEndpointRouteBuilder routes)
    {
        routes.MapPost(All, context => DatabasePatience.Survive(context, "The retention policy is not made", stops => Create(context, stops), clock))
            .Admin().Told("Makes a project's retention policy.", () => HarborJson.Default.HarborRetention, status: StatusCodes.Status201Created);
        routes.MapGet(One, context => DatabasePatience.Survive(context, "The retention policy is not known", _ => Get(context), clock)).Admin().Told("One retention policy.", answer: () => HarborJson.Default.HarborRetention);
        routes.MapPut(One, context => DatabasePatience.Survive(context, "The retention policy is not changed", stops => Change(context, stops), clock)).Admin().Told("Puts other rules in the place of a policy's.", () => HarborJson.Default.HarborRetention);
        routes.MapDelete(One, context => DatabasePatience.Survive(context, "The retention policy is not removed", stops => Remove(context, stops), clock)).Admin().Told("Removes a retention policy: all is kept.");
    }

    private async Task Create(HttpContext context, CancellationToken stops)
    {
        if (await Read(context).ConfigureAwait(false) is not var (input, policy))
        {
            return;
        }

        if (input.Scope is not { Level: "project" } || catalog.Entries.Project(input.Scope.Ref) is not { } project)
        {
            await ApiErrorResult.Write(context, StatusCodes.Status400BadRequest, "scope: must be a project, by its number").ConfigureAwait(false);
            return;
        }

        if (await database.Write(connection => RetentionTable.Add(connection, project.Name, policy), stops).WaitAsync(stops).ConfigureAwait(false) is { } id)
        {
            HarborAnswers.Created(context, "retentions", id);
            return;
        }

        await ApiErrorResult.Write(context, StatusCodes.Status400BadRequest, $"The project {project.Name} has a retention policy already, whose number is the project's retention_id: change that one.").ConfigureAwait(false);
    }

    private Task Get(HttpContext context) => Find(context) is var (row, project)
        ? ApiResult.Write(context, HarborRetentionMap.Shape(row, project.Id), HarborJson.Default.HarborRetention)
        : HarborAnswers.NoSuch(context, What);

    private async Task Change(HttpContext context, CancellationToken stops)
    {
        if (await Read(context).ConfigureAwait(false) is not var (input, policy))
        {
            return;
        }

        if (Find(context) is not var (row, project))
        {
            await HarborAnswers.NoSuch(context, What).ConfigureAwait(false);
            return;
        }

        // Its number alone must not change what is kept of another project.
        if (input.Scope is { } scope && scope.Ref != project.Id)
        {
            await ApiErrorResult.Write(context, StatusCodes.Status400BadRequest, "scope: is another project's").ConfigureAwait(false);
        }
        else if (!await database.Write(connection => RetentionTable.Set(connection, row.Id, policy), stops).WaitAsync(stops).ConfigureAwait(false))
        {
            await HarborAnswers.NoSuch(context, What).ConfigureAwait(false);
        }
    }

    private async Task Remove(HttpContext context, CancellationToken stops)
    {
        var id = HarborAnswers.IdOf(context);
        if (!await database.Write(connection => RetentionTable.Remove(connection, id), stops).WaitAsync(stops).ConfigureAwait(false))
        {
            await HarborAnswers.NoSuch(context, What).ConfigureAwait(false);
        }
    }

    private (RetentionRow Row, ProjectEntry Project)? Find(HttpContext context) =>
        database.Read(connection => RetentionTable.Find(connection, HarborAnswers.IdOf(context))) is { } row && catalog.Entries.Project(row.Project) is { } project ? (row, project) : null;

    /// <returns>What came; null where it is at fault, and the request is answered.</returns>
    private static async Task<(HarborRetention Input, RetentionPolicy Policy)?> Read(HttpContext context)
    {
        if (await BoundedJson.Read(context, MaxBody, HarborJson.Default.HarborRetention).ConfigureAwait(false) is not { } input)
        {
            return null;
        }

        var (policy, faults) = HarborRetentionMap.Read(input);
        if (faults.Count == 0)
        {
            return (input, policy);
        }

        await CatalogAnswers.Write(context, faults).ConfigureAwait(false);
        return null;
    }
}
