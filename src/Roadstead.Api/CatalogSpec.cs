namespace Roadstead.Api;

/// <summary>Endpoints and projects as a file declares them: <c>GET /api/v2.0/roadstead/catalog</c> tells all of them, PUT has them be so.</summary>
/// <param name="Endpoints">By the configuration file's names; what is left out is as the server has it by itself. Null: endpoints are not spoken of, and stay.</param>
/// <param name="Projects">The same of projects.</param>
public sealed record CatalogSpec(IReadOnlyList<EndpointSpec>? Endpoints, IReadOnlyList<ProjectSpec>? Projects)
{
    /// <summary>Where all of it is, below the server's URL.</summary>
    public const string Path = "/api/v2.0/roadstead/catalog";

    /// <summary>Where it is put.</summary>
    /// <param name="prune">What is not named goes, of each list that there is; else it stays.</param>
    /// <param name="isForced">Projects go though they hold images.</param>
    /// <param name="dryRun">Nothing changes.</param>
    public static string PutPath(bool prune, bool isForced, bool dryRun) => $"{Path}?prune={(prune ? "true" : "false")}{(isForced ? "&force=true" : "")}&dryRun={(dryRun ? "true" : "false")}";
}

/// <summary>What came of putting a catalog: all of it is in force, or none.</summary>
/// <param name="DryRun">Nothing has changed; this is what would.</param>
/// <param name="Changes">What became of each item: endpoints first, in the order of the catalog that was put, then what went.</param>
/// <param name="Warnings">What stands in nobody's way.</param>
/// <param name="Before">Of a dry run: all endpoints and projects as they are.</param>
/// <param name="After">Of a dry run: all of them as they would be.</param>
public sealed record CatalogReport(bool DryRun, IReadOnlyList<CatalogChange> Changes, IReadOnlyList<CatalogWarning> Warnings, CatalogSpec? Before, CatalogSpec? After);

/// <summary>What became of an endpoint or a project.</summary>
/// <param name="Kind"><c>endpoint</c> or <c>project</c>.</param>
/// <param name="Name">Its name.</param>
/// <param name="Change"><c>created</c>, <c>changed</c>, <c>deleted</c> or <c>unchanged</c>.</param>
/// <param name="Keys">The options that changed, by the configuration file's names; null where none did.</param>
public sealed record CatalogChange(string Kind, string Name, string Change, IReadOnlyList<string>? Keys)
{
    /// <summary>Those of the keys that are secrets which an endpoint had and has no more; null: none is.</summary>
    public IReadOnlyList<string>? Gone { get; init; }
}

/// <summary>Something to know about a key.</summary>
/// <param name="Key">As <c>projects[3].public</c>.</param>
/// <param name="Message">What to know.</param>
public sealed record CatalogWarning(string Key, string Message);
