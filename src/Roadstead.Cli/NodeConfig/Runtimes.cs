namespace Roadstead.Cli.NodeConfig;

/// <summary>Every runtime that can be configured.</summary>
public static class Runtimes
{
    public static IReadOnlyList<NodeRuntime> All { get; } =
    [
        new Crio(), new Podman(), new Containerd(), new Docker(), K3s.OfK3s, K3s.OfRke2, new MicroK8s(), new Talos(), new OpenShift(), new BuildKit(), new Kaniko(), new Kind(), new Minikube(),
    ];

    /// <summary>The runtime of a name or alias; null: there is none.</summary>
    public static NodeRuntime? Named(string name) => All.FirstOrDefault(runtime => runtime.Name == name || runtime.Aliases.Contains(name));
}
