using Roadstead.Cli.NodeConfig;
using Roadstead.Cli.NodeInstall;

namespace Roadstead.Cli.NodeVerify;

/// <summary>The runtimes of a node that can be verified there.</summary>
internal static class NodeRuntimes
{
    private static readonly string[] Folders = ["/usr/bin", "/usr/local/bin", "/usr/sbin", "/bin"];
    private static readonly string[] Tools = ["podman", "skopeo", "buildah"];

    /// <summary>By their sockets, and the programs of those that have none.</summary>
    public static DetectedRuntime[] On(NodeFiles files) =>
    [
        .. from name in Pullers.Names
           let evidence = Pullers.Sockets(name).FirstOrDefault(socket => Path.Exists(files.Locate(socket))) ?? Program(name, files)
           where evidence is not null
           // Both are containerd's at one place; which of the two it is, its folder says.
           where name is not ("k3s" or "rke2") || files.HasFolder($"/var/lib/rancher/{name}")
           select new DetectedRuntime(Runtimes.Named(name)!, null, evidence, Pullers.Sockets(name).Contains(evidence) ? evidence : null),
    ];

    private static string? Program(string name, NodeFiles files)
    {
        // A Docker that does not run pulls nothing; the tools of containers/image need nothing that runs.
        string[] places = name switch
        {
            "podman" => [.. Tools.SelectMany(program => Folders.Select(folder => $"{folder}/{program}"))],
            "docker" => ["/run/docker.sock", "/var/run/docker.sock"],
            _ => [],
        };
        return places.FirstOrDefault(place => Path.Exists(files.Locate(place)));
    }
}
