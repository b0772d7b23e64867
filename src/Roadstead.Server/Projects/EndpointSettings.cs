using System.Security.Cryptography.X509Certificates;
using Roadstead.Oci.Client;
using Roadstead.Server.Configuration;

namespace Roadstead.Server.Projects;

/// <summary>Reads what an endpoint's options name, for the client of its registry.</summary>
internal static class EndpointSettings
{
    /// <summary>For each of its URLs, the preferred one first.</summary>
    public static IReadOnlyList<UpstreamSettings> From(EndpointOptions options, LimitsOptions limits, string version, TimeProvider clock) =>
        [.. options.Urls.Select(url => From(options with { Url = url, FallbackUrls = [] }, limits, clock, version))];

    private static UpstreamSettings From(EndpointOptions options, LimitsOptions limits, TimeProvider clock, string version)
    {
        var authorities = new X509Certificate2Collection();
        if (options.CaCertificate is { } pem)
        {
            authorities.ImportFromPem(pem);
        }

        return new UpstreamSettings
        {
            Url = options.Url,
            Username = options.Username,
            Password = options.Password,
            TokenExchange = TokenExchanges.Of(options, clock),
            TokenHosts = options.TokenHosts,
            TrustedAuthorities = authorities,
            ClientCertificate = options is { ClientCertificate: { } certificate, ClientKey: { } key } ? X509Certificate2.CreateFromPem(certificate, key) : null,
            Proxy = options.Proxy is { } proxy ? new UpstreamProxy(proxy, options.ProxyUsername, options.ProxyPassword) : null,
            SkipVerify = options.InsecureSkipVerify,
            AllowPrivateAddresses = options.AllowPrivateAddresses,
            ConnectTimeout = options.ConnectTimeout,
            HeaderTimeout = options.HeaderTimeout,
            MaxManifestSize = limits.ManifestSize,
            MaxManifestDepth = limits.ManifestDepth,
            MaxBlobSize = limits.BlobSize,
            MaxRedirects = limits.Redirects,
            UserAgent = $"roadstead/{version}",
        };
    }
}
