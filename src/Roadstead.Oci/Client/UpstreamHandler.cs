using System.Net;
using System.Net.Security;

namespace Roadstead.Oci.Client;

/// <summary>The connections to one upstream and to where it redirects.</summary>
public static class UpstreamHandler
{
    // DNS is asked again at least this often, for registries move.
    private static readonly TimeSpan ConnectionLifetime = TimeSpan.FromMinutes(2);

    /// <summary>A handler with pooled connections that follows no redirect, keeps no cookie and decompresses nothing.</summary>
    /// <remarks>It has no limit of connections: a request that waited for one would look like an upstream that does not answer. Who opens bodies limits them.</remarks>
    public static HttpMessageHandler Create(UpstreamSettings settings)
    {
        ArgumentNullException.ThrowIfNull(settings);
        var handler = new SocketsHttpHandler
        {
            AllowAutoRedirect = false,
            UseCookies = false,
            UseProxy = settings.Proxy is not null,
            Proxy = settings.Proxy?.AsWebProxy(),
            AutomaticDecompression = DecompressionMethods.None,
            ActivityHeadersPropagator = null,
            ConnectTimeout = settings.ConnectTimeout,
            PooledConnectionLifetime = ConnectionLifetime,
            MaxResponseHeadersLength = 64,
            ConnectCallback = (context, cancellation) => settings.Proxy is null ? DialGuard.Connect(context.DnsEndPoint, settings.AllowPrivateAddresses, cancellation) : ProxyGuard.Connect(context.DnsEndPoint, cancellation),
            SslOptions = TlsOf(settings),
        };
        return settings.Proxy is null ? handler : new ProxyGuard(settings.AllowPrivateAddresses, handler);
    }

    private static SslClientAuthenticationOptions TlsOf(UpstreamSettings settings)
    {
        var options = new SslClientAuthenticationOptions { RemoteCertificateValidationCallback = CertificateCheck.For(settings) };
        if (settings.ClientCertificate is { } certificate)
        {
            // The places that a registry redirects to are not it, and need not learn who asks.
            options.LocalCertificateSelectionCallback = (_, host, _, _, _) => host.Equals(settings.Url.IdnHost, StringComparison.OrdinalIgnoreCase) ? certificate : null!;
        }

        return options;
    }
}
