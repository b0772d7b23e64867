using System.Net;
using System.Net.Security;

namespace Roadstead.Oci.Client;

/// <summary>The connections to one upstream and to where it redirects.</summary>
public static class UpstreamHandler
{
    // DNS is asked again at least this often, for registries move.
    private static readonly TimeSpan ConnectionLifetime = TimeSpan.FromMinutes(2);

    // Cold pulls and prefetching together; CDNs and registries take that many, and more would starve neither.
    private const int MaxConnections = 64;

    /// <summary>A handler with pooled connections that follows no redirect, keeps no cookie and decompresses nothing.</summary>
    public static SocketsHttpHandler Create(UpstreamSettings settings)
    {
        ArgumentNullException.ThrowIfNull(settings);
        return new SocketsHttpHandler
        {
            AllowAutoRedirect = false,
            UseCookies = false,
            UseProxy = false,
            AutomaticDecompression = DecompressionMethods.None,
            ActivityHeadersPropagator = null,
            ConnectTimeout = settings.ConnectTimeout,
            PooledConnectionLifetime = ConnectionLifetime,
            MaxConnectionsPerServer = MaxConnections,
            MaxResponseHeadersLength = 64,
            ConnectCallback = (context, cancellation) => DialGuard.Connect(context.DnsEndPoint, settings.AllowPrivateAddresses, cancellation),
            SslOptions = new SslClientAuthenticationOptions { RemoteCertificateValidationCallback = CertificateCheck.For(settings) },
        };
    }
}
