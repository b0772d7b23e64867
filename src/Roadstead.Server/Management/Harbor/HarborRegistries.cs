using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Routing;
using Roadstead.Server.Configuration;
using Roadstead.Server.Projects;

namespace Roadstead.Server.Management.Harbor;

/// <summary><c>/registries</c> of Harbor's API: endpoints.</summary>
internal sealed class HarborRegistries(ProjectCatalog catalog, RoadsteadOptions options, TimeProvider clock)
{
    private const string All = HarborAnswers.Root + "/registries";
    private const string One = All + "/{id}";
    private const string What = "registry";

    private static readonly HarborField<EndpointEntry>[] Fields =
    [
        HarborField<EndpointEntry>.Of("id", entry => entry.Id), HarborField<EndpointEntry>.Of("name", entry => entry.Name), HarborField<EndpointEntry>.Of("type", HarborRegistryMap.TypeOf),
        HarborField<EndpointEntry>.Of("url", HarborRegistryMap.UrlOf), HarborField<EndpointEntry>.Of("creation_time", entry => entry.CreatedAt), HarborField<EndpointEntry>.Of("update_time", entry => entry.UpdatedAt),
    ];

    public void Map(IEndpointRouteBuilder routes)
    {
        routes.MapGet(All, List).Admin().Told("The endpoints.", answer: () => HarborJson.Default.IReadOnlyListHarborRegistry, query: ["q", "sort", "page", "page_size", "name"]);
        routes.MapGet(One, Get).Admin().Told("One endpoint.", answer: () => HarborJson.Default.HarborRegistry);
        routes.MapPost(All, context => DatabasePatience.Survive(context, "The registry is not made", stops => Create(context, stops), clock))
            .Admin().Told("Makes an endpoint.", () => HarborJson.Default.HarborRegistryInput, status: StatusCodes.Status201Created);
        routes.MapPut(One, context => DatabasePatience.Survive(context, "The registry is not changed", stops => Change(context, stops), clock))
            .Admin().Told("Changes what the body names of an endpoint; another URL drops its secret.", () => HarborJson.Default.HarborRegistryInput);
        routes.MapDelete(One, context => DatabasePatience.Survive(context, "The registry is not removed", stops => Remove(context, stops), clock)).Admin().Told("Removes an endpoint that no project uses.");
        routes.MapPost(All + "/ping", Ping).Admin().Told("Asks a registry whether it is one and takes the credential.", () => HarborJson.Default.HarborRegistryInput);
        routes.MapGet(One + "/info", Info).Admin().Told("What can be done with an endpoint.", answer: () => HarborJson.Default.HarborRegistryInfo);
        routes.MapGet(HarborAnswers.Root + "/replication/adapters", context => ApiResult.Write(context, HarborRegistryMap.Types, HarborJson.Default.IReadOnlyListString))
            .Admin().Told("The kinds of registries.", answer: () => HarborJson.Default.IReadOnlyListString);
        routes.MapGet(HarborAnswers.Root + "/replication/adapterinfos", context => ApiResult.Write(context, Adapters, HarborJson.Default.IReadOnlyDictionaryStringHarborAdapter))
            .Admin().Told("What a client may offer for their URLs.", answer: () => HarborJson.Default.IReadOnlyDictionaryStringHarborAdapter);
    }

    public HarborRegistry ShapeOf(EndpointEntry entry) => HarborRegistryMap.Shape(entry, catalog.EndpointNamed(entry.Name)?.Health is { } health && (health.IsDown || health.Failing is not null));

    private static readonly Dictionary<string, HarborAdapter> Adapters = new(StringComparer.Ordinal)
    {
        [HarborRegistryMap.DockerHub] = Fixed("hub.docker.com", "https://hub.docker.com"), ["github-ghcr"] = Fixed("ghcr.io", "https://ghcr.io"), ["quay"] = Fixed("quay.io", "https://quay.io"),
        ["google-gcr"] = Fixed("gcr.io", "https://gcr.io"),
    };

    private static HarborAdapter Fixed(string key, string url) => new(new HarborEndpointPattern("EndpointPatternTypeFix", [new HarborEndpointPreset(key, url)]));

    private Task List(HttpContext context)
    {
        var name = context.Request.Query["name"].ToString();
        return HarborAnswers.List(
            context, catalog.Entries.Endpoints.Where(entry => entry.Name.Contains(name, StringComparison.Ordinal)), ShapeOf, HarborJson.Default.IReadOnlyListHarborRegistry, Fields);
    }

    private Task Get(HttpContext context) => catalog.Entries.Endpoint(HarborAnswers.IdOf(context)) is { } entry
        ? ApiResult.Write(context, ShapeOf(entry), HarborJson.Default.HarborRegistry)
        : HarborAnswers.NoSuch(context, What);

    private Task Info(HttpContext context) => catalog.Entries.Endpoint(HarborAnswers.IdOf(context)) is { } entry
        ? ApiResult.Write(context, new HarborRegistryInfo(HarborRegistryMap.TypeOf(entry), "", [new HarborFilter("name", "input"), new HarborFilter("tag", "input")], ["manual"], false), HarborJson.Default.HarborRegistryInfo)
        : HarborAnswers.NoSuch(context, What);

    private async Task Create(HttpContext context, CancellationToken stops)
    {
        if (await BoundedJson.Read(context, EndpointRoutes.MaxBody, HarborJson.Default.HarborRegistryInput).ConfigureAwait(false) is not { } input)
        {
            return;
        }

        var (endpoint, notes, faults) = HarborRegistryMap.Read(input, null, options.Harbor);
        if (await Refuse(context, endpoint, faults, stops).ConfigureAwait(false))
        {
            return;
        }

        if (await catalog.Change(context, entries => CatalogChanges.Create(entries, endpoint, notes), stops).ConfigureAwait(false) is { Entries: var now })
        {
            HarborAnswers.Created(context, "registries", now.Endpoint(endpoint.Name)!.Id);
        }
    }

    private async Task Change(HttpContext context, CancellationToken stops)
    {
        var id = HarborAnswers.IdOf(context);
        if (await BoundedJson.Read(context, EndpointRoutes.MaxBody, HarborJson.Default.HarborRegistryInput).ConfigureAwait(false) is not { } input)
        {
            return;
        }

        if (catalog.Entries.Endpoint(id) is { } known)
        {
            var (endpoint, _, faults) = HarborRegistryMap.Read(input, known, options.Harbor);
            if (!known.IsDeclared && await Refuse(context, endpoint, faults, stops).ConfigureAwait(false))
            {
                return;
            }
        }

        await catalog.Change(context, entries => Step(entries, id, input), stops).ConfigureAwait(false);
    }

    /// <summary>Read again as the catalog is now: a secret that is used on is the one of this moment.</summary>
    private CatalogStep Step(CatalogEntries entries, long id, HarborRegistryInput input)
    {
        if (entries.Endpoint(id) is not { } former)
        {
            return new CatalogStep.Stop(new CatalogOutcome.Missing("There is no such registry."));
        }

        var (endpoint, notes, faults) = HarborRegistryMap.Read(input, former, options.Harbor);
        return faults.Count > 0 && !former.IsDeclared ? new CatalogStep.Stop(new CatalogOutcome.Invalid(faults)) : CatalogChanges.Replace(entries, former, endpoint, notes);
    }

    private async Task Remove(HttpContext context, CancellationToken stops)
    {
        var id = HarborAnswers.IdOf(context);
        await catalog.Change(
            context,
            entries => entries.Endpoint(id) is { } entry ? CatalogChanges.Remove(entries, entry) : new CatalogStep.Stop(new CatalogOutcome.Missing("There is no such registry.")),
            stops).ConfigureAwait(false);
    }

    private async Task Ping(HttpContext context)
    {
        if (await BoundedJson.Read(context, EndpointRoutes.MaxBody, HarborJson.Default.HarborRegistryInput).ConfigureAwait(false) is not { } input)
        {
            return;
        }

        var saved = input.Id is { } id ? catalog.Entries.Endpoint(id) : null;
        if (saved is null && input.Id is > 0)
        {
            await HarborAnswers.NoSuch(context, What).ConfigureAwait(false);
            return;
        }

        var (endpoint, _, faults) = HarborRegistryMap.Read(
            input with { Name = input.Name is { Length: > 0 } name ? name : saved?.Name ?? "unnamed", Type = input.Type is { Length: > 0 } type ? type : "docker-registry" }, saved, options.Harbor);
        if (await Refuse(context, endpoint, faults, context.RequestAborted).ConfigureAwait(false))
        {
            return;
        }

        var tried = await EndpointTrial.Run(endpoint, options.Limits, clock, context.RequestAborted).ConfigureAwait(false);
        var test = TrialWords.Of(tried, endpoint);
        if (test.Result is not (TrialWords.Fine or TrialWords.Throttled))
        {
            await ApiErrorResult.Write(context, StatusCodes.Status400BadRequest, test.Message).ConfigureAwait(false);
        }
    }

    /// <returns>True where it is at fault, and the request is answered.</returns>
    private async Task<bool> Refuse(HttpContext context, EndpointOptions endpoint, IReadOnlyList<ConfigurationFault> faults, CancellationToken stops)
    {
        if (faults.Count == 0 && await OwnAddress.FaultOf(endpoint, options, stops).ConfigureAwait(false) is { } loop)
        {
            faults = [loop];
        }

        if (faults.Count == 0)
        {
            return false;
        }

        await CatalogAnswers.Write(context, faults).ConfigureAwait(false);
        return true;
    }
}
