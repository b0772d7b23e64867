namespace Roadstead.Server.Configuration;

/// <summary>Checks what no section can see alone: names that must differ or exist, and keys that need one another.</summary>
internal sealed class RoadsteadOptionsValidator(RoadsteadOptions options, ConfigurationFaults faults)
{
    private readonly IReadOnlyList<EndpointOptions> _endpoints = options.Endpoints ?? Presets.Endpoints;
    private readonly HashSet<string> _projects =
        [.. options.Projects.Select(project => project.Name), .. options.Endpoints is null ? Presets.Projects.Select(project => project.Name) : []];

    /// <summary>Without a readable list of endpoints nothing can be said about those that projects name.</summary>
    private readonly bool _endpointsKnown = !faults.Concerns("endpoints");

    public void Check()
    {
        CheckTls();
        CheckNames("endpoints", options.Endpoints?.Select(endpoint => endpoint.Name) ?? []);
        CheckNames("projects", options.Projects.Select(project => project.Name));
        for (var i = 0; i < options.Projects.Count && _endpointsKnown; i++)
        {
            CheckProject(options.Projects[i], $"projects[{i}]");
        }

        CheckPrimary();
        CheckHosts();
        CheckListeners();
    }

    private void CheckTls()
    {
        var anyHttps = false;
        for (var i = 0; i < options.Listen.Count; i++)
        {
            if (options.Listen[i].Url.Scheme != Uri.UriSchemeHttps)
            {
                continue;
            }

            anyHttps = true;
            if (!faults.IsSet("tls"))
            {
                faults.Add("tls", "is missing, but this entry of listen is https; give a certificate and key, or the word auto", faults.Origin($"listen[{i}]"));
                break;
            }
        }

        if (options.Tls is not null && !anyHttps)
        {
            faults.Warn("tls", "has no effect: listen has no https:// entry");
        }
    }

    private void CheckNames(string list, IEnumerable<string> names)
    {
        var first = new Dictionary<string, int>(StringComparer.Ordinal);
        foreach (var (i, name) in names.Index())
        {
            if (name.Length > 0 && !first.TryAdd(name, i))
            {
                faults.Add($"{list}[{i}].name", $"{name} is the name of {list}[{first[name]}] already");
            }
        }
    }

    private void CheckProject(ProjectOptions project, string path)
    {
        var endpoint = _endpoints.FirstOrDefault(candidate => candidate.Name == project.Endpoint);
        if (project.Endpoint is not null && endpoint is null)
        {
            var nearest = NearestWord.To(project.Endpoint, _endpoints.Select(candidate => candidate.Name));
            faults.Add($"{path}.endpoint", $"no endpoint is called {project.Endpoint}{(nearest is null ? "" : $"; did you mean {nearest}?")}");
        }

        // /v2/<registry>/… is the registry's own path: a project there would answer with another registry's images.
        if (project.Name.Length > 0 && endpoint?.Registry != project.Name && _endpoints.Any(candidate => candidate.Registry == project.Name))
        {
            faults.Add($"{path}.name", $"{project.Name} is the registry of an endpoint that this project does not fill itself from");
        }

        if (endpoint is { HasCredential: true } && !faults.IsSet($"{path}.public"))
        {
            faults.Add(
                $"{path}.public",
                $"must be said, because endpoint {endpoint.Name} has a credential: true lets everyone who reaches this server pull what that credential can read");
        }
    }

    private void CheckHosts()
    {
        var first = new Dictionary<string, int>(StringComparer.Ordinal);
        foreach (var (i, project) in options.Projects.Index())
        {
            foreach (var host in project.Hosts.Where(host => !first.TryAdd(host, i)))
            {
                faults.Add($"projects[{i}].hosts", $"{host} is {(first[host] == i ? "named twice" : $"a host of projects[{first[host]}] already")}");
            }
        }
    }

    private void CheckListeners()
    {
        foreach (var (i, entry) in options.Listen.Index())
        {
            if (entry.Project is { } project && !_projects.Contains(project) && !faults.Concerns("projects"))
            {
                var nearest = NearestWord.To(project, _projects);
                faults.Add($"listen[{i}].project", $"no project is called {project}{(nearest is null ? "" : $"; did you mean {nearest}?")}");
            }
        }
    }

    private void CheckPrimary()
    {
        var first = new Dictionary<string, int>(StringComparer.Ordinal);
        foreach (var (i, project) in options.Projects.Index())
        {
            var registry = _endpoints.FirstOrDefault(endpoint => endpoint.Name == project.Endpoint)?.Registry;
            if (project.Primary && !string.IsNullOrEmpty(registry) && !first.TryAdd(registry, i))
            {
                faults.Add($"projects[{i}].primary", $"projects[{first[registry]}] is primary for {registry} already");
            }
        }
    }
}
