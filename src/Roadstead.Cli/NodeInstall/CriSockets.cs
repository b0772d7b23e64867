namespace Roadstead.Cli.NodeInstall;

/// <summary>Where runtimes speak the Container Runtime Interface when nobody says otherwise.</summary>
internal static class CriSockets
{
    /// <summary>The usual one first; empty: the runtime does not speak it.</summary>
    public static IReadOnlyList<string> Of(string runtime) => runtime switch
    {
        "crio" => ["/run/crio/crio.sock", "/var/run/crio/crio.sock"],
        "containerd" => ["/run/containerd/containerd.sock"],
        "k3s" or "rke2" => ["/run/k3s/containerd/containerd.sock"],
        "microk8s" => ["/var/snap/microk8s/common/run/containerd.sock"],
        _ => [],
    };
}
