namespace Roadstead.Api;

/// <summary>The projects of a server: <c>GET /api/v2.0/roadstead/projects</c>.</summary>
/// <param name="Projects">In the server's order: those of its configuration file, then the others as they were made.</param>
public sealed record ProjectList(IReadOnlyList<ProjectStatus> Projects)
{
    /// <summary>Where the projects are, below the server's URL.</summary>
    public const string Path = "/api/v2.0/roadstead/projects";

    /// <summary>Where one project is: GET, PUT makes or replaces it, DELETE.</summary>
    public static string PathOf(string name) => $"{Path}/{Uri.EscapeDataString(name)}";
}

/// <summary>A project, as the server has it.</summary>
/// <param name="Id">Its number in Harbor's API.</param>
/// <param name="Source"><c>file</c>: the configuration file declares it, and it is changed there alone; or <c>database</c>.</param>
/// <param name="Settings">All its options.</param>
/// <param name="Registry">The registry that it mirrors; null: it is hosted, or its endpoint is gone.</param>
/// <param name="Used">Bytes of the blobs that its repositories hold, shared ones once.</param>
/// <param name="Repositories">How many of them hold something.</param>
/// <param name="CreatedAt">Since when it has its number.</param>
/// <param name="UpdatedAt">When it was last changed here.</param>
public sealed record ProjectStatus(
    long Id, string Source, ProjectSpec Settings, string? Registry, long Used, long Repositories, DateTimeOffset CreatedAt, DateTimeOffset UpdatedAt);

/// <summary>A project's options, by the names that the configuration file gives them; null: the server's default.</summary>
public sealed record ProjectSpec
{
    /// <summary>One path component; the name in the request's path stands for it.</summary>
    public string? Name { get; init; }

    /// <summary>The endpoint that it fills itself from; null: a hosted project.</summary>
    public string? Endpoint { get; init; }

    /// <summary>Anyone may pull; must be said where the endpoint has a credential.</summary>
    public bool? Public { get; init; }

    /// <summary>Of several projects of one registry, the one that answers for it.</summary>
    public bool? Primary { get; init; }

    /// <summary>As <c>200GiB</c>, or <c>unlimited</c>.</summary>
    public string? Quota { get; init; }

    /// <summary>How long a tag is answered without asking upstream, as <c>1m</c>.</summary>
    public string? FreshFor { get; init; }

    /// <summary>What holds in its place for some tags; the first that means a tag counts.</summary>
    public IReadOnlyList<FreshnessSpec>? Freshness { get; init; }

    /// <summary>How much longer a copy is served when upstream cannot be asked, or <c>unlimited</c>.</summary>
    public string? StaleFor { get; init; }

    /// <summary>For how long what upstream deleted is served by its tag, counted from when that became known: as <c>7d</c>, <c>0</c>, or <c>unlimited</c>.</summary>
    public string? DeletedFor { get; init; }

    /// <summary>Bytes a second that all bodies together may bring which are fetched from upstream for it: as <c>20MiB</c>, or <c>unlimited</c>.</summary>
    public string? Bandwidth { get; init; }

    /// <summary>Platforms to keep of an index.</summary>
    public IReadOnlyList<string>? Platforms { get; init; }

    /// <summary>Glob patterns of repositories; none: all.</summary>
    public IReadOnlyList<string>? Include { get; init; }

    /// <summary>Glob patterns of repositories that are left out.</summary>
    public IReadOnlyList<string>? Exclude { get; init; }

    /// <summary>Host names of the server under which all paths are this project's.</summary>
    public IReadOnlyList<string>? Hosts { get; init; }
}
