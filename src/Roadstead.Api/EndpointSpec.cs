namespace Roadstead.Api;

/// <summary>An endpoint's options, by the names that the configuration file gives them; null: the server's default.</summary>
/// <param name="Registry">The registry's name in image references, as <c>docker.io</c>.</param>
/// <param name="Url">Scheme, host and port under which it is asked.</param>
public sealed record EndpointSpec(string? Registry, string? Url)
{
    /// <summary>One path component; the name in the request's path stands for it.</summary>
    public string? Name { get; init; }

    /// <summary>Where the same registry is asked when the URL does not bring what is wanted, in the order of preference.</summary>
    public IReadOnlyList<string>? FallbackUrls { get; init; }

    /// <summary>User name of the credential; null: anonymous.</summary>
    public string? Username { get; init; }

    /// <summary>Its password: never told. Null beside a user name uses the saved one on, as long as it goes nowhere that it was not given for.</summary>
    public string? Password { get; init; }

    /// <summary>What makes of user name and password those that the registry takes: <c>ecr</c>, <c>gar</c> or <c>acr</c>; null: they are sent as they are.</summary>
    public string? TokenExchange { get; init; }

    /// <summary>Where the cloud's token service is; null: where the registry's URL, or the key, says.</summary>
    public string? TokenUrl { get; init; }

    /// <summary>The directory of Entra that the user name is a service principal of.</summary>
    public string? Tenant { get; init; }

    /// <summary>PEM text of the authorities to trust beside the system's.</summary>
    public string? CaCertificate { get; init; }

    /// <summary>PEM text of the certificate to show to the registry.</summary>
    public string? ClientCertificate { get; init; }

    /// <summary>PEM text of its key: never told, and used on like <see cref="Password"/>.</summary>
    public string? ClientKey { get; init; }

    /// <summary>Takes any certificate.</summary>
    public bool? InsecureSkipVerify { get; init; }

    /// <summary>The HTTP proxy that it is asked by, as <c>http://proxy.example:3128</c>; null: none.</summary>
    public string? Proxy { get; init; }

    /// <summary>User name for the proxy; null: it asks for none.</summary>
    public string? ProxyUsername { get; init; }

    /// <summary>Its password: never told. Null beside a user name uses the saved one on, as long as the proxy stays the same.</summary>
    public string? ProxyPassword { get; init; }

    /// <summary>Dials loopback, RFC 1918 and unique local addresses.</summary>
    public bool? AllowPrivateAddresses { get; init; }

    /// <summary>Hosts of token services that may see the credential.</summary>
    public IReadOnlyList<string>? TokenHosts { get; init; }

    /// <summary>Longest wait for a connection, as <c>3s</c>.</summary>
    public string? ConnectTimeout { get; init; }

    /// <summary>Longest wait for an answer's headers.</summary>
    public string? HeaderTimeout { get; init; }

    /// <summary>Longest silence in a body.</summary>
    public string? IdleTimeout { get; init; }

    /// <summary>Bytes a second of a body below which it counts as broken, as <c>1KiB</c>.</summary>
    public string? MinBodyRate { get; init; }

    /// <summary>Bodies of blobs that are under way at once.</summary>
    public int? MaxBodies { get; init; }

    /// <summary>Longest wait for upstream when a copy is at hand.</summary>
    public string? RevalidationTimeout { get; init; }

    /// <summary>Pulls that are kept for images that are not held.</summary>
    public int? RateLimitReserve { get; init; }

    /// <summary>Says which it is, and no secret.</summary>
    public override string ToString() => $"endpoint {Name} ({Registry})";
}
