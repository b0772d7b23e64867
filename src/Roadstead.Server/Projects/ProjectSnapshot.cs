using System.Collections.Frozen;
using System.Globalization;
using Roadstead.Oci;

namespace Roadstead.Server.Projects;

/// <summary>The routing table: immutable, and replaced whole.</summary>
public sealed class ProjectSnapshot
{
    private readonly FrozenDictionary<string, Project> _byName;
    private readonly FrozenDictionary<RegistryName, Project> _byRegistry;
    private readonly FrozenDictionary<string, Project> _byHost;

    /// <param name="projects">In order of declaration, which decides who answers for a registry that several mirror.</param>
    /// <param name="hasOthersPrivate">True if a private project is left out for now, whose images stay.</param>
    public ProjectSnapshot(IReadOnlyList<Project> projects, bool hasOthersPrivate = false)
    {
        ArgumentNullException.ThrowIfNull(projects);
        Projects = projects;
        HasPrivate = hasOthersPrivate || projects.Any(project => !project.Options.Public);
        _byName = projects.ToFrozenDictionary(project => project.Name, StringComparer.Ordinal);
        _byRegistry = projects
            .Where(project => project.Endpoint is not null)
            .GroupBy(project => project.Endpoint!.Registry)
            .ToFrozenDictionary(group => group.Key, group => group.FirstOrDefault(project => project.Options.Primary) ?? group.First());
        _byHost = projects
            .SelectMany(project => project.Options.Hosts, (project, host) => (project, host))
            .DistinctBy(entry => entry.host)
            .ToFrozenDictionary(entry => entry.host, entry => entry.project, StringComparer.OrdinalIgnoreCase);
    }

    public IReadOnlyList<Project> Projects { get; }

    /// <summary>Some name of this server leads to a project.</summary>
    public bool HasHosts => _byHost.Count > 0;

    /// <summary>True if some project is not open to all.</summary>
    public bool HasPrivate { get; }

    public Project? Named(string name) => _byName.GetValueOrDefault(name);

    /// <summary>The project that a name of this server belongs to: that of host and port together, else that of the host.</summary>
    public Project? OnHost(string host, int? port) =>
        !HasHosts ? null : port is { } number && _byHost.TryGetValue(string.Create(CultureInfo.InvariantCulture, $"{host}:{number}"), out var project) ? project : _byHost.GetValueOrDefault(host);

    /// <summary>The project that answers for a registry.</summary>
    public Project? Of(RegistryName registry) => _byRegistry.GetValueOrDefault(registry);
}
