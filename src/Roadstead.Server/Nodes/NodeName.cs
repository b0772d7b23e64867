using System.Text.RegularExpressions;

namespace Roadstead.Server.Nodes;

/// <summary>Names of nodes, as Kubernetes has them.</summary>
/// <remarks>RFC 1123 subdomains: https://kubernetes.io/docs/concepts/overview/working-with-objects/names/#dns-subdomain-names</remarks>
internal static partial class NodeName
{
    private const int MaxLength = 253;

    public static bool IsValid(string name) => name.Length <= MaxLength && Subdomain().IsMatch(name);

    [GeneratedRegex(@"\A[a-z0-9](?:[a-z0-9-]*[a-z0-9])?(?:\.[a-z0-9](?:[a-z0-9-]*[a-z0-9])?)*\z")]
    private static partial Regex Subdomain();
}
