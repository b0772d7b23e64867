using System.Globalization;
using Roadstead.Server.Configuration;
using Roadstead.Server.Metadata;

namespace Roadstead.Server.Projects;

/// <summary>The changes that the API makes of the catalog, each a pure function of what it finds.</summary>
internal static class CatalogChanges
{
    private const string Endpoints = "endpoints";
    private const string Projects = "projects";

    /// <summary>Makes an endpoint, whose name must be free.</summary>
    public static CatalogStep Create(CatalogEntries entries, EndpointOptions options, EndpointNotes notes) => entries.Endpoint(options.Name) is { } known
        ? Stop(new CatalogOutcome.Taken(known.IsDeclared ? Declared("endpoint", known.Name) : $"There is an endpoint {known.Name} already."))
        : new CatalogStep.Go(entries.With(new EndpointEntry(options) { Notes = notes }, null), Endpoints, options.Name);

    /// <summary>Puts other options in the place of an endpoint's; its projects go with a new name.</summary>
    public static CatalogStep Replace(CatalogEntries entries, EndpointEntry former, EndpointOptions options, EndpointNotes notes)
    {
        if (former.IsDeclared)
        {
            return Stop(new CatalogOutcome.Taken(Declared("endpoint", former.Name)));
        }

        var next = entries.With(former with { Options = options, Notes = notes, HasLostSecret = false }, former);
        if (options.Name == former.Name)
        {
            return new CatalogStep.Go(next, Endpoints, options.Name);
        }

        if (entries.Endpoint(options.Name) is { } other)
        {
            return Stop(new CatalogOutcome.Taken(other.IsDeclared ? Declared("endpoint", other.Name) : $"There is an endpoint {other.Name} already."));
        }

        foreach (var project in entries.ProjectsOf(former.Name))
        {
            if (project.IsDeclared)
            {
                return Stop(new CatalogOutcome.InUse($"The project {project.Name}, which the configuration file declares, names the endpoint {former.Name}: change the file first."));
            }

            next = next.With(project with { Options = project.Options with { Endpoint = options.Name } }, project);
        }

        return new CatalogStep.Go(next, Endpoints, options.Name);
    }

    public static CatalogStep Remove(CatalogEntries entries, EndpointEntry endpoint)
    {
        if (endpoint.IsDeclared)
        {
            return Stop(new CatalogOutcome.Taken(Declared("endpoint", endpoint.Name)));
        }

        var users = entries.ProjectsOf(endpoint.Name).Select(project => project.Name).ToList();
        return users.Count > 0
            ? Stop(new CatalogOutcome.InUse($"The endpoint {endpoint.Name} is used by {(users.Count == 1 ? "the project" : "the projects")} {string.Join(", ", users)}; remove or change {(users.Count == 1 ? "it" : "them")} first."))
            : new CatalogStep.Go(entries.Without(endpoint), Endpoints, endpoint.Name);
    }

    /// <summary>Makes a project, whose name must be free.</summary>
    public static CatalogStep Create(CatalogEntries entries, ProjectOptions options, ProjectNotes notes) => entries.Project(options.Name) is { } known
        ? Stop(new CatalogOutcome.Taken(known.IsDeclared ? Declared("project", known.Name) : $"There is a project {known.Name} already."))
        : new CatalogStep.Go(entries.With(new ProjectEntry(options) { Notes = notes }, null), Projects, options.Name);

    /// <summary>Puts other options in the place of a project's; its images stay with it.</summary>
    public static CatalogStep Replace(CatalogEntries entries, ProjectEntry former, ProjectOptions options, ProjectNotes notes) => former.IsDeclared
        ? Stop(new CatalogOutcome.Taken(Declared("project", former.Name)))
        : new CatalogStep.Go(entries.With(former with { Options = options, Notes = notes }, former), Projects, options.Name);

    /// <param name="entries">What there is.</param>
    /// <param name="project">What goes.</param>
    /// <param name="listen">Listeners may be bound to it; unbound, one would answer for all projects.</param>
    /// <param name="repositories">How many of its repositories hold images that keep it; 0 where they do not.</param>
    public static CatalogStep Remove(CatalogEntries entries, ProjectEntry project, IReadOnlyList<ListenOptions> listen, long repositories) =>
        project.IsDeclared ? Stop(new CatalogOutcome.Taken(Declared("project", project.Name)))
        : listen.Any(entry => entry.Project == project.Name) ? Stop(new CatalogOutcome.InUse($"A listener of the configuration file is bound to the project {project.Name}: change listen first."))
        : repositories > 0 ? Stop(new CatalogOutcome.InUse($"The project {project.Name} {Holds(repositories, "delete them first, or say force (roadstead project delete --force, or the API with ?force=true)")}"))
        : new CatalogStep.Go(entries.Without(project), Projects, project.Name);

    /// <summary>Why a project stays; continues a sentence that begins with it.</summary>
    public static string Holds(long repositories, string advice) => string.Create(
        CultureInfo.InvariantCulture, $"holds images in {(repositories == 1 ? "1 repository" : $"{repositories} repositories")}: {advice}; then they go when room is wanted, and pins end.");

    private static CatalogStep.Stop Stop(CatalogOutcome why) => new(why);

    private static string Declared(string kind, string name) => $"The configuration file declares the {kind} {name}, so it is changed there: edit the file and restart the server, or take it out of the file to manage it here.";
}
