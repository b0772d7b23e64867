using Roadstead.Api;

namespace Roadstead.Cli.NodeConfig;

/// <summary>Whose pulls a credential of Kubernetes is for.</summary>
/// <param name="Namespace">Of the pods.</param>
/// <param name="ServiceAccount">That the pods run as.</param>
public sealed record PodScope(string Namespace, string ServiceAccount)
{
    private const int MaxLabel = 63;

    /// <summary>What Kubernetes would refuse as a name. Kubernetes, "Object Names and IDs": a label of RFC 1123, and a subdomain of it.</summary>
    internal IEnumerable<PlanFault> Faults()
    {
        if (Namespace.Length > MaxLabel || Namespace.Contains('.', StringComparison.Ordinal) || !SubdomainName.IsValid(Namespace))
        {
            yield return new PlanFault("--namespace", $"must be lower-case letters, digits and dashes, at most {MaxLabel} of them.");
        }

        if (!SubdomainName.IsValid(ServiceAccount))
        {
            yield return new PlanFault("--service-account", $"must be lower-case letters, digits, dashes and dots, at most {SubdomainName.MaxLength} of them.");
        }
    }
}

/// <summary>
/// What pulls from private projects take: each runtime shows a mirror other credentials than it shows the registry, and none of them the pull secret that is written for
/// the mirror's own name.
/// </summary>
public static class PodCredentials
{
    /// <summary>The runtimes that this is for.</summary>
    public static IReadOnlyList<string> Runtimes { get; } = ["crio", "containerd", "docker"];

    /// <summary>Files for the node and the cluster; every fault of the plan, if it has any.</summary>
    public static RenderResult Render(string runtime, MirrorPlan plan, PodScope scope)
    {
        ArgumentNullException.ThrowIfNull(plan);
        ArgumentNullException.ThrowIfNull(scope);
        PlanFault[] faults =
        [
            .. PlanCheck.Faults(plan),
            .. scope.Faults(),
            .. plan.Credential is null ? [new PlanFault("--username", "is missing, and --password-file with it: the credential that pulls are to show the mirror.")] : Array.Empty<PlanFault>(),
            .. runtime == "crio" ? ContainersImage.Faults(plan) : [],
        ];
        return faults.Length > 0 ? new RenderResult.Faulty(faults) : new RenderResult.Rendered(runtime switch
        {
            "crio" => CrioCredentials.For(plan, plan.Credential!, scope),
            "containerd" => Containerd(plan, plan.Credential!, scope),
            "docker" => Docker(plan, plan.Credential!, scope),
            _ => throw new ArgumentException($"{runtime} is none of {string.Join(", ", Runtimes)}.", nameof(runtime)),
        });
    }

    /// <summary>The kubelet's secret names no server to containerd, which then shows it to every host of hosts.toml that asks for a credential.</summary>
    private static RuntimeConfiguration Containerd(MirrorPlan plan, MirrorCredential credential, PodScope scope) => new(
        [
            .. HostsToml.Files(plan, NodeConfig.Containerd.CertsD),
            .. plan.MirrorOnly ? [PullSecret.For(scope, plan.Registries.Select(registry => PullSecret.KeyOf(registry.Registry)), credential)] : Array.Empty<ConfigFile>(),
        ],
        [
            "hosts.toml shows the mirror one credential for all pods of the node. It is read for every pull, and only root can read it: roadstead node install --username puts it in place.",
            "A pod's own pull secret for the registry wins over it: containerd shows that to the mirror too, which must then know it. Leave such secrets out of pods whose images the mirror has.",
            plan.MirrorOnly
                ? $"{PullSecret.FileName} is for pods that are to show a credential of their own, under the registries' names since containerd looks there. kubectl apply -f it, and name it in imagePullSecrets or in the service account {scope.ServiceAccount}."
                : "A pull secret for the mirror under the registry's name would go to the registry itself whenever the mirror is away, so none is made. With --mirror-only there is nowhere else to go, and one is.",
        ]);

    private static RuntimeConfiguration Docker(MirrorPlan plan, MirrorCredential credential, PodScope scope) => new(
        [
            new ConfigFile("/root/.docker/config.json", AuthJson.For(plan.Mirror, credential), Placement: Placement.Shared, IsSecret: true),
            PullSecret.For(scope, [plan.Mirror.Authority], credential),
            .. plan.IsBefore(28, 0) ? [] : HostsToml.Files(plan with { Version = null }, NodeConfig.Docker.CertsD),
        ],
        [
            $"Docker shows the mirrors of daemon.json its login for Docker Hub and nothing else, so private projects are pulled by the mirror's own name: {plan.Mirror.Location(plan.Registries[0])}/…. config.json is root's login for it, as docker login {plan.Mirror.Authority} would write it.",
            $"Pods (by cri-dockerd) name images the same way and {PullSecret.Name} in imagePullSecrets: kubectl apply -f {PullSecret.FileName}.",
            .. plan.IsBefore(28, 0) ? Array.Empty<string>() : ["From Docker 28 on, with the containerd image store, hosts.toml shows the mirror the credential for the registries' own names too."],
        ]);
}
