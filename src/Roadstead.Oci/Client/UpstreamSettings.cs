using System.Security.Cryptography.X509Certificates;

namespace Roadstead.Oci.Client;

/// <summary>How one upstream registry is reached.</summary>
public sealed record UpstreamSettings
{
    /// <summary>Scheme and authority.</summary>
    public required Uri Url { get; init; }

    /// <summary>User name for Basic authentication and token services; null: anonymous.</summary>
    public string? Username { get; init; }

    /// <summary>The password or token that belongs to <see cref="Username"/>.</summary>
    public string? Password { get; init; }

    /// <summary>Gives the user name and password in force; null: they are <see cref="Username"/> and <see cref="Password"/> themselves.</summary>
    public ITokenExchange? TokenExchange { get; init; }

    /// <summary>Hosts of token services that may be asked, beside the registry's own.</summary>
    public IReadOnlyList<string> TokenHosts { get; init; } = [];

    /// <summary>Certificates of authorities to trust beside the system's.</summary>
    public X509Certificate2Collection TrustedAuthorities { get; init; } = [];

    /// <summary>The certificate, with its key, to show to the registry, and to nobody else; null: none.</summary>
    public X509Certificate2? ClientCertificate { get; init; }

    /// <summary>Accept any certificate.</summary>
    public bool SkipVerify { get; init; }

    /// <summary>Dial loopback, RFC 1918 and unique local addresses.</summary>
    public bool AllowPrivateAddresses { get; init; }

    /// <summary>The HTTP proxy that everything goes by, token services included; null: none, whatever the environment says.</summary>
    public UpstreamProxy? Proxy { get; init; }

    /// <summary>Longest wait for a connection.</summary>
    public TimeSpan ConnectTimeout { get; init; } = TimeSpan.FromSeconds(3);

    /// <summary>Longest wait for an answer's headers, redirects and tokens included.</summary>
    public TimeSpan HeaderTimeout { get; init; } = TimeSpan.FromSeconds(10);

    /// <summary>Bytes of a manifest or of a list of referrers.</summary>
    public int MaxManifestSize { get; init; } = ManifestReader.MaxSize;

    /// <summary>How deep a manifest's JSON may be nested.</summary>
    public int MaxManifestDepth { get; init; } = ManifestReader.MaxDepth;

    /// <summary>Bytes of a blob.</summary>
    public long MaxBlobSize { get; init; } = long.MaxValue;

    /// <summary>Redirects that are followed for one request.</summary>
    public int MaxRedirects { get; init; } = RedirectGuard.MaxRedirects;

    /// <summary>What requests call themselves.</summary>
    public string UserAgent { get; init; } = "roadstead";

    /// <summary>Whom messages are about: the registry, and by which way.</summary>
    internal string Whom => Proxy is null ? Url.Authority : $"{Url.Authority} by way of the proxy {Proxy.Url.Authority}";
}
