using System.Text.RegularExpressions;

namespace Roadstead.Api;

/// <summary>Names of nodes, clusters and accounts, as Kubernetes names its objects: small letters, digits, dots and hyphens.</summary>
/// <remarks>RFC 1123 subdomains: https://kubernetes.io/docs/concepts/overview/working-with-objects/names/#dns-subdomain-names.</remarks>
public static partial class SubdomainName
{
    /// <summary>The most characters.</summary>
    public const int MaxLength = 253;

    /// <summary>Whether it is one.</summary>
    /// <param name="text">Any text.</param>
    public static bool IsValid(string text)
    {
        ArgumentNullException.ThrowIfNull(text);
        return text.Length <= MaxLength && Subdomain().IsMatch(text);
    }

    [GeneratedRegex(@"\A[a-z0-9](?:[a-z0-9-]*[a-z0-9])?(?:\.[a-z0-9](?:[a-z0-9-]*[a-z0-9])?)*\z")]
    private static partial Regex Subdomain();
}
