using System.Net;
using System.Net.Security;
using System.Security.Cryptography.X509Certificates;

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
            SslOptions = new SslClientAuthenticationOptions { RemoteCertificateValidationCallback = Validation(settings) },
        };
    }

    private static RemoteCertificateValidationCallback? Validation(UpstreamSettings settings)
    {
        if (settings.SkipVerify)
        {
#pragma warning disable CA5359 // The operator's own word: insecureSkipVerify.
            return static (_, _, _, _) => true;
#pragma warning restore CA5359
        }

        return settings.TrustedAuthorities.Count == 0 ? null : (_, certificate, chain, errors) =>
            errors == SslPolicyErrors.None
            || (errors == SslPolicyErrors.RemoteCertificateChainErrors && certificate is X509Certificate2 leaf && TrustedBy(settings, leaf, chain));
    }

    private static bool TrustedBy(UpstreamSettings settings, X509Certificate2 leaf, X509Chain? sent)
    {
        using var chain = new X509Chain();
        chain.ChainPolicy.TrustMode = X509ChainTrustMode.CustomRootTrust;
        chain.ChainPolicy.RevocationMode = X509RevocationMode.NoCheck;
        chain.ChainPolicy.CustomTrustStore.AddRange(settings.TrustedAuthorities);
        if (sent is not null)
        {
            chain.ChainPolicy.ExtraStore.AddRange(sent.ChainElements.Select(element => element.Certificate).ToArray());
        }

        return chain.Build(leaf);
    }
}
