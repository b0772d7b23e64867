namespace Roadstead.Cli.NodeConfig;

/// <summary>kind, whose nodes are containers with a containerd: a folder of hosts.toml mounted into them. kind.sigs.k8s.io/v1alpha4.</summary>
internal sealed class Kind : NodeRuntime
{
    public override string Name => "kind";

    public override string Description => "kind: a cluster configuration that mounts hosts.toml into the nodes";

    private protected override IEnumerable<PlanFault> Faults(MirrorPlan plan) => Unsupported.Loopback(plan, "kind").Concat(Unsupported.IPv6InHostsToml(plan, "kind")).Concat(Unsupported.SigstoreAttachments(plan, "kind"));

    // kind's version does not say which containerd its node image has.
    private protected override RuntimeConfiguration Configure(MirrorPlan plan) => new(
        [
            new ConfigFile("kind.yaml", Cluster, Placement: Placement.Applied),
            .. HostsToml.Files(plan with { Version = null }, "certs.d", HostsToml.CaPath(Containerd.CertsD), Placement.Applied),
        ],
        [
            "Run kind create cluster --config kind.yaml in the folder of these files (--directory writes them). Each further node of a cluster needs the same extraMounts. A change of hosts.toml holds from the next pull on.",
        ]);

    // Node images from 0.27 on leave config_path to containerd's default, which from 2.2 on names two folders and so loses its mirrors.
    private static string Cluster { get; } = $"""
        kind: Cluster
        apiVersion: kind.x-k8s.io/v1alpha4
        containerdConfigPatches:
          - |
            [plugins."io.containerd.grpc.v1.cri".registry]
              config_path = {Toml.Quote(Containerd.CertsD)}
        nodes:
          - role: control-plane
            extraMounts:
              - hostPath: ./certs.d
                containerPath: {Containerd.CertsD}
                readOnly: true

        """;
}
