using System.Net;

namespace Roadstead.Oci.Client;

/// <summary>An HTTP proxy on the way to an upstream: HTTPS goes through it by CONNECT, plain HTTP by the absolute form (RFC 9110 section 9.3.6, RFC 9112 section 3.2.2).</summary>
/// <param name="Url">Scheme, which is http, and authority.</param>
/// <param name="Username">For its Basic authentication; null: it asks for none.</param>
/// <param name="Password">What belongs to the user name.</param>
public sealed record UpstreamProxy(Uri Url, string? Username, string? Password)
{
    /// <summary>A record would print its members, and a log line the password.</summary>
    public override string ToString() => $"proxy {Url.Authority}";

    /// <summary>The framework's own kind goes around the proxy for some hosts.</summary>
    internal IWebProxy AsWebProxy()
    {
        var credentials = new CredentialCache();
        if (Username is not null)
        {
            credentials.Add(Url, "Basic", new NetworkCredential(Username, Password));
        }

        return new Always(Url) { Credentials = credentials };
    }

    private sealed class Always(Uri url) : IWebProxy
    {
        public ICredentials? Credentials { get; set; }

        public Uri? GetProxy(Uri destination) => url;

        public bool IsBypassed(Uri host) => false;
    }
}
