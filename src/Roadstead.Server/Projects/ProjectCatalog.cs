using Roadstead.Server.Configuration;
using Roadstead.Server.Metadata;
using Roadstead.Server.Telemetry;

namespace Roadstead.Server.Projects;

/// <summary>The endpoints and projects in force: those of the configuration file, then those in the database.</summary>
/// <remarks>What the file declares stays in the file, secrets with it; a name that stands in both is the file's.</remarks>
public sealed class ProjectCatalog : IDisposable
{
    private readonly List<Endpoint> _endpoints;

    private ProjectCatalog(List<Endpoint> endpoints, ProjectSnapshot snapshot)
    {
        _endpoints = endpoints;
        Snapshot = snapshot;
    }

    public ProjectSnapshot Snapshot { get; }

    public static async Task<ProjectCatalog> Load(
        RoadsteadOptions options, Database database, ServerMetrics metrics, TimeProvider clock, ILogger<Endpoint> log)
    {
        ArgumentNullException.ThrowIfNull(options);
        ArgumentNullException.ThrowIfNull(database);
        if (options.Endpoints is null)
        {
            await database.Write(connection => ProjectTable.InstallPresets(connection, Presets.Endpoints, Presets.Projects, clock.GetUtcNow())).ConfigureAwait(false);
        }

        var endpoints = Merge(options.Endpoints ?? [], database.Read(ProjectTable.Endpoints), endpoint => endpoint.Name)
            .ConvertAll(endpoint => new Endpoint(endpoint, EndpointSettings.From(endpoint, options.Limits, ServerVersion.Text), metrics, clock, log));
        var byName = endpoints.ToDictionary(endpoint => endpoint.Name, StringComparer.Ordinal);

        // A project of the database whose endpoint the file took away is left out until that is mended; its images stay.
        var projects = Merge(options.Projects, database.Read(ProjectTable.Projects), project => project.Name)
            .Where(project => project.Endpoint is null || byName.ContainsKey(project.Endpoint))
            .Select(project => new Project(project, project.Endpoint is null ? null : byName[project.Endpoint], options.Defaults));
        return new ProjectCatalog(endpoints, new ProjectSnapshot([.. projects]));
    }

    public void Dispose() => _endpoints.ForEach(endpoint => endpoint.Dispose());

    private static List<T> Merge<T>(IEnumerable<T> file, IEnumerable<T> database, Func<T, string> name)
    {
        var declared = file.ToList();
        var names = declared.Select(name).ToHashSet(StringComparer.Ordinal);
        return [.. declared, .. database.Where(item => !names.Contains(name(item)))];
    }
}
