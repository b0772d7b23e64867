namespace Roadstead.Cli.NodeConfig;

/// <summary>containerd 1.6 and later, by hosts.toml.</summary>
internal sealed class Containerd : NodeRuntime
{
    /// <summary>A note for who puts the files in place by hand.</summary>
    public const string OneFolder = "config_path must name one folder: the list of two that containerd 2.2 has for a default hides its mirrors from 2.1's transfer service on. Beside registry.mirrors of old it keeps the CRI plug-in from starting: move those to hosts.toml.";

    public const string CertsD = "/etc/containerd/certs.d";

    public const string ConfigToml = "/etc/containerd/config.toml";

    public override string Name => "containerd";

    public override IReadOnlyList<string> Aliases => ["nerdctl"];

    public override string Description => "containerd 1.6 and later: hosts.toml";

    private protected override IEnumerable<PlanFault> Faults(MirrorPlan plan)
    {
        if (plan.IsBefore(1, 6))
        {
            yield return new PlanFault("--runtime-version", $"containerd {plan.Version} takes no mirror with a path: override_path is there from 1.6 on. Update containerd.");
        }

        foreach (var fault in Unsupported.IPv6InHostsToml(plan, "containerd").Concat(Unsupported.SigstoreAttachments(plan, "containerd")))
        {
            yield return fault;
        }
    }

    private protected override RuntimeConfiguration Configure(MirrorPlan plan) =>
        new([.. HostsToml.Files(plan, CertsD), new ConfigFile(ConfigToml, ConfigPath(plan), Reload.Restart, Placement.Shared)], [.. Notes(plan)], "containerd");

    /// <summary>Version 2 of config.toml is read by every containerd from 1.3 on; what 2.x writes itself is version 3.</summary>
    private static string ConfigPath(MirrorPlan plan)
    {
        var (version, table) = plan.IsAtLeast(2, 0) ? (3, "io.containerd.cri.v1.images") : (2, "io.containerd.grpc.v1.cri");
        return $"version = {version}\n\n[plugins.{Toml.Quote(table)}.registry]\n  config_path = {Toml.Quote(CertsD)}\n";
    }

    private static IEnumerable<string> Notes(MirrorPlan plan)
    {
        yield return "hosts.toml is read for every pull. Only config.toml needs a restart of containerd, once, and only if config_path was not this one folder yet.";
        yield return OneFolder;
        yield return $"ctr does not read config.toml: give it --hosts-dir {CertsD}.";
        if (plan.Version is null)
        {
            yield return "Without --runtime-version this is what every version takes: from 2.2 on the mirror can serve referrers too, and config.toml has a form of its own from 2.0 on.";
        }

        if (plan.Credential is not null)
        {
            yield return "A pull secret of a pod that names no server is offered to a mirror that asks for a credential, instead of the one in hosts.toml.";
        }
    }
}
