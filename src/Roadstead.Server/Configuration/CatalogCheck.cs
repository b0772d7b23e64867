namespace Roadstead.Server.Configuration;

/// <summary>Endpoints and projects that are to be in force together.</summary>
/// <param name="Endpoints">All endpoints that a project may name.</param>
/// <param name="Projects">The projects to check.</param>
/// <param name="OtherProjects">Names of projects that there are beside them.</param>
/// <param name="Listen">What may be bound to a project.</param>
internal sealed record CatalogNames(
    IReadOnlyList<EndpointOptions> Endpoints, IReadOnlyList<ProjectOptions> Projects, IReadOnlyList<string> OtherProjects, IReadOnlyList<ListenOptions> Listen);

/// <summary>Checks what no endpoint or project can tell alone: names that must differ or exist, and keys that need one another.</summary>
/// <param name="names">What is checked.</param>
/// <param name="faults">Receives what is wrong.</param>
/// <param name="pathOf">The path of an item of <c>endpoints</c>, <c>projects</c> or <c>listen</c>.</param>
internal sealed class CatalogCheck(CatalogNames names, ConfigurationFaults faults, Func<string, int, string> pathOf)
{
    private const string Endpoints = "endpoints";
    private const string Projects = "projects";

    private readonly Dictionary<string, EndpointOptions> _endpoints = names.Endpoints.DistinctBy(endpoint => endpoint.Name).ToDictionary(endpoint => endpoint.Name, StringComparer.Ordinal);
    private readonly HashSet<string> _registries = [.. names.Endpoints.Select(endpoint => endpoint.Registry)];
    private readonly HashSet<string> _projects = [.. names.Projects.Select(project => project.Name), .. names.OtherProjects];

    /// <param name="endpointsUnread">The list of endpoints could not be read: nothing can be said about those that projects name.</param>
    /// <param name="projectsUnread">The same of projects.</param>
    public void Check(bool endpointsUnread = false, bool projectsUnread = false)
    {
        CheckNames(Endpoints, names.Endpoints.Select(endpoint => endpoint.Name));
        CheckNames(Projects, names.Projects.Select(project => project.Name));
        for (var i = 0; i < names.Projects.Count && !endpointsUnread; i++)
        {
            CheckProject(names.Projects[i], i);
        }

        CheckPrimary();
        CheckHosts();
        if (!projectsUnread)
        {
            CheckListeners();
        }
    }

    private void CheckNames(string list, IEnumerable<string> all)
    {
        var first = new Dictionary<string, int>(StringComparer.Ordinal);
        foreach (var (i, name) in all.Index())
        {
            if (name.Length > 0 && !first.TryAdd(name, i))
            {
                faults.Add(KeyOf(list, i, "name"), $"{name} is the name of {pathOf(list, first[name])} already");
            }
        }
    }

    private void CheckProject(ProjectOptions project, int index)
    {
        var endpoint = EndpointOf(project);
        if (project.Endpoint is not null && endpoint is null)
        {
            var nearest = NearestWord.To(project.Endpoint, names.Endpoints.Select(candidate => candidate.Name));
            faults.Add(KeyOf(Projects, index, "endpoint"), $"no endpoint is called {project.Endpoint}{(nearest is null ? "" : $"; did you mean {nearest}?")}");
        }

        // /v2/<registry>/… is the registry's own path: a project there would answer with another registry's images.
        if (project.Name.Length > 0 && endpoint?.Registry != project.Name && _registries.Contains(project.Name))
        {
            faults.Add(KeyOf(Projects, index, "name"), $"{project.Name} is the registry of an endpoint that this project does not fill itself from");
        }

        if (endpoint is { HasCredential: true } && !project.IsPublicSaid)
        {
            faults.Add(
                KeyOf(Projects, index, "public"),
                $"must be said, because endpoint {endpoint.Name} has a credential: true lets everyone who reaches this server pull what that credential can read");
        }
    }

    private void CheckHosts()
    {
        var first = new Dictionary<string, int>(StringComparer.Ordinal);
        foreach (var (i, project) in names.Projects.Index())
        {
            foreach (var host in project.Hosts.Where(host => !first.TryAdd(host, i)))
            {
                faults.Add(KeyOf(Projects, i, "hosts"), $"{host} is {(first[host] == i ? "named twice" : $"a host of {pathOf(Projects, first[host])} already")}");
            }
        }
    }

    private void CheckListeners()
    {
        foreach (var (i, entry) in names.Listen.Index())
        {
            if (entry.Project is { } project && !_projects.Contains(project))
            {
                var nearest = NearestWord.To(project, _projects);
                faults.Add(KeyOf("listen", i, "project"), $"no project is called {project}{(nearest is null ? "" : $"; did you mean {nearest}?")}");
            }
        }
    }

    private void CheckPrimary()
    {
        var first = new Dictionary<string, int>(StringComparer.Ordinal);
        foreach (var (i, project) in names.Projects.Index())
        {
            var registry = EndpointOf(project)?.Registry;
            if (project.Primary && !string.IsNullOrEmpty(registry) && !first.TryAdd(registry, i))
            {
                faults.Add(KeyOf(Projects, i, "primary"), $"{pathOf(Projects, first[registry])} is primary for {registry} already");
            }
        }
    }

    private EndpointOptions? EndpointOf(ProjectOptions project) => project.Endpoint is { } name ? _endpoints.GetValueOrDefault(name) : null;

    private string KeyOf(string list, int index, string key) => ConfigurationNode.ChildPath(pathOf(list, index), key);
}
