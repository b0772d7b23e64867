using Roadstead.Cli.NodeConfig;

namespace Roadstead.Cli.NodeInstall;

/// <summary>Which runtimes a node has, by what is on its disk, and by who owns their files.</summary>
internal static class RuntimeDetector
{
    private static readonly string[] ProgramFolders = ["/usr/bin", "/usr/sbin", "/usr/local/bin", "/usr/local/sbin", "/bin", "/sbin", "/opt/bin", "/opt/crio/bin", "/opt/cni/bin", "/opt/rke2/bin"];

    /// <summary>The runtimes to configure, whoever owns the node's files alone if there is such an owner; none that is only another one's part.</summary>
    public static IReadOnlyList<DetectedRuntime> Detect(NodeFiles files) =>
        Owner(files) is { } owner ? [owner] : [.. Own(files).Select(found => found with { Version = RuntimeVersions.Of(files, found) })];

    /// <summary>A runtime that was named, as it is on the node.</summary>
    public static DetectedRuntime Named(NodeFiles files, NodeRuntime runtime, RuntimeVersion? version)
    {
        var found = Owner(files) is { } owner && owner.Runtime == runtime ? owner
            : Candidates(files).FirstOrDefault(candidate => candidate.Runtime == runtime) ?? new DetectedRuntime(runtime, null, "--runtime");
        return found with { Version = version ?? found.Version ?? RuntimeVersions.Of(files, found) };
    }

    /// <summary>What is there and not configured, for it belongs to another runtime.</summary>
    public static IEnumerable<string> LeftOut(NodeFiles files, IReadOnlyList<DetectedRuntime> found)
    {
        if (Owner(files) is null && found.All(runtime => runtime.Runtime.Name != "containerd") && Containerd(files) is { } containerd && Docker(files) is not null)
        {
            yield return $"{containerd.Evidence} is Docker's, which is configured instead. If the kubelet or nerdctl uses it too, say --runtime containerd as well.";
        }
    }

    /// <summary>Where a program of the node is; null: it has none.</summary>
    public static string? Program(NodeFiles files, params string[] names) =>
        names.SelectMany(name => ProgramFolders.Select(folder => $"{folder}/{name}")).FirstOrDefault(files.HasFile);

    private static DetectedRuntime? Owner(NodeFiles files)
    {
        if (files.HasFolder("/etc/machine-config-daemon"))
        {
            return new DetectedRuntime(Known("openshift"), RuntimeVersions.OfSystem(files, "OPENSHIFT_VERSION"), "/etc/machine-config-daemon", CriSocket(files, "crio"));
        }

        return RuntimeVersions.SystemId(files) == "talos"
            ? new DetectedRuntime(Known("talos"), RuntimeVersions.OfSystem(files, "VERSION_ID"), "/etc/os-release", CriSocket(files, "containerd"))
            : null;
    }

    private static IEnumerable<DetectedRuntime> Own(NodeFiles files)
    {
        var all = Candidates(files).ToList();

        // Debian's and Docker's own packages bring containerd for dockerd's sake. hosts.toml of /etc/containerd is read by the CRI plug-in and by nerdctl alone.
        var isDockers = all.Any(found => found.Runtime.Name == "docker") && !(IsKubelets(files) || Program(files, "nerdctl") is not null);
        return all.Where(found => found.Runtime.Name != "containerd" || !isDockers);
    }

    private static bool IsKubelets(NodeFiles files) =>
        Program(files, "kubelet") is not null && Crio(files) is null && Socket(files, "/run/cri-dockerd.sock", "/var/run/cri-dockerd.sock") is null && Program(files, "cri-dockerd") is null;

    private static IEnumerable<DetectedRuntime> Candidates(NodeFiles files) =>
        new[] { Crio(files), Podman(files), Containerd(files), Docker(files), Rancher(files, "k3s"), Rancher(files, "rke2"), MicroK8s(files) }.OfType<DetectedRuntime>();

    private static DetectedRuntime? Crio(NodeFiles files) =>
        Found(files, "crio", [Program(files, "crio"), CriSocket(files, "crio"), Folder(files, "/etc/crio")], CriSocket(files, "crio"));

    private static DetectedRuntime? Podman(NodeFiles files) => Found(files, "podman", [Program(files, "podman", "buildah", "skopeo")], Socket(files, "/run/podman/podman.sock"));

    private static DetectedRuntime? Containerd(NodeFiles files) =>
        Found(files, "containerd", [Program(files, "containerd"), CriSocket(files, "containerd")], CriSocket(files, "containerd"));

    private static DetectedRuntime? Docker(NodeFiles files) => Found(files, "docker", [Program(files, "dockerd")], Socket(files, "/run/docker.sock"));

    private static DetectedRuntime? Rancher(NodeFiles files, string name) =>
        Found(files, name, [Program(files, name), Folder(files, $"/etc/rancher/{name}"), Folder(files, $"/var/lib/rancher/{name}")], CriSocket(files, name));

    private static DetectedRuntime? MicroK8s(NodeFiles files) =>
        Found(files, "microk8s", [Folder(files, "/var/snap/microk8s/current")], CriSocket(files, "microk8s"));

    private static DetectedRuntime? Found(NodeFiles files, string name, IEnumerable<string?> signs, string? socket) =>
        signs.FirstOrDefault(sign => sign is not null) is { } evidence ? new DetectedRuntime(Known(name), null, evidence, socket) : null;

    private static string? Folder(NodeFiles files, string path) => files.HasFolder(path) ? path : null;

    private static string? CriSocket(NodeFiles files, string runtime) => Socket(files, [.. CriSockets.Of(runtime)]);

    private static string? Socket(NodeFiles files, params string[] paths) => paths.FirstOrDefault(path => files.HasFile(path));

    private static NodeRuntime Known(string name) => Runtimes.Named(name)!;
}
