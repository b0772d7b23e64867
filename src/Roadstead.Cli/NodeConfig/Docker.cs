namespace Roadstead.Cli.NodeConfig;

/// <summary>
/// Docker Engine. daemon.json has mirrors of Docker Hub alone; with the containerd image store, from 28 on, hosts.toml has them of any registry and wins over
/// daemon.json.
/// </summary>
internal sealed class Docker : NodeRuntime
{
    /// <summary>A note for who puts the files in place by hand.</summary>
    public const string MirrorsOfDaemonJson = "Take registry-mirrors out of an existing daemon.json: without the containerd image store Docker asks those and then Docker Hub, and never reads hosts.toml.";

    public const string CertsD = "/etc/docker/certs.d";

    public const string DaemonJsonPath = "/etc/docker/daemon.json";

    public override string Name => "docker";

    public override string Description => "Docker Engine: daemon.json, and hosts.toml for its containerd image store";

    private protected override IEnumerable<PlanFault> Faults(MirrorPlan plan) =>
        [.. HubFaults(plan), .. HostsTomlFaults(plan), .. ReadsHostsToml(plan) ? Unsupported.IPv6InHostsToml(plan, "Docker's containerd image store") : [], .. Unsupported.SigstoreAttachments(plan, "Docker")];

    private protected override RuntimeConfiguration Configure(MirrorPlan plan) => new([.. DaemonJson(plan), .. RootAuthority(plan), .. Certificates(plan)], [.. Notes(plan)], "docker");

    private static RegistryMirror? Hub(MirrorPlan plan) => plan.Registries.FirstOrDefault(registry => registry.Registry == RegistryMirror.DockerHub);

    private static bool ReadsHostsToml(MirrorPlan plan) => !plan.IsBefore(28, 0);

    /// <summary>What daemon.json has no key for.</summary>
    private static bool NeedsHostsToml(MirrorPlan plan) => plan.MirrorOnly || plan.DigestOnly || plan.Credential is not null;

    private static IEnumerable<PlanFault> HubFaults(MirrorPlan plan)
    {
        if (Hub(plan) is not { } hub)
        {
            if (!ReadsHostsToml(plan))
            {
                yield return new PlanFault("--registry", $"Docker {plan.Version} has mirrors of docker.io alone, which is not among the registries. Add docker.io, or pull from the others by the mirror's own name.");
            }
        }
        else if (plan.IsBefore(25, 0) && hub.Root is null)
        {
            yield return new PlanFault("--docker-hub-url", $"Docker {plan.Version} refuses a mirror with a path. Give the server a listen entry of Docker Hub's own, as {{url: http://0.0.0.0:5001, project: {hub.Project}}}, and its URL here.");
        }
        else if (plan.IsBefore(25, 0) && hub.Root is { IsPlain: true } && !plan.Insecure)
        {
            yield return new PlanFault("--docker-hub-url", $"{hub.Root} is plain HTTP. Give that listen entry of the server https, or say --insecure.");
        }
    }

    private static IEnumerable<PlanFault> HostsTomlFaults(MirrorPlan plan)
    {
        if (plan.IsAtLeast(28, 0))
        {
            yield break;
        }

        var wish = plan.Version is null ? "Say --runtime-version 28 or later if the nodes have that, with the containerd image store." : "Docker has it from 28 on, with the containerd image store.";
        if (plan.MirrorOnly)
        {
            yield return new PlanFault("--mirror-only", $"the mirrors of daemon.json always fall back to Docker Hub. {wish}");
        }

        if (plan.DigestOnly)
        {
            yield return new PlanFault("--digest-only", $"the mirrors of daemon.json are for tags and digests alike. {wish}");
        }

        if (plan.Credential is not null)
        {
            yield return new PlanFault("--username", $"Docker shows the mirrors of daemon.json its credential for Docker Hub, and no other. {wish}");
        }
    }

    private static IEnumerable<ConfigFile> DaemonJson(MirrorPlan plan)
    {
        if (NeedsHostsToml(plan) || Hub(plan) is not { } hub)
        {
            yield break;
        }

        var mirror = plan.IsBefore(25, 0) ? hub.Root! : plan.Mirror;
        var url = plan.IsBefore(25, 0) ? mirror.ToString() : mirror.ProjectUrl(hub);
        yield return new ConfigFile(DaemonJsonPath, JsonText.Write(json =>
        {
            if (plan.Insecure && !mirror.IsPlain)
            {
                json.WriteStartArray("insecure-registries");
                json.WriteStringValue(mirror.Authority);
                json.WriteEndArray();
            }

            json.WriteStartArray("registry-mirrors");
            json.WriteStringValue(url);
            json.WriteEndArray();
        }), Reload.Signal, Placement.Shared);
    }

    /// <summary>Trust for the mirrors of daemon.json, and for images that are pulled by the mirror's own name.</summary>
    private static IEnumerable<ConfigFile> RootAuthority(MirrorPlan plan) => plan.CaPem is not { } pem ? []
        : from authority in new[] { plan.Mirror, plan.IsBefore(25, 0) ? Hub(plan)?.Root : null }
          where authority is { IsPlain: false }
          group authority by authority.Authority into one
          select new ConfigFile($"{CertsD}/{one.Key}/ca.crt", CertificatePem.Lines(pem));

    // Of the versions that containerd's hosts.toml depends on, this store has those from 2.0 on; what 2.2 added may be missing.
    private static IEnumerable<ConfigFile> Certificates(MirrorPlan plan) =>
        ReadsHostsToml(plan) ? HostsToml.Files(plan with { Version = null }, CertsD) : [];

    private static IEnumerable<string> Notes(MirrorPlan plan)
    {
        if (DaemonJson(plan).Any())
        {
            yield return "systemctl reload docker takes daemon.json up; containers go on.";
        }
        else
        {
            yield return MirrorsOfDaemonJson;
        }

        if (ReadsHostsToml(plan))
        {
            yield return "hosts.toml is read for every pull, from Docker 28 on and with the containerd image store (docker info says \"driver-type: io.containerd.snapshotter.v1\"), which a fresh Docker 29 has. It wins over registry-mirrors.";
        }

        var others = plan.Registries.Where(registry => registry.Registry != RegistryMirror.DockerHub).Select(registry => $"{registry.Registry} as {plan.Mirror.Location(registry)}/…").ToList();
        if (others.Count > 0 && !NeedsHostsToml(plan))
        {
            yield return $"registry-mirrors are of docker.io alone. {(ReadsHostsToml(plan) ? "Without the containerd image store, images" : "Images")} of other registries come through the mirror by its own name: those of {string.Join(", ", others)}.";
        }
    }
}
