namespace Roadstead.Oci.Client;

/// <summary>Decides which token services an upstream may send its mirror to.</summary>
/// <remarks>
/// A registry that is taken over, or an answer that is forged, must not be able to name a realm that collects credentials (CVE-2026-33540).
/// Two hosts under one parent need not have one owner (<c>a.co.uk</c>, <c>b.co.uk</c>), so a realm is allowed only on the registry's
/// own host, below it, where the operator says so, or where a public registry is known to have its token service.
/// </remarks>
public static class TokenRealm
{
    private static readonly Dictionary<string, string> Known = new(StringComparer.OrdinalIgnoreCase)
    {
        ["registry-1.docker.io"] = "auth.docker.io",
        ["registry.gitlab.com"] = "gitlab.com",
        ["docker.elastic.co"] = "docker-auth.elastic.co",
    };

    /// <summary>Null if <paramref name="realm"/> may be asked for tokens, else why not.</summary>
    public static string? Refusal(Uri realm, UpstreamSettings upstream)
    {
        ArgumentNullException.ThrowIfNull(realm);
        ArgumentNullException.ThrowIfNull(upstream);
        if (realm.UserInfo.Length > 0)
        {
            return "its token service's URL holds a user name";
        }

        if (upstream.Url.Scheme == Uri.UriSchemeHttps && realm.Scheme != Uri.UriSchemeHttps)
        {
            return $"its token service {realm.Authority} is not on HTTPS";
        }

        var own = upstream.Url.Host;
        var allowed = realm.Host.Equals(own, StringComparison.OrdinalIgnoreCase)
            || (upstream.Url.HostNameType == UriHostNameType.Dns && realm.Host.EndsWith("." + own, StringComparison.OrdinalIgnoreCase) && own.Contains('.', StringComparison.Ordinal))
            || (Known.TryGetValue(own, out var known) && realm.Host.Equals(known, StringComparison.OrdinalIgnoreCase))
            || upstream.TokenHosts.Contains(realm.Host, StringComparer.OrdinalIgnoreCase)
            || upstream.TokenHosts.Contains(realm.Authority, StringComparer.OrdinalIgnoreCase);
        return allowed ? null : $"its token service {realm.Host} is not the registry's own; if it is meant, add it to the endpoint's tokenHosts";
    }
}
