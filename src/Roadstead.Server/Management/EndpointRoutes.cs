using System.Text.Json;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Routing;
using Roadstead.Api;
using Roadstead.Oci.Client;
using Roadstead.Server.Configuration;
using Roadstead.Server.Projects;

namespace Roadstead.Server.Management;

/// <summary><c>/api/v2.0/roadstead/endpoints</c>: the registries to mirror from, with all their options.</summary>
internal sealed class EndpointRoutes(ProjectCatalog catalog, RoadsteadOptions options, TimeProvider clock)
{
    /// <summary>Bytes of a body: three chains of certificates beside everything else.</summary>
    public const int MaxBody = 256 * 1024;

    private const string One = EndpointList.Path + "/{name}";

    public void Map(IEndpointRouteBuilder routes)
    {
        routes.MapGet(EndpointList.Path, List).Admin().Told("All endpoints, with their health and what they said of how much they allow.", answer: () => ApiJson.Default.EndpointList);
        routes.MapGet(One, Get).Admin().Told("One endpoint.", answer: () => ApiJson.Default.EndpointStatus);
        routes.MapPut(One, context => DatabasePatience.Survive(context, "The endpoint is not changed", stops => Put(context, stops), clock))
            .Admin().ToldToMake("Makes an endpoint, or puts other options in the place of its own.", () => ApiJson.Default.EndpointSpec, () => ApiJson.Default.EndpointStatus);
        routes.MapDelete(One, context => DatabasePatience.Survive(context, "The endpoint is not removed", stops => Remove(context, stops), clock))
            .Admin().Told("Removes an endpoint that no project uses.", status: StatusCodes.Status204NoContent);
        routes.MapPost(One + "/test", Test)
            .Admin().Told("Asks the endpoint's registry, by the options in the body or its own, whether it is one and takes the credential.", () => ApiJson.Default.EndpointSpec, () => ApiJson.Default.EndpointTest);
    }

    private Task List(HttpContext context)
    {
        var entries = catalog.Entries;
        var projects = entries.ProjectsByEndpoint();
        return ApiResult.Write(context, new EndpointList([.. entries.Endpoints.Select(entry => StatusOf(entry, [.. projects[entry.Name]]))]), ApiJson.Default.EndpointList);
    }

    private Task Get(HttpContext context)
    {
        var entries = catalog.Entries;
        return entries.Endpoint(NameOf(context)) is { } entry
            ? ApiResult.Write(context, StatusOf(entries, entry), ApiJson.Default.EndpointStatus)
            : NoSuch(context);
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
            var (given, faults) = CatalogItemReader.Endpoint(body.RootElement, name, catalog.Entries.Endpoint(name)?.Options);
            if (faults.Count == 0 && await OwnAddress.FaultOf(given, options, stops).ConfigureAwait(false) is { } loop)
            {
                faults = [loop];
            }

            if (faults.Count > 0)
            {
                await CatalogAnswers.Write(context, faults).ConfigureAwait(false);
                return;
            }

            var isNew = false;
            if (await catalog.Change(context, entries => Step(entries, body.RootElement, name, out isNew), stops).ConfigureAwait(false) is { Entries: var now })
            {
                context.Response.StatusCode = isNew ? StatusCodes.Status201Created : StatusCodes.Status200OK;
                await ApiResult.Write(context, StatusOf(now, now.Endpoint(name)!), ApiJson.Default.EndpointStatus).ConfigureAwait(false);
            }
        }
    }

    /// <summary>Read again as the catalog is now: a secret that is used on is the one of this moment.</summary>
    private static CatalogStep Step(CatalogEntries entries, JsonElement body, string name, out bool isNew)
    {
        var former = entries.Endpoint(name);
        isNew = former is null;
        var (given, faults) = CatalogItemReader.Endpoint(body, name, former?.Options);
        return faults.Count > 0 ? new CatalogStep.Stop(new CatalogOutcome.Invalid(faults))
            : former is null ? CatalogChanges.Create(entries, given, Metadata.EndpointNotes.None)
            : CatalogChanges.Replace(entries, former, given, former.Notes);
    }

    private async Task Remove(HttpContext context, CancellationToken stops)
    {
        var name = NameOf(context);
        if (await catalog.Change(
            context,
            entries => entries.Endpoint(name) is { } entry ? CatalogChanges.Remove(entries, entry) : new CatalogStep.Stop(new CatalogOutcome.Missing(CatalogAnswers.NoSuch("endpoint", name))),
            stops).ConfigureAwait(false) is not null)
        {
            context.Response.StatusCode = StatusCodes.Status204NoContent;
        }
    }

    private async Task Test(HttpContext context)
    {
        var name = NameOf(context);
        var saved = catalog.Entries.Endpoint(name)?.Options;
        var wanted = saved;
        if (context.Request.ContentLength is not (null or 0) || context.Request.Headers.TransferEncoding.Count > 0)
        {
            if (await BoundedJson.Read(context, MaxBody, ServerJson.Default.JsonDocument).ConfigureAwait(false) is not { } body)
            {
                return;
            }

            using (body)
            {
                (wanted, var faults) = CatalogItemReader.Endpoint(body.RootElement, name, saved);
                if (faults.Count > 0)
                {
                    await CatalogAnswers.Write(context, faults).ConfigureAwait(false);
                    return;
                }
            }
        }

        if (wanted is null)
        {
            await NoSuch(context).ConfigureAwait(false);
        }
        else if (await OwnAddress.FaultOf(wanted, options, context.RequestAborted).ConfigureAwait(false) is { } loop)
        {
            await ApiErrorResult.Write(context, StatusCodes.Status400BadRequest, $"{loop.Key}: {loop.Message}").ConfigureAwait(false);
        }
        else
        {
            var since = clock.GetTimestamp();
            var tried = await EndpointTrial.Run(wanted, options.Limits, clock, context.RequestAborted).ConfigureAwait(false);
            if (ReferenceEquals(wanted, saved))
            {
                Note(name, tried, since);
            }

            await ApiResult.Write(context, TrialWords.Of(tried, wanted), ApiJson.Default.EndpointTest).ConfigureAwait(false);
        }
    }

    /// <summary>What a test of the endpoint as it is finds out, pulls need not find out again.</summary>
    private void Note(string name, IReadOnlyList<(Uri Url, UpstreamOutcome<bool> Outcome)> tried, long since)
    {
        foreach (var (url, outcome) in tried)
        {
            catalog.EndpointNamed(name)?.Tried(url, outcome, since);
        }
    }

    private EndpointStatus StatusOf(CatalogEntries entries, EndpointEntry entry) => StatusOf(entry, [.. entries.ProjectsOf(entry.Name).Select(project => project.Name)]);

    private EndpointStatus StatusOf(EndpointEntry entry, IReadOnlyList<string> projects)
    {
        var endpoint = catalog.EndpointNamed(entry.Name);
        return new EndpointStatus(
            entry.Id,
            entry.IsDeclared ? "file" : "database",
            CatalogSpecs.Of(entry.Options),
            entry.Options.Password is not null,
            entry.Options.ClientKey is not null,
            entry.HasLostSecret,
            Health(endpoint?.Health.IsUnknown != false, endpoint?.Health.Fault, endpoint?.Health.Failing, endpoint?.Health.Resting),
            Limit(endpoint?.RateLimit),
            projects,
            entry.CreatedAt,
            entry.UpdatedAt)
        {
            Urls = [.. (endpoint?.Urls ?? []).Select(url => new EndpointUrlStatus(url.Url.GetLeftPart(UriPartial.Authority), Health(url.Health.IsUnknown, url.Health.Fault, url.Health.Failing, url.Health.Resting), Limit(url.RateLimit)))],
        };
    }

    private EndpointHealthStatus Health(bool isUnknown, UpstreamFault? fault, UpstreamFault? failing, (TimeSpan Left, string Reason)? rest) =>
        fault is not null ? new EndpointHealthStatus("down", fault.Message, null)
        : rest is var (left, reason) ? new EndpointHealthStatus("resting", reason, clock.GetUtcNow() + left)
        : failing is not null ? new EndpointHealthStatus("failing", failing.Message, null)
        : new EndpointHealthStatus(isUnknown ? "unknown" : "up", null, null);

    private static EndpointRateLimit? Limit(RateLimit? limit) => limit is null ? null : new EndpointRateLimit(limit.Limit, limit.Remaining, limit.At);

    private static Task NoSuch(HttpContext context) => ApiErrorResult.Write(context, StatusCodes.Status404NotFound, CatalogAnswers.NoSuch("endpoint", NameOf(context)));

    private static string NameOf(HttpContext context) => (string)context.GetRouteValue("name")!;
}
