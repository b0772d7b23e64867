namespace Roadstead.Cli.NodeConfig;

/// <summary>MicroK8s, whose containerd reads hosts.toml in a folder of the snap's.</summary>
internal sealed class MicroK8s : NodeRuntime
{
    public const string CertsD = "/var/snap/microk8s/current/args/certs.d";

    public override string Name => "microk8s";

    public override string Description => "MicroK8s 1.23 and later: hosts.toml";

    private protected override IEnumerable<PlanFault> Faults(MirrorPlan plan)
    {
        if (plan.IsBefore(1, 23))
        {
            yield return new PlanFault("--runtime-version", $"MicroK8s {plan.Version} does not read hosts.toml, which it does from 1.23 on. Update it.");
        }

        foreach (var fault in Unsupported.IPv6InHostsToml(plan, "MicroK8s").Concat(Unsupported.SigstoreAttachments(plan, "MicroK8s")))
        {
            yield return fault;
        }
    }

    // Its version says little of its containerd's, so hosts.toml is what every containerd takes.
    private protected override RuntimeConfiguration Configure(MirrorPlan plan) =>
        new([.. HostsToml.Files(plan with { Version = null }, CertsD)], ["hosts.toml is read for every pull; nothing is to be restarted."]);
}
