using System.Data.Common;
using Roadstead.Server.Access;
using Roadstead.Server.Configuration;
using Roadstead.Server.Metadata;
using Roadstead.Server.Telemetry;

namespace Roadstead.Server.Projects;

/// <summary>The endpoints and projects in force: those of the configuration file, then those in the database.</summary>
/// <remarks>
/// What the file declares stays in the file, secrets with it; a name that stands in both is the file's. Changes are made one after the other: checked as a whole, written
/// in one transaction, then swapped in whole. Whatever fails before leaves the old state in force; what was written and not swapped in, for the process was killed,
/// is in force with the next start.
/// </remarks>
public sealed partial class ProjectCatalog : IDisposable
{
    private readonly SemaphoreSlim _writer = new(1, 1);
    private readonly RoadsteadOptions _options;
    private readonly Database _database;
    private readonly CatalogStore _store;
    private readonly ServerMetrics _metrics;
    private readonly TimeProvider _clock;
    private readonly ILogger<Endpoint> _log;
    private volatile InForce _state;

    private ProjectCatalog(RoadsteadOptions options, Database database, CatalogStore store, ServerMetrics metrics, TimeProvider clock, ILogger<Endpoint> log, CatalogEntries entries)
    {
        (_options, _database, _store, _metrics, _clock, _log) = (options, database, store, metrics, clock, log);
        _state = Assemble(entries, null);
        PutInForce(_state);
    }

    /// <summary>The routing table of this moment; a request takes it once.</summary>
    public ProjectSnapshot Snapshot => _state.Snapshot;

    /// <summary>All endpoints and projects of this moment.</summary>
    public CatalogEntries Entries => _state.Entries;

    internal static async Task<ProjectCatalog> Load(
        RoadsteadOptions options, Database database, SecretSeal seal, ServerMetrics metrics, TimeProvider clock, ILogger<Endpoint> log)
    {
        var store = new CatalogStore(options, database, seal, clock, log);
        return new ProjectCatalog(options, database, store, metrics, clock, log, await store.Load().ConfigureAwait(false));
    }

    /// <summary>The endpoint as it is asked; null where there is none of that name.</summary>
    public Endpoint? EndpointNamed(string name) => _state.Endpoints.GetValueOrDefault(name);

    /// <summary>Changes the catalog, in force for the next request once it is complete.</summary>
    /// <param name="change">Makes of the catalog what it is to be; it sees all changes before it.</param>
    /// <param name="cancellation">Ends the wait; a change that was begun is finished all the same.</param>
    /// <param name="isDryRun">The change is checked, and not made.</param>
    /// <exception cref="DbException">The database would not take it: nothing has changed.</exception>
    internal async Task<CatalogOutcome> Change(Func<CatalogEntries, CatalogStep> change, CancellationToken cancellation, bool isDryRun = false)
    {
        await _writer.WaitAsync(cancellation).ConfigureAwait(false);
        return await Task.Run(() => ChangeAlone(change, isDryRun), CancellationToken.None).WaitAsync(cancellation).ConfigureAwait(false);
    }

    public void Dispose()
    {
        foreach (var endpoint in _state.Endpoints.Values)
        {
            endpoint.Dispose();
        }

        foreach (var project in _state.Snapshot.Projects)
        {
            project.Bandwidth.Dispose();
        }

        _writer.Dispose();
    }

    private async Task<CatalogOutcome> ChangeAlone(Func<CatalogEntries, CatalogStep> change, bool isDryRun)
    {
        try
        {
            var before = _state;
            switch (change(before.Entries))
            {
                case CatalogStep.Stop { Why: CatalogOutcome.Conflict conflict, Else: { } other } when NewFaults(before.Entries, other).FindAll(fault => !IsOfOthers(fault.Key)) is { Count: > 0 } more:
                    return new CatalogOutcome.Invalid([.. more, .. conflict.Faults]);
                case CatalogStep.Stop(var why):
                    return why;
                case CatalogStep.Go go:
                    return NewFaults(before.Entries, go) is { Count: > 0 } faults ? new CatalogOutcome.Invalid(faults)
                        : isDryRun || go.Changed.Count == 0 ? new CatalogOutcome.Done(go.Entries, go.Item)
                        : await Put(before, go).ConfigureAwait(false);
                default:
                    throw new InvalidOperationException("Unknown step.");
            }
        }
        finally
        {
            _writer.Release();
        }
    }

    private async Task<CatalogOutcome> Put(InForce before, CatalogStep.Go go)
    {
        Func<DbConnection, CatalogEntries> write;
        try
        {
            write = _store.Writing(before.Entries, go.Entries);
        }
        catch (IOException exception)
        {
            return new CatalogOutcome.Unkept(exception.Message);
        }

        // Made first: what cannot be made must not be in the database.
        var after = Assemble(go.Entries, before);
        try
        {
            after = after with { Entries = await _database.Write(write).ConfigureAwait(false) };
        }
        catch
        {
            foreach (var endpoint in after.Endpoints.Values.Except(before.Endpoints.Values))
            {
                endpoint.Dispose();
            }

            throw;
        }

        _state = after;
        foreach (var (name, endpoint) in before.Endpoints.Where(former => after.Endpoints.GetValueOrDefault(former.Key) != former.Value))
        {
            endpoint.Retire();
            if (!after.Endpoints.ContainsKey(name))
            {
                _metrics.Forget(name);
            }
        }

        PutInForce(after);
        foreach (var (list, name) in go.Changed)
        {
            LogChanged(_log, list, name);
        }

        return new CatalogOutcome.Done(after.Entries, go.Item);
    }

    /// <summary>Every fault of the changed item, and those of others that it brings; what was at fault before keeps no change away that has no part in it.</summary>
    private List<ConfigurationFault> NewFaults(CatalogEntries before, CatalogStep.Go go)
    {
        var known = Faults(before, go).ToHashSet();
        return [.. Faults(go.Entries, go).Where(fault => !IsOfOthers(fault.Key) || !known.Contains(fault))];
    }

    private static bool IsOfOthers(string key) => key.StartsWith("endpoints.", StringComparison.Ordinal) || key.StartsWith("projects.", StringComparison.Ordinal) || key.StartsWith("listen[", StringComparison.Ordinal);

    /// <summary>What is wrong with the whole; keys of the changed item stand alone, those of several behind their places, and those of others behind their list and name.</summary>
    private List<ConfigurationFault> Faults(CatalogEntries entries, CatalogStep.Go go)
    {
        var faults = new ConfigurationFaults();
        var names = new CatalogNames([.. entries.Endpoints.Select(entry => entry.Options)], [.. entries.Projects.Select(entry => entry.Options)], [], _options.Listen);
        new CatalogCheck(names, faults, PathOf).Check();
        foreach (var endpoint in entries.Endpoints.Where(entry => !entry.IsDeclared))
        {
            foreach (var url in endpoint.Options.Urls.Where(url => OwnAddress.LeadsBack(url, _options)))
            {
                faults.Add($"{Place("endpoints", endpoint.Name)}.{(url == endpoint.Options.Url ? "url" : "fallbackUrls")}", "leads back to this server");
            }
        }

        if (go.Places is not null)
        {
            return [.. faults.InOrder()];
        }

        var own = $"{go.List}.{go.Item}.";
        return [.. faults.InOrder().Select(fault => fault.Key.StartsWith(own, StringComparison.Ordinal) ? fault with { Key = fault.Key[own.Length..] } : fault)];

        string PathOf(string list, int index) => list switch
        {
            "endpoints" => Place(list, names.Endpoints[index].Name),
            "projects" => Place(list, names.Projects[index].Name),
            _ => ConfigurationNode.ItemPath(list, index),
        };

        string Place(string list, string name) => go.Places?.GetValueOrDefault((list, name)) ?? $"{list}.{name}";
    }

    private InForce Assemble(CatalogEntries entries, InForce? before)
    {
        var endpoints = entries.Endpoints.ToDictionary(
            entry => entry.Name,
            entry => before?.Endpoints.GetValueOrDefault(entry.Name) is { } same && same.Options.IsSameAs(entry.Options)
                ? same
                : new Endpoint(entry.Options, EndpointSettings.From(entry.Options, _options.Limits, ServerVersion.Text, _clock), _metrics, _clock, _log),
            StringComparer.Ordinal);

        // A project of the database whose endpoint the file took away is left out until that is mended; its images stay.
        var projects = entries.Projects
            .Where(entry => entry.Options.Endpoint is null || endpoints.ContainsKey(entry.Options.Endpoint))
            .Select(entry =>
            {
                var endpoint = entry.Options.Endpoint is { } name ? endpoints[name] : null;
                var former = before?.Snapshot.Named(entry.Name);
                return former is not null && former.Endpoint == endpoint && former.Options.IsSameAs(entry.Options) ? former
                    : new Project(entry.Options, endpoint, _options.Defaults, former?.Bandwidth ?? new Bandwidth(_clock));
            });
        return new InForce(entries, new ProjectSnapshot([.. projects], entries.Projects.Any(entry => !entry.Options.Public)), endpoints);
    }

    private static void PutInForce(InForce state)
    {
        foreach (var endpoint in state.Endpoints.Values)
        {
            endpoint.ShowState();
        }

        // Bodies that are under way go by it too.
        foreach (var project in state.Snapshot.Projects)
        {
            project.Bandwidth.Set(project.Options.Bandwidth);
        }
    }

    private sealed record InForce(CatalogEntries Entries, ProjectSnapshot Snapshot, IReadOnlyDictionary<string, Endpoint> Endpoints);

    [LoggerMessage(LogLevel.Information, "catalog changed in={List} name={Name}")]
    private static partial void LogChanged(ILogger log, string list, string name);
}
