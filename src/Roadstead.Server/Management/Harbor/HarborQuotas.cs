using System.Globalization;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Routing;
using Roadstead.Server.Projects;
using Roadstead.Server.Retention;

namespace Roadstead.Server.Management.Harbor;

/// <summary><c>/quotas</c> of Harbor's API: each project has one, with the project's own number.</summary>
internal sealed class HarborQuotas(ProjectCatalog catalog, ProjectUsage usage, TimeProvider clock)
{
    private const string All = HarborAnswers.Root + "/quotas";
    private const string One = All + "/{id}";
    private const int MaxBody = 16 * 1024;

    private static readonly HarborField<ProjectEntry>[] Fields =
    [
        HarborField<ProjectEntry>.Of("id", entry => entry.Id), HarborField<ProjectEntry>.Of("hard.storage", entry => entry.Options.Quota ?? -1), HarborField<ProjectEntry>.Of("creation_time", entry => entry.CreatedAt),
        HarborField<ProjectEntry>.Of("update_time", entry => entry.UpdatedAt),
    ];

    public void Map(IEndpointRouteBuilder routes)
    {
        routes.MapGet(All, context => DatabasePatience.Survive(context, "The quotas are not known", _ => List(context), clock))
            .Admin().Told("The projects' quotas, and how much of them is used.", answer: () => HarborJson.Default.IReadOnlyListHarborQuota, query: ["q", "sort", "page", "page_size", "reference", "reference_id"]);
        routes.MapGet(One, context => DatabasePatience.Survive(context, "The quota is not known", _ => Get(context), clock)).Admin().Told("One project's quota.", answer: () => HarborJson.Default.HarborQuota);
        routes.MapPut(One, context => DatabasePatience.Survive(context, "The quota is not changed", stops => Change(context, stops), clock)).Admin().Told("Sets a project's quota.", () => HarborJson.Default.HarborQuotaInput);
    }

    private Task List(HttpContext context)
    {
        var query = context.Request.Query;
        var (reference, id) = (query["reference"].ToString(), query["reference_id"].ToString());
        return HarborAnswers.List(
            context,
            catalog.Entries.Projects.Where(entry => entry.Id > 0 && reference is "" or "project" && (id.Length == 0 || entry.Id.ToString(CultureInfo.InvariantCulture) == id)),
            ShapeOf,
            HarborJson.Default.IReadOnlyListHarborQuota,
            Fields);
    }

    private Task Get(HttpContext context) => catalog.Entries.Project(HarborAnswers.IdOf(context)) is { } entry
        ? ApiResult.Write(context, ShapeOf(entry), HarborJson.Default.HarborQuota)
        : HarborAnswers.NoSuch(context, "quota");

    private async Task Change(HttpContext context, CancellationToken stops)
    {
        var id = HarborAnswers.IdOf(context);
        if (await BoundedJson.Read(context, MaxBody, HarborJson.Default.HarborQuotaInput).ConfigureAwait(false) is not { } input)
        {
            return;
        }

        var (quota, fault) = HarborProjectMap.Quota(input.Hard?.Storage ?? 0);
        if (fault is not null)
        {
            await ApiErrorResult.Write(context, StatusCodes.Status400BadRequest, $"hard.storage: {fault}").ConfigureAwait(false);
            return;
        }

        await catalog.Change(
            context,
            entries => entries.Project(id) is { } former
                ? CatalogChanges.Replace(entries, former, former.Options with { Quota = quota }, former.Notes)
                : new CatalogStep.Stop(new CatalogOutcome.Missing("There is no such quota.")),
            stops).ConfigureAwait(false);
    }

    private HarborQuota ShapeOf(ProjectEntry entry) => new(
        entry.Id, new HarborQuotaRef(entry.Id, entry.Name, Access.Credentials.AdminName), new HarborSize(entry.Options.Quota ?? -1), new HarborSize(usage.Used(entry.Name)), entry.CreatedAt, entry.UpdatedAt);
}
