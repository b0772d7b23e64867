using System.Text;
using System.Text.Json;

namespace Roadstead.Inventory.Kubernetes;

/// <summary>What an account needs to tell what a cluster runs, as manifests for <c>kubectl apply -f -</c>.</summary>
public static class KubernetesPermissions
{
    private const string ServiceAccounts = "system:serviceaccount:";

    /// <param name="user">Whom the API took the asker for; null: that is not known, and an account of a usual name stands in its place.</param>
    /// <returns>A ClusterRole, and its binding.</returns>
    public static string For(string? user)
    {
        var text = new StringBuilder("""
            apiVersion: rbac.authorization.k8s.io/v1
            kind: ClusterRole
            metadata:
              name: roadstead-inventory
            rules:

            """);
        foreach (var group in WorkloadKind.All.GroupBy(kind => kind.Group))
        {
            text.Append($"  - apiGroups: [\"{group.Key}\"]\n    resources: [{string.Join(", ", group.Select(kind => kind.Resource))}]\n    verbs: [list, watch]\n");
        }

        return text.Append($"""
            ---
            apiVersion: rbac.authorization.k8s.io/v1
            kind: ClusterRoleBinding
            metadata:
              name: roadstead-inventory
            roleRef:
              apiGroup: rbac.authorization.k8s.io
              kind: ClusterRole
              name: roadstead-inventory
            subjects:
            {Subject(user ?? ServiceAccounts + "roadstead:roadstead")}

            """).ToString();
    }

    // Names of users may hold anything; JSON's strings are YAML's.
    private static string Subject(string user) => user.StartsWith(ServiceAccounts, StringComparison.Ordinal) && user[ServiceAccounts.Length..].Split(':') is [var space, var name]
        ? $"  - kind: ServiceAccount\n    name: {Quoted(name)}\n    namespace: {Quoted(space)}"
        : $"  - kind: User\n    name: {Quoted(user)}\n    apiGroup: rbac.authorization.k8s.io";

    private static string Quoted(string text) => $"\"{JsonEncodedText.Encode(text)}\"";
}
