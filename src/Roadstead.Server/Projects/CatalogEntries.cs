using Roadstead.Server.Configuration;
using Roadstead.Server.Metadata;

namespace Roadstead.Server.Projects;

/// <summary>An endpoint that there is.</summary>
public sealed record EndpointEntry(EndpointOptions Options)
{
    /// <summary>Its number in the API; 0 where the database would give none.</summary>
    public long Id { get; init; }

    /// <summary>The configuration file declares it, and it is changed there alone.</summary>
    public bool IsDeclared { get; init; }

    public EndpointNotes Notes { get; init; } = EndpointNotes.None;

    /// <summary>The database has a secret of it that cannot be read: it is asked without a credential.</summary>
    public bool HasLostSecret { get; init; }

    public DateTimeOffset CreatedAt { get; init; }

    public DateTimeOffset UpdatedAt { get; init; }

    public string Name => Options.Name;
}

/// <summary>A project that there is.</summary>
public sealed record ProjectEntry(ProjectOptions Options)
{
    /// <inheritdoc cref="EndpointEntry.Id"/>
    public long Id { get; init; }

    /// <inheritdoc cref="EndpointEntry.IsDeclared"/>
    public bool IsDeclared { get; init; }

    public ProjectNotes Notes { get; init; } = ProjectNotes.None;

    public DateTimeOffset CreatedAt { get; init; }

    public DateTimeOffset UpdatedAt { get; init; }

    public string Name => Options.Name;
}

/// <summary>All endpoints and projects, those of the configuration file first: immutable, and replaced whole.</summary>
public sealed record CatalogEntries(IReadOnlyList<EndpointEntry> Endpoints, IReadOnlyList<ProjectEntry> Projects)
{
    public EndpointEntry? Endpoint(string? name) => Endpoints.FirstOrDefault(entry => entry.Name == name);

    public EndpointEntry? Endpoint(long id) => Endpoints.FirstOrDefault(entry => entry.Id == id && id > 0);

    public ProjectEntry? Project(string name) => Projects.FirstOrDefault(entry => entry.Name == name);

    public ProjectEntry? Project(long id) => Projects.FirstOrDefault(entry => entry.Id == id && id > 0);

    /// <summary>The endpoints by their names, for whoever looks for many.</summary>
    public Dictionary<string, EndpointEntry> EndpointsByName() => Endpoints.ToDictionary(entry => entry.Name, StringComparer.Ordinal);

    /// <summary>The projects by their names, for whoever looks for many.</summary>
    public Dictionary<string, ProjectEntry> ProjectsByName() => Projects.ToDictionary(entry => entry.Name, StringComparer.Ordinal);

    /// <summary>The names of the projects of each endpoint, for whoever looks for many.</summary>
    public ILookup<string, string> ProjectsByEndpoint() => Projects.Where(entry => entry.Options.Endpoint is not null).ToLookup(entry => entry.Options.Endpoint!, entry => entry.Name, StringComparer.Ordinal);

    public IEnumerable<ProjectEntry> ProjectsOf(string endpoint) => Projects.Where(entry => entry.Options.Endpoint == endpoint);

    /// <summary>With an endpoint put in the place of another; at the end where that is null.</summary>
    internal CatalogEntries With(EndpointEntry entry, EndpointEntry? former) => this with { Endpoints = Put(Endpoints, entry, former) };

    /// <inheritdoc cref="With(EndpointEntry, EndpointEntry?)"/>
    internal CatalogEntries With(ProjectEntry entry, ProjectEntry? former) => this with { Projects = Put(Projects, entry, former) };

    internal CatalogEntries Without(EndpointEntry entry) => this with { Endpoints = [.. Endpoints.Where(other => other != entry)] };

    internal CatalogEntries Without(ProjectEntry entry) => this with { Projects = [.. Projects.Where(other => other != entry)] };

    private static List<T> Put<T>(IReadOnlyList<T> entries, T entry, T? former) where T : class =>
        former is null ? [.. entries, entry] : [.. entries.Select(other => ReferenceEquals(other, former) ? entry : other)];
}
