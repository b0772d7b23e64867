using System.Text.Json;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Http.Features;
using Microsoft.AspNetCore.Routing;
using Roadstead.Api;
using Roadstead.Server.Configuration;
using Roadstead.Server.Metadata;
using Roadstead.Server.Projects;

namespace Roadstead.Server.Management;

/// <summary><c>/api/v2.0/roadstead/catalog</c>: all endpoints and projects at once, as a file declares them.</summary>
internal sealed class CatalogRoutes(ProjectCatalog catalog, Database database, RoadsteadOptions options, TimeProvider clock)
{
    /// <summary>Bytes of a body: thousands of projects, or hundreds of chains of certificates.</summary>
    public const int MaxBody = 16 * 1024 * 1024;

    // Thousands of rows on a slow disk.
    private static readonly TimeSpan Patience = TimeSpan.FromMinutes(1);

    public void Map(IEndpointRouteBuilder routes)
    {
        routes.MapGet(CatalogSpec.Path, Get).Admin().Told("All endpoints and projects, as they can be put again: without secrets, and without what is as the server has it by itself.", answer: () => ApiJson.Default.CatalogSpec);
        routes.MapPut(CatalogSpec.Path, context => DatabasePatience.Survive(context, "Nothing is changed", stops => Put(context, stops), clock, Patience))
            .Admin().Told("Has endpoints and projects be as they are declared, all of them or none.", () => ApiJson.Default.CatalogSpec, () => ApiJson.Default.CatalogReport, query: ["prune", "force", "dryRun"]);
    }

    private Task Get(HttpContext context) => ApiResult.Write(context, CatalogSpecs.Of(catalog.Entries), ApiJson.Default.CatalogSpec);

    private async Task Put(HttpContext context, CancellationToken stops)
    {
        if (!bool.TryParse(context.Request.Query["dryRun"].FirstOrDefault("false"), out var isDryRun) || !bool.TryParse(context.Request.Query["prune"].FirstOrDefault("false"), out var prune)
            || !bool.TryParse(context.Request.Query["force"].FirstOrDefault("false"), out var isForced))
        {
            await ApiErrorResult.Write(context, StatusCodes.Status400BadRequest, "dryRun, prune and force are true or false.").ConfigureAwait(false);
            return;
        }

        // Only this route's bodies may be so long, and its guard was kept before.
        if (context.Features.Get<IHttpMaxRequestBodySizeFeature>() is { IsReadOnly: false } limit)
        {
            limit.MaxRequestBodySize = MaxBody;
        }

        if (await BoundedJson.Read(context, MaxBody, ServerJson.Default.JsonDocument).ConfigureAwait(false) is not { } body)
        {
            return;
        }

        using (body)
        {
            var faults = await Faults(body.RootElement, prune, isForced, stops).ConfigureAwait(false);
            if (faults.Count > 0)
            {
                await CatalogAnswers.Write(context, faults).ConfigureAwait(false);
                return;
            }

            Applied? applied = null;
            if (await catalog.Change(context, entries => (applied = Apply(entries, body.RootElement, prune, isForced)).Step, stops, isDryRun).ConfigureAwait(false) is not null)
            {
                await ApiResult.Write(context, Report(applied!, isDryRun), ApiJson.Default.CatalogReport).ConfigureAwait(false);
            }
        }
    }

    /// <summary>What is wrong by itself, and what leads back here by its name: names are asked for before anyone has to wait for the change.</summary>
    private async Task<IReadOnlyList<ConfigurationFault>> Faults(JsonElement body, bool prune, bool isForced, CancellationToken stops)
    {
        var saved = OptionsByName(catalog.Entries);
        var reading = CatalogReader.Read(body, saved.GetValueOrDefault);
        var leadBack = await Task.WhenAll((reading.Endpoints ?? []).Select((endpoint, i) => LeadsBack(saved.GetValueOrDefault(endpoint.Name), endpoint, i, stops))).ConfigureAwait(false);
        var known = reading.FaultyKeys();
        reading = reading with { Faults = [.. reading.Faults, .. leadBack.OfType<ConfigurationFault>().Where(fault => !known.Contains(fault.Key))] };
        if (reading.Faults.Count == 0 || !reading.HasLists || (prune && !reading.HasNames))
        {
            return reading.Faults;
        }

        known = reading.FaultyKeys();
        return [.. reading.Faults, .. (await FaultsTogether(reading, prune, isForced, stops).ConfigureAwait(false)).Where(fault => !known.Contains(fault.Key))];
    }

    /// <summary>What is wrong with all of it together beside what is wrong by itself, so that nobody mends one only to be told of the next.</summary>
    private async Task<IReadOnlyList<ConfigurationFault>> FaultsTogether(CatalogReading reading, bool prune, bool isForced, CancellationToken stops) =>
        await catalog.Change(entries => Lay(entries, reading, prune, isForced).Step, stops, isDryRun: true).ConfigureAwait(false) switch
        {
            CatalogOutcome.Invalid(var faults) => faults,
            CatalogOutcome.Conflict(var faults, _) => faults,
            _ => [],
        };

    private async Task<ConfigurationFault?> LeadsBack(EndpointOptions? known, EndpointOptions endpoint, int index, CancellationToken stops) =>
        (known is null || !endpoint.Urls.All(known.Urls.Contains)) && await OwnAddress.FaultOf(endpoint, options, stops).ConfigureAwait(false) is { } fault
            ? fault with { Key = $"{ConfigurationNode.ItemPath("endpoints", index)}.{fault.Key}" }
            : null;

    /// <summary>Read again as the catalog is now: a secret that is used on is the one of this moment.</summary>
    private Applied Apply(CatalogEntries entries, JsonElement body, bool prune, bool isForced)
    {
        var saved = OptionsByName(entries);
        var reading = CatalogReader.Read(body, saved.GetValueOrDefault);
        if (reading.Faults.Count > 0)
        {
            return new Applied(new CatalogStep.Stop(new CatalogOutcome.Invalid(reading.Faults)), [], [], [], entries);
        }

        var (step, changes) = Lay(entries, reading, prune, isForced);
        List<LostSecrets> lost =
        [
            .. from given in (reading.Endpoints ?? []).Index()
               where saved.ContainsKey(given.Item.Name)
               let keys = OptionDifference.Gone(saved[given.Item.Name], given.Item)
               where keys.Count > 0
               select new LostSecrets(given.Item.Name, ConfigurationNode.ItemPath("endpoints", given.Index), keys, !SecretPlaces.AllKnown(given.Item, saved[given.Item.Name])),
        ];
        return new Applied(step, changes, lost, [.. reading.Warnings, .. lost.SelectMany(Warnings)], entries);
    }

    /// <summary>What was taken away with its user's name surprises nobody; what stayed behind when its endpoint moved does.</summary>
    private static IEnumerable<(string Key, string Message)> Warnings(LostSecrets lost) =>
        lost.HasMoved ? lost.Keys.Select(key => (ConfigurationNode.ChildPath(lost.Path, key), $"goes, and must be given anew where one is wanted; {SecretPlaces.UsedOn}")) : [];

    private (CatalogStep Step, IReadOnlyList<CatalogItemChange> Changes) Lay(CatalogEntries entries, CatalogReading reading, bool prune, bool isForced) => CatalogDeclaration.Apply(
        entries, reading, prune, options.Listen, name => isForced ? 0 : database.Read(connection => UsageTable.Repositories(connection, name, null)));

    private static Dictionary<string, EndpointOptions> OptionsByName(CatalogEntries entries) => entries.Endpoints.ToDictionary(entry => entry.Name, entry => entry.Options, StringComparer.Ordinal);

    private static CatalogReport Report(Applied applied, bool isDryRun)
    {
        var gone = applied.Lost.ToDictionary(lost => lost.Name, lost => lost.Keys, StringComparer.Ordinal);
        return new CatalogReport(
            isDryRun,
            [.. applied.Changes.Select(change => Told(change, change.List == "endpoints" ? gone.GetValueOrDefault(change.Name) : null))],
            [.. applied.Warnings.Select(warning => new CatalogWarning(warning.Key, warning.Message))],
            isDryRun ? CatalogSpecs.Of(applied.Before) : null,
            isDryRun && applied.Step is CatalogStep.Go(var after, _, _) ? CatalogSpecs.Of(after) : null);
    }

    private static CatalogChange Told(CatalogItemChange change, IReadOnlyList<string>? gone) =>
        new(change.List.TrimEnd('s'), change.Name, change.Fate.ToString().ToLowerInvariant(), change.Keys.Count == 0 ? null : change.Keys) { Gone = gone };

    private sealed record Applied(
        CatalogStep Step, IReadOnlyList<CatalogItemChange> Changes, IReadOnlyList<LostSecrets> Lost, IReadOnlyList<(string Key, string Message)> Warnings, CatalogEntries Before);

    /// <param name="Name">An endpoint.</param>
    /// <param name="Path">Where it is declared.</param>
    /// <param name="Keys">The secrets that it has no more.</param>
    /// <param name="HasMoved">True if one that was saved could not be used on.</param>
    private sealed record LostSecrets(string Name, string Path, IReadOnlyList<string> Keys, bool HasMoved);
}
