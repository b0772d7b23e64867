namespace Roadstead.Cli.NodeConfig;

/// <summary>minikube, which copies what is below <c>~/.minikube/files</c> into its nodes: the files of containerd and of CRI-O, of which the node reads one or the other.</summary>
internal sealed class Minikube : NodeRuntime
{
    public override string Name => "minikube";

    public override string Description => "minikube with containerd or CRI-O: files that it copies into its nodes";

    private protected override IEnumerable<PlanFault> Faults(MirrorPlan plan) =>
        ContainersImage.Faults(plan).Concat(Unsupported.Loopback(plan, "minikube")).Concat(Unsupported.SigstoreAttachments(plan, "minikube"));

    private protected override RuntimeConfiguration Configure(MirrorPlan plan) => new(
        [
            .. HostsToml.Files(plan with { Version = null }, $"files{Containerd.CertsD}", HostsToml.CaPath(Containerd.CertsD), Placement.Applied),
            .. ContainersImage.Files(plan, Reload.None).Select(file => file with { Path = $"files{file.Path}", Placement = Placement.Applied }),
        ],
        [
            "Copy files/ into ~/.minikube (--directory writes it) before minikube start --container-runtime=containerd or =cri-o; a cluster that is there takes it up at its next start.",
            "With --container-runtime=docker none of these is read: minikube start --registry-mirror is Docker's, and of Docker Hub alone.",
            .. plan.Credential is null ? Array.Empty<string>() : ["The credential is in containerd's files alone: CRI-O's node has no file for it that minikube would keep."],
        ]);
}
