using System.Text;

namespace Roadstead.Cli.NodeConfig;

/// <summary>OpenShift, whose Machine Config Operator writes the nodes' files from resources of the cluster. API group config.openshift.io/v1.</summary>
internal sealed class OpenShift : NodeRuntime
{
    private const string CaConfigMap = "roadstead-ca";

    public override string Name => "openshift";

    public override string Description => "OpenShift 4.13 and later: ImageDigestMirrorSet, ImageTagMirrorSet";

    private protected override IEnumerable<PlanFault> Faults(MirrorPlan plan)
    {
        if (plan.IsBefore(4, 13))
        {
            yield return new PlanFault("--runtime-version", $"OpenShift {plan.Version} does not know ImageDigestMirrorSet and ImageTagMirrorSet, which are there from 4.13 on. Update it.");
        }

        if (plan.SigstoreAttachments)
        {
            yield return new PlanFault("--sigstore-attachments", "OpenShift writes registries.d itself, from a ClusterImagePolicy. Leave it out and make one.");
        }

        foreach (var fault in ContainersImage.Faults(plan))
        {
            yield return fault;
        }
    }

    private protected override RuntimeConfiguration Configure(MirrorPlan plan) => new([.. Files(plan)], [.. Notes(plan)]);

    private static IEnumerable<ConfigFile> Files(MirrorPlan plan)
    {
        if (plan.CaPem is { } pem)
        {
            // A colon may not stand in a key, so two dots stand for it.
            var key = plan.Mirror.Authority.Replace(":", "..", StringComparison.Ordinal);
            yield return Applied("mirror-ca.yaml", $"apiVersion: v1\nkind: ConfigMap\nmetadata:\n  name: {CaConfigMap}\n  namespace: openshift-config\ndata:\n  {Yaml.Quote(key)}: {Yaml.Block(CertificatePem.Lines(pem), 4)}\n");
        }

        if (ImageConfig(plan) is { } image)
        {
            yield return Applied("image-config-patch.yaml", image);
        }

        yield return Applied("image-digest-mirror-set.yaml", MirrorSet("ImageDigestMirrorSet", "imageDigestMirrors", plan));
        if (!plan.DigestOnly)
        {
            yield return Applied("image-tag-mirror-set.yaml", MirrorSet("ImageTagMirrorSet", "imageTagMirrors", plan));
        }

        if (plan.Credential is { } credential)
        {
            yield return new ConfigFile("mirror-pull-secret.json", AuthJson.For(plan.Mirror, credential), Placement: Placement.Applied, IsSecret: true);
        }
    }

    private static ConfigFile Applied(string name, string content) => new(name, content, Placement: Placement.Applied);

    private static string? ImageConfig(MirrorPlan plan) =>
        plan.CaPem is not null ? $"spec:\n  additionalTrustedCA:\n    name: {CaConfigMap}\n"
        : plan.Insecure ? $"spec:\n  registrySources:\n    insecureRegistries:\n      - {Yaml.Quote(plan.Mirror.Authority)}\n"
        : null;

    private static string MirrorSet(string kind, string list, MirrorPlan plan)
    {
        var text = new StringBuilder($"apiVersion: config.openshift.io/v1\nkind: {kind}\nmetadata:\n  name: roadstead\nspec:\n  {list}:\n");
        foreach (var registry in plan.Registries)
        {
            text.Append("    - source: ").Append(Yaml.Scalar(registry.Registry)).Append("\n      mirrors:\n        - ").Append(Yaml.Quote(plan.Mirror.Location(registry))).Append('\n')
                .Append(plan.MirrorOnly ? "      mirrorSourcePolicy: NeverContactSource\n" : "");
        }

        return text.ToString();
    }

    private static IEnumerable<string> Notes(MirrorPlan plan)
    {
        yield return $"oc apply -f each file; the Machine Config Operator then rolls it out, and drains nodes for all but added mirrors of digests. It owns the nodes' registries.conf: change nothing there.";
        if (ImageConfig(plan) is not null)
        {
            var loses = plan.CaPem is null ? "insecureRegistries that stand there are replaced: add them to the patch." : $"Where additionalTrustedCA names a ConfigMap already, put the key of {CaConfigMap} into that one instead.";
            yield return $"image-config-patch.yaml is no resource: oc patch image.config.openshift.io/cluster --type merge --patch-file image-config-patch.yaml. {loses}";
        }

        if (plan.MirrorOnly && plan.Registries.Any(registry => registry.Registry == "quay.io"))
        {
            yield return "OpenShift's own release images are of quay.io: with NeverContactSource they come through the mirror too, which must be given what pulling them takes.";
        }

        if (plan.Credential is not null)
        {
            yield return "mirror-pull-secret.json goes into the cluster's pull secret, beside what is there: oc extract secret/pull-secret -n openshift-config brings that, oc set data secret/pull-secret -n openshift-config "
                + "--from-file=.dockerconfigjson=FILE puts it back.";
            yield return "Pull secrets of pods are not shown to mirrors; from OpenShift 4.22 on a CRIOCredentialProviderConfig has CRI-O take those of the pod's namespace that are for the mirror.";
        }
    }
}
