namespace Roadstead.Server.Configuration;

/// <summary>Checks what no section can see alone: names that must differ or exist, and keys that need one another.</summary>
internal sealed class RoadsteadOptionsValidator(RoadsteadOptions options, ConfigurationFaults faults)
{
    public void Check()
    {
        CheckTls();
        CheckClusters();
        var known = new CatalogNames(
            options.Endpoints ?? Presets.Endpoints, options.Projects, options.Endpoints is null ? [.. Presets.Projects.Select(project => project.Name)] : [], options.Listen);
        new CatalogCheck(known, faults, ConfigurationNode.ItemPath).Check(faults.Concerns("endpoints"), faults.Concerns("projects"));
    }

    private void CheckClusters()
    {
        foreach (var (position, cluster) in options.Clusters.Index())
        {
            if (options.InUse.Nodes && cluster.Name == InUseOptions.NodesCluster)
            {
                faults.Add(ConfigurationNode.ChildPath(ConfigurationNode.ItemPath("clusters", position), "name"), $"is {cluster.Name}, which is made of what nodes report; give it another one, or set inUse.nodes to false");
            }
        }
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
}
