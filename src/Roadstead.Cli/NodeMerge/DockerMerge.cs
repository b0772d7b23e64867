using Roadstead.Cli.NodeConfig;
using Roadstead.Cli.NodeFormats;

namespace Roadstead.Cli.NodeMerge;

/// <summary>Docker Engine: daemon.json, the CA, and hosts.toml for its containerd image store.</summary>
internal static class DockerMerge
{
    public static void Into(Merge merge)
    {
        var daemon = merge.Rendered(Docker.DaemonJsonPath);
        DaemonJson.Into(merge, daemon);
        Flags(merge, daemon);
        var hosts = HostsToml.Files(merge.Plan with { Version = null }, Docker.CertsD).Select(file => file.Path).ToHashSet();
        foreach (var file in merge.Configuration.Files.Where(file => file.Path != Docker.DaemonJsonPath && !hosts.Contains(file.Path)))
        {
            merge.Put(file);
        }

        if (merge.Configuration.Files.Any(file => file.Path.EndsWith("/hosts.toml", StringComparison.Ordinal)))
        {
            HostsTomlMerge.Into(merge, merge.Plan with { Version = null }, Docker.CertsD);
        }
    }

    // dockerd starts with none that stands in both places.
    private static void Flags(Merge merge, ConfigFile? daemon)
    {
        foreach (var (option, key) in new[] { ("--registry-mirror", DaemonJsonFile.Mirrors), ("--insecure-registry", DaemonJsonFile.Insecure) })
        {
            if (daemon?.Content.Contains($"\"{key}\"", StringComparison.Ordinal) != true)
            {
                continue;
            }

            foreach (var (path, line, _) in UnitFlags.Find(merge.Before, "docker", option))
            {
                merge.Fault(path, line, $"dockerd is started with {option}, and does not start while {Docker.DaemonJsonPath} has {key} too. Take the option out and put what it says into {key} there, then run this again.");
            }
        }
    }
}
