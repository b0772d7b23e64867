using System.Globalization;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Routing;
using Roadstead.Server.Configuration;
using Roadstead.Server.Metadata;
using Roadstead.Server.Projects;
using Roadstead.Server.Retention;

namespace Roadstead.Server.Management.Harbor;

/// <summary><c>/projects</c> of Harbor's API.</summary>
internal sealed class HarborProjects(ProjectCatalog catalog, HarborRegistries registries, Database database, ProjectUsage usage, RoadsteadOptions options, TimeProvider clock)
{
    private const string All = HarborAnswers.Root + "/projects";
    private const string One = All + "/{project}";
    private const int MaxBody = 256 * 1024;
    private const string What = "project";
    private const string Unknown = "There is no such project.";

    private static readonly HarborField<ProjectEntry>[] Fields =
    [
        HarborField<ProjectEntry>.Of("project_id", entry => entry.Id), HarborField<ProjectEntry>.Of("name", entry => entry.Name),
        HarborField<ProjectEntry>.Of("public", entry => entry.Options.Public ? "true" : "false"), HarborField<ProjectEntry>.Of("creation_time", entry => entry.CreatedAt),
        HarborField<ProjectEntry>.Of("update_time", entry => entry.UpdatedAt),
    ];

    public void Map(IEndpointRouteBuilder routes)
    {
        routes.MapGet(All, Survive("The projects are not known", List)).Admin().Told("The projects.", answer: () => HarborJson.Default.IReadOnlyListHarborProject, query: ["q", "sort", "page", "page_size", "name", "public", "owner"]);
        routes.MapMethods(All, [HttpMethods.Head], Exists).Admin().Told("Whether there is a project of a name.", query: ["project_name"]);
        routes.MapPost(All, Survive("The project is not made", Create)).Admin().Told("Makes a project.", () => HarborJson.Default.HarborProjectInput, status: StatusCodes.Status201Created);
        routes.MapGet(One, Survive("The project is not known", Get)).Admin().Told("One project, by its number or its name.", answer: () => HarborJson.Default.HarborProject);
        routes.MapPut(One, Survive("The project is not changed", Change)).Admin().Told("Changes a project's metadata, and its endpoint.", () => HarborJson.Default.HarborProjectInput);
        routes.MapDelete(One, Survive("The project is not removed", Remove)).Admin().Told("Removes a project.");
        routes.MapGet(One + "/summary", Survive("The project is not known", Summary)).Admin().Told("How much a project holds, and its endpoint.", answer: () => HarborJson.Default.HarborSummary);
        routes.MapGet(One + "/metadatas", Survive("The project is not known", Metadata)).Admin().Told("A project's metadata.", answer: () => HarborJson.Default.IReadOnlyDictionaryStringString);
        routes.MapPost(One + "/metadatas", Survive("The project is not changed", (context, stops) => SetMetadata(context, null, stops)))
            .Admin().Told("Sets some of a project's metadata.", () => HarborJson.Default.DictionaryStringString);
        routes.MapGet(One + "/metadatas/{key}", Survive("The project is not known", MetadataOf)).Admin().Told("One value of a project's metadata.", answer: () => HarborJson.Default.IReadOnlyDictionaryStringString);
        routes.MapPut(One + "/metadatas/{key}", Survive("The project is not changed", (context, stops) => SetMetadata(context, HarborAnswers.PartOf(context, "key"), stops)))
            .Admin().Told("Sets one value of a project's metadata.", () => HarborJson.Default.DictionaryStringString);
        routes.MapDelete(One + "/metadatas/{key}", Survive("The project is not changed", RemoveMetadata)).Admin().Told("Takes one value of a project's metadata away.");
    }

    /// <summary>The project that a path means: a number unless the client says that it is a name, and a name where it is no number.</summary>
    public static ProjectEntry? Find(HttpContext context, CatalogEntries entries)
    {
        var text = HarborAnswers.PartOf(context, What);
        var isName = context.Request.Headers["X-Is-Resource-Name"].ToString().Equals("true", StringComparison.OrdinalIgnoreCase);
        return !isName && long.TryParse(text, NumberStyles.None, CultureInfo.InvariantCulture, out var id) ? entries.Project(id) : entries.Project(text);
    }

    private RequestDelegate Survive(string what, Func<HttpContext, CancellationToken, Task> answer) => context => DatabasePatience.Survive(context, what, stops => answer(context, stops), clock);

    private Task List(HttpContext context, CancellationToken stops)
    {
        var entries = catalog.Entries;
        var query = context.Request.Query;
        var (name, isPublic) = (query["name"].ToString(), query["public"].ToString());
        var owner = query["owner"].ToString();
        if (isPublic is not ("" or "true" or "false"))
        {
            return ApiErrorResult.Write(context, StatusCodes.Status400BadRequest, "public must be true or false.");
        }

        var retentions = Retentions();
        return HarborAnswers.List(
            context,
            entries.Projects.Where(entry => entry.Name.Contains(name, StringComparison.Ordinal) && (isPublic.Length == 0 || entry.Options.Public == (isPublic == "true")) && owner is "" or Access.Credentials.AdminName),
            entry => ShapeOf(entries, entry, retentions),
            HarborJson.Default.IReadOnlyListHarborProject,
            Fields);
    }

    private Task Exists(HttpContext context)
    {
        context.Response.StatusCode = catalog.Entries.Project(context.Request.Query["project_name"].ToString()) is null ? StatusCodes.Status404NotFound : StatusCodes.Status200OK;
        return Task.CompletedTask;
    }

    private Task Get(HttpContext context, CancellationToken stops)
    {
        var entries = catalog.Entries;
        return Find(context, entries) is { } entry
            ? ApiResult.Write(context, ShapeOf(entries, entry, Retentions()), HarborJson.Default.HarborProject)
            : HarborAnswers.NoSuch(context, What);
    }

    private async Task Create(HttpContext context, CancellationToken stops)
    {
        if (await BoundedJson.Read(context, MaxBody, HarborJson.Default.HarborProjectInput).ConfigureAwait(false) is not { } input)
        {
            return;
        }

        if (await catalog.Change(context, entries => CreateStep(entries, input), stops).ConfigureAwait(false) is { Entries: var now, Item: var name })
        {
            HarborAnswers.Created(context, "projects", now.Project(name)!.Id);
        }
    }

    private static CatalogStep CreateStep(CatalogEntries entries, HarborProjectInput input)
    {
        var (endpoint, missing) = EndpointOf(entries, input);
        var (project, notes, faults) = HarborProjectMap.Create(input, endpoint);
        return missing is not null || faults.Count > 0
            ? new CatalogStep.Stop(new CatalogOutcome.Invalid([.. faults, .. missing is null ? [] : new[] { missing }]))
            : CatalogChanges.Create(entries, project, notes);
    }

    private async Task Change(HttpContext context, CancellationToken stops)
    {
        if (await BoundedJson.Read(context, MaxBody, HarborJson.Default.HarborProjectInput).ConfigureAwait(false) is { } input)
        {
            await catalog.Change(context, entries => ChangeStep(entries, Find(context, entries), input), stops).ConfigureAwait(false);
        }
    }

    private static CatalogStep ChangeStep(CatalogEntries entries, ProjectEntry? former, HarborProjectInput input)
    {
        if (former is null)
        {
            return new CatalogStep.Stop(new CatalogOutcome.Missing(Unknown));
        }

        var (endpoint, missing) = EndpointOf(entries, input);
        var (project, notes, faults) = HarborProjectMap.Change(former, input, endpoint);
        return !former.IsDeclared && (missing is not null || faults.Count > 0)
            ? new CatalogStep.Stop(new CatalogOutcome.Invalid([.. faults, .. missing is null ? [] : new[] { missing }]))
            : CatalogChanges.Replace(entries, former, project, notes);
    }

    private static (string? Endpoint, ConfigurationFault? Missing) EndpointOf(CatalogEntries entries, HarborProjectInput input) =>
        input.RegistryId is null or 0 ? (null, null)
        : entries.Endpoint(input.RegistryId.Value) is { } endpoint ? (endpoint.Name, null)
        : (null, new ConfigurationFault("registry_id", "is no registry's"));

    private Task Remove(HttpContext context, CancellationToken stops) => catalog.Change(
        context,
        entries => Find(context, entries) is { } entry ? CatalogChanges.Remove(entries, entry, options.Listen, RepositoriesOf(entry, entries.Endpoint(entry.Options.Endpoint))) : new CatalogStep.Stop(new CatalogOutcome.Missing(Unknown)),
        stops);

    private Task Summary(HttpContext context, CancellationToken stops)
    {
        var entries = catalog.Entries;
        if (Find(context, entries) is not { } entry)
        {
            return HarborAnswers.NoSuch(context, What);
        }

        var endpoint = entries.Endpoint(entry.Options.Endpoint);
        var quota = new HarborQuotaSizes(new HarborSize(entry.Options.Quota ?? -1), new HarborSize(usage.Used(entry.Name)));
        return ApiResult.Write(context, new HarborSummary(RepositoriesOf(entry, endpoint), quota, endpoint is null ? null : registries.ShapeOf(endpoint)), HarborJson.Default.HarborSummary);
    }

    private Task Metadata(HttpContext context, CancellationToken stops) => Find(context, catalog.Entries) is { } entry
        ? ApiResult.Write(context, HarborProjectMap.Metadata(entry, RetentionOf(entry)), HarborJson.Default.IReadOnlyDictionaryStringString)
        : HarborAnswers.NoSuch(context, What);

    private Task MetadataOf(HttpContext context, CancellationToken stops)
    {
        var key = HarborAnswers.PartOf(context, "key");
        return Find(context, catalog.Entries) is { } entry && HarborProjectMap.Metadata(entry, RetentionOf(entry)).TryGetValue(key, out var value)
            ? ApiResult.Write(context, new Dictionary<string, string> { [key] = value }, HarborJson.Default.IReadOnlyDictionaryStringString)
            : HarborAnswers.NoSuch(context, "project, or it has no such metadata");
    }

    private async Task SetMetadata(HttpContext context, string? key, CancellationToken stops)
    {
        if (await BoundedJson.Read(context, MaxBody, HarborJson.Default.DictionaryStringString).ConfigureAwait(false) is not { } input)
        {
            return;
        }

        if (key is not null && !(input.Count == 1 && input.ContainsKey(key)))
        {
            await ApiErrorResult.Write(context, StatusCodes.Status400BadRequest, "The body must have the key of the path, and no other.").ConfigureAwait(false);
            return;
        }

        await PutMetadata(context, input, stops).ConfigureAwait(false);
    }

    private Task RemoveMetadata(HttpContext context, CancellationToken stops) => PutMetadata(context, new Dictionary<string, string?> { [HarborAnswers.PartOf(context, "key")] = null }, stops);

    private async Task PutMetadata(HttpContext context, Dictionary<string, string?> metadata, CancellationToken stops) =>
        await catalog.Change(context, entries => ChangeStep(entries, Find(context, entries), new HarborProjectInput { Metadata = metadata }), stops).ConfigureAwait(false);

    private HarborProject ShapeOf(CatalogEntries entries, ProjectEntry entry, Dictionary<string, long> retentions)
    {
        var endpoint = entries.Endpoint(entry.Options.Endpoint);
        return new HarborProject(
            entry.Id,
            entry.Name,
            endpoint?.Id,
            RepositoriesOf(entry, endpoint),
            HarborProjectMap.Metadata(entry, retentions.TryGetValue(entry.Name, out var retention) ? retention : null),
            new HarborAllowlist(entry.Id, entry.Id, [.. (entry.Notes.Allowlist ?? []).Select(id => new HarborAllowlistItem(id))]),
            entry.CreatedAt,
            entry.UpdatedAt);
    }

    private long RepositoriesOf(ProjectEntry entry, EndpointEntry? endpoint) =>
        endpoint is null ? 0 : database.Read(connection => UsageTable.Repositories(connection, entry.Name, endpoint.Options.Registry));

    private Dictionary<string, long> Retentions() => database.Read(RetentionTable.All).ToDictionary(row => row.Project, row => row.Id, StringComparer.Ordinal);

    private long? RetentionOf(ProjectEntry entry) => database.Read(connection => RetentionTable.Of(connection, entry.Name))?.Id;
}
