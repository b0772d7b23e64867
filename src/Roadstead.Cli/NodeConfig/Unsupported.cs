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

    /// <summary>The grammar of image references has no IPv6 address for a host, and a name that is rewritten to one fails every pull.</summary>
    public static IEnumerable<PlanFault> IPv6(MirrorPlan plan, string runtime) => plan.Mirror.IsIPv6
        ? [new PlanFault("--mirror", $"{plan.Mirror} has an IPv6 address for its host, which {runtime} takes in no image's name, so pulls would fail. Give a name that leads to the address, or an IPv4 address.")] : [];

    /// <summary>containerd before 2.0 cannot read a hosts.toml with a bracket in a host, and asks the registry itself without a word.</summary>
    public static IEnumerable<PlanFault> IPv6InHostsToml(MirrorPlan plan, string runtime) => plan.Mirror.IsIPv6
        ? [new PlanFault("--mirror", $"{plan.Mirror} has an IPv6 address for its host, and with brackets in it {runtime} cannot read hosts.toml: the mirror would not be asked. Give a name that leads to the address, or an IPv4 address.")] : [];

    /// <summary>Runtimes whose nodes are containers or machines of their own on this one.</summary>
    public static IEnumerable<PlanFault> Loopback(MirrorPlan plan, string runtime) => plan.Mirror.IsLoopback
        ? [new PlanFault("--mirror", $"{plan.Mirror} is, on a node of {runtime}, the node itself. Give the URL under which the nodes reach the server.")] : [];
}
