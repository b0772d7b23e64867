namespace Roadstead.Cli.NodeConfig;

/// <summary>Faults that several runtimes share: what they have no setting for.</summary>
internal static class Unsupported
{
    public static IEnumerable<PlanFault> MirrorOnly(MirrorPlan plan, string runtime, string instead) => plan.MirrorOnly
        ? [new PlanFault("--mirror-only", $"{runtime} always turns to the registry itself when the mirror fails. {instead}")] : [];

    public static IEnumerable<PlanFault> DigestOnly(MirrorPlan plan, string runtime) => plan.DigestOnly
        ? [new PlanFault("--digest-only", $"{runtime} cannot tell pulls by digest from pulls by tag. Leave it out: the mirror asks upstream for a tag itself.")] : [];

    public static IEnumerable<PlanFault> SigstoreAttachments(MirrorPlan plan, string runtime) => plan.SigstoreAttachments
        ? [new PlanFault("--sigstore-attachments", $"{runtime} looks at no signatures when it pulls. Leave it out; CRI-O and Podman have it.")] : [];

    /// <summary>Runtimes whose nodes are containers or machines of their own on this one.</summary>
    public static IEnumerable<PlanFault> Loopback(MirrorPlan plan, string runtime) => plan.Mirror.IsLoopback
        ? [new PlanFault("--mirror", $"{plan.Mirror} is, on a node of {runtime}, the node itself. Give the URL under which the nodes reach the server.")] : [];
}
