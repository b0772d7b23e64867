using System.Net;

namespace Roadstead.Oci.Client;

/// <summary>Decides where a redirect may lead.</summary>
public static class RedirectGuard
{
    /// <summary>The most redirects that one request follows.</summary>
    public const int MaxRedirects = 5;

    /// <summary>True for the statuses that name another place for the same request.</summary>
    public static bool IsRedirect(HttpStatusCode status) => (int)status is 301 or 302 or 303 or 307 or 308;

    /// <summary>The place that a redirect names, or why it is not followed; exactly one of the two is null.</summary>
    /// <param name="from">The URL that was asked.</param>
    /// <param name="location">Its answer's Location.</param>
    public static (Uri? Target, string? Fault) Next(Uri from, Uri? location)
    {
        ArgumentNullException.ThrowIfNull(from);
        if (location is null)
        {
            return (null, "a redirect without a Location");
        }

        // What is relative may be no URL against another either, as // alone.
        var target = location;
        if (!location.IsAbsoluteUri && !Uri.TryCreate(from, location, out target))
        {
            return (null, "a redirect to what is no URL");
        }

        if (target.Scheme != Uri.UriSchemeHttps && target.Scheme != Uri.UriSchemeHttp)
        {
            return (null, $"a redirect to a {target.Scheme} URL");
        }

        if (from.Scheme == Uri.UriSchemeHttps && target.Scheme == Uri.UriSchemeHttp)
        {
            return (null, $"a redirect from HTTPS to plain HTTP at {target.Authority}");
        }

        return target.UserInfo.Length > 0 ? (null, $"a redirect with a user name in its URL to {target.Authority}") : (target, null);
    }
}
