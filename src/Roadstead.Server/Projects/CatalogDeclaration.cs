using Roadstead.Server.Configuration;

namespace Roadstead.Server.Projects;

/// <summary>What becomes of an item of a catalog that is put as a whole.</summary>
internal enum CatalogItemFate
{
    /// <summary>It is as it was.</summary>
    Unchanged,

    /// <summary>It is new.</summary>
    Created,

    /// <summary>It has other options.</summary>
    Changed,

    /// <summary>It goes.</summary>
    Deleted,
}

/// <param name="List"><c>endpoints</c> or <c>projects</c>.</param>
/// <param name="Name">Its name.</param>
/// <param name="Fate">What becomes of it.</param>
/// <param name="Keys">The options that change.</param>
internal sealed record CatalogItemChange(string List, string Name, CatalogItemFate Fate, IReadOnlyList<string> Keys);

/// <summary>Has the catalog be as a file declares it: a pure function of what it finds, which changes all or nothing.</summary>
internal static class CatalogDeclaration
{
    private static readonly DeclaredList<EndpointEntry, EndpointOptions> Endpoints = new(
        "endpoint", entry => entry.Options, options => options.Name, entry => entry.IsDeclared, options => new EndpointEntry(options),
        (entry, options) => entry with { Options = options, HasLostSecret = false }, OptionDifference.Keys);

    private static readonly DeclaredList<ProjectEntry, ProjectOptions> Projects = new(
        "project", entry => entry.Options, options => options.Name, entry => entry.IsDeclared, options => new ProjectEntry(options),
        (entry, options) => entry with { Options = options }, OptionDifference.Keys);

    /// <param name="entries">What there is.</param>
    /// <param name="reading">What is declared; where it has faults, what comes of it is only good for finding more.</param>
    /// <param name="prune">What it does not name goes, of each list that it has; what the configuration file declares stays.</param>
    /// <param name="listen">Listeners may be bound to a project.</param>
    /// <param name="repositoriesOf">How many repositories of a project hold images that keep it.</param>
    public static (CatalogStep Step, IReadOnlyList<CatalogItemChange> Changes) Apply(CatalogEntries entries, CatalogReading reading, bool prune, IReadOnlyList<ListenOptions> listen, Func<string, long> repositoriesOf)
    {
        var endpoints = Endpoints.Lay(entries.Endpoints, reading.Endpoints, prune);
        var projects = Projects.Lay(entries.Projects, reading.Projects, prune);
        List<CatalogItemChange> changes = [.. endpoints.Changes, .. projects.Changes];
        List<ConfigurationFault> declared = [.. endpoints.Declared, .. projects.Declared];
        List<ConfigurationFault> used = [.. UsedEndpoints(changes, projects.Entries, reading), .. BoundProjects(changes, listen), .. HoldingProjects(changes, repositoriesOf)];
        var changed = changes.Where(change => change.Fate != CatalogItemFate.Unchanged).Select(change => (change.List, change.Name)).ToList();
        var go = new CatalogStep.Go(new CatalogEntries(endpoints.Entries, projects.Entries), Places(reading), changed);
        return declared.Count + used.Count > 0 ? (new CatalogStep.Stop(new CatalogOutcome.Conflict([.. declared, .. used], IsInUse: declared.Count == 0)) { Else = go }, []) : (go, changes);
    }

    /// <summary>Endpoints that would go while a project that is not spoken of fills itself from them. Of others the check of the whole says that they name none.</summary>
    private static IEnumerable<ConfigurationFault> UsedEndpoints(List<CatalogItemChange> changes, IReadOnlyList<ProjectEntry> projects, CatalogReading reading)
    {
        var spokenOf = (reading.Projects ?? []).Select(project => project.Name).ToHashSet(StringComparer.Ordinal);
        return from gone in changes
               where gone is { List: "endpoints", Fate: CatalogItemFate.Deleted }
               let users = projects.Where(entry => entry.Options.Endpoint == gone.Name && !spokenOf.Contains(entry.Name)).Select(entry => entry.Name).ToList()
               where users.Count > 0
               select new ConfigurationFault($"endpoints.{gone.Name}", $"would go, and is used by {(users.Count == 1 ? "the project" : "the projects")} {string.Join(", ", users)}; name it, or change {(users.Count == 1 ? "that" : "those")} first");
    }

    private static IEnumerable<ConfigurationFault> BoundProjects(List<CatalogItemChange> changes, IReadOnlyList<ListenOptions> listen) => changes
        .Where(gone => gone is { List: "projects", Fate: CatalogItemFate.Deleted } && listen.Any(entry => entry.Project == gone.Name))
        .Select(gone => new ConfigurationFault($"projects.{gone.Name}", "would go, and a listener of the configuration file is bound to it; name it, or change listen first"));

    private static IEnumerable<ConfigurationFault> HoldingProjects(List<CatalogItemChange> changes, Func<string, long> repositoriesOf) =>
        from gone in changes
        where gone is { List: "projects", Fate: CatalogItemFate.Deleted }
        let repositories = repositoriesOf(gone.Name)
        where repositories > 0
        select new ConfigurationFault($"projects.{gone.Name}", CatalogChanges.Holds(repositories, "name it, delete them first, or say force (--force, force=true)"));

    private static Dictionary<(string List, string Name), string> Places(CatalogReading reading)
    {
        var places = new Dictionary<(string List, string Name), string>();
        foreach (var (i, endpoint) in (reading.Endpoints ?? []).Index())
        {
            places[("endpoints", endpoint.Name)] = ConfigurationNode.ItemPath("endpoints", i);
        }

        foreach (var (i, project) in (reading.Projects ?? []).Index())
        {
            places[("projects", project.Name)] = ConfigurationNode.ItemPath("projects", i);
        }

        return places;
    }
}
