using System.Text;

namespace Roadstead.Cli.NodeConfig;

/// <summary>
/// crio-credential-provider, which finds the credential of a mirror in the secrets of the pod's namespace: CRI-O shows a mirror no secret that the kubelet gives it for the
/// registry. CRI-O from 1.35 on, Kubernetes from 1.33 on.
/// </summary>
internal static class CrioCredentials
{
    private const string ProviderConfig = "/etc/kubernetes/credential-providers/crio-credential-provider.yaml";
    private const string RbacFile = "credential-provider-rbac.yaml";

    public static RuntimeConfiguration For(MirrorPlan plan, MirrorCredential credential, PodScope scope) => new(
        [
            new ConfigFile(ProviderConfig, Provider(plan), Reload.Restart),
            new ConfigFile(RbacFile, Rbac(scope), Placement: Placement.Applied),

            // A key is the beginning of a mirror's location, letter for letter, without a slash at its end.
            PullSecret.For(scope, plan.Registries.Select(plan.Mirror.Location), credential),
        ],
        [
            $"On each node: put crio-credential-provider into the kubelet's folder of providers, start the kubelet with --image-credential-provider-config={ProviderConfig} and --image-credential-provider-bin-dir of that folder, and restart it. "
                + "Before Kubernetes 1.34 it needs the feature gate KubeletServiceAccountTokenForCredentialProviders. /etc/containers/registries.conf must exist, even if empty, or the provider does nothing.",
            $"On the cluster: kubectl apply -f {RbacFile} -f {PullSecret.FileName}. The nodes may then ask for tokens of the pods' service accounts, and {scope.ServiceAccount} of {scope.Namespace} may read the namespace's secrets: each further one needs a role binding of its own.",
            "The audience must be the one that the API server takes: a cluster of kubeadm has https://kubernetes.default.svc.cluster.local.",
            "A kubelet has one file of providers: where there is one already, add this entry to it. A credential that the mirror refuses is seen nowhere but in its log: CRI-O then asks the registry itself, unless that is blocked (--mirror-only).",
        ],
        "kubelet");

    // One second: the provider writes a file that CRI-O takes away with the pull, so each pull needs a run of its own.
    private static string Provider(MirrorPlan plan)
    {
        var text = new StringBuilder("apiVersion: kubelet.config.k8s.io/v1\nkind: CredentialProviderConfig\nproviders:\n  - name: crio-credential-provider\n    apiVersion: credentialprovider.kubelet.k8s.io/v1\n    matchImages:\n");
        foreach (var registry in plan.Registries)
        {
            text.Append("      - ").Append(Yaml.Scalar(registry.Registry)).Append('\n');
        }

        return text.Append("    defaultCacheDuration: 1s\n    tokenAttributes:\n      serviceAccountTokenAudience: https://kubernetes.default.svc\n      cacheType: Token\n      requireServiceAccount: false\n").ToString();
    }

    private static string Rbac(PodScope scope) => $$"""
        apiVersion: rbac.authorization.k8s.io/v1
        kind: ClusterRole
        metadata:
          name: roadstead-credential-provider
        rules:
          - apiGroups: [""]
            resources: [serviceaccounts]
            verbs: [get, list]
          - apiGroups: [""]
            resources: ["*"]
            verbs: [request-serviceaccounts-token-audience]
        ---
        apiVersion: rbac.authorization.k8s.io/v1
        kind: ClusterRoleBinding
        metadata:
          name: roadstead-credential-provider
        roleRef: {apiGroup: rbac.authorization.k8s.io, kind: ClusterRole, name: roadstead-credential-provider}
        subjects:
          - {apiGroup: rbac.authorization.k8s.io, kind: Group, name: system:nodes}
        ---
        apiVersion: rbac.authorization.k8s.io/v1
        kind: Role
        metadata:
          name: roadstead-credential-provider
          namespace: {{Yaml.Quote(scope.Namespace)}}
        rules:
          - apiGroups: [""]
            resources: [secrets]
            verbs: [get, list]
        ---
        apiVersion: rbac.authorization.k8s.io/v1
        kind: RoleBinding
        metadata:
          name: roadstead-credential-provider
          namespace: {{Yaml.Quote(scope.Namespace)}}
        roleRef: {apiGroup: rbac.authorization.k8s.io, kind: Role, name: roadstead-credential-provider}
        subjects:
          - {kind: ServiceAccount, name: {{Yaml.Quote(scope.ServiceAccount)}}, namespace: {{Yaml.Quote(scope.Namespace)}}}

        """;
}
