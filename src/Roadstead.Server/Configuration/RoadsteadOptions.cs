using System.Text.Json;
using System.Text.Json.Serialization;

namespace Roadstead.Server.Configuration;

/// <summary>The whole configuration, validated: what the file and the environment together say.</summary>
public sealed record RoadsteadOptions
{
    public required IReadOnlyList<ListenOptions> Listen { get; init; }
    public TlsOptions? Tls { get; init; }
    public required StorageOptions Storage { get; init; }

    /// <summary>What clients call this server; null: the request's Host.</summary>
    public Uri? PublicUrl { get; init; }

    public AdminOptions Admin { get; init; } = new(Password: null);

    public NodesOptions Nodes { get; init; } = new(Token: null, BatchSize.Default);

    public HarborOptions Harbor { get; init; } = new(AllowPrivateAddresses: false);

    public required DefaultsOptions Defaults { get; init; }

    public required LimitsOptions Limits { get; init; }

    public InUseOptions InUse { get; init; } = InUseOptions.Default;

    /// <summary>The clusters that the server watches itself.</summary>
    public IReadOnlyList<WatchedCluster> Clusters { get; init; } = [];

    /// <summary>Null where the configuration has no <c>endpoints</c> key: the presets apply.</summary>
    public IReadOnlyList<EndpointOptions>? Endpoints { get; init; }

    public required IReadOnlyList<ProjectOptions> Projects { get; init; }
}

/// <param name="Url">http://host:port or https://host:port; port 0 takes a free one; [::] where * or + was written.</param>
/// <param name="AnyAddress">Listen on every address: for *, + and names other than localhost, which a Uri or a socket cannot express.</param>
/// <param name="Project">The project whose repositories all paths here are; null: paths name their project.</param>
public sealed record ListenOptions(Uri Url, bool AnyAddress = false, string? Project = null);

/// <summary>Both null (<c>tls: auto</c>): a CA and certificate of the server's own.</summary>
/// <param name="CertificatePath">PEM certificate chain.</param>
/// <param name="KeyPath">PEM private key.</param>
public sealed record TlsOptions(string? CertificatePath, string? KeyPath)
{
    public bool IsAuto => CertificatePath is null;
}

/// <param name="Path">Folder that holds blobs, spool files and the SQLite database; made if missing.</param>
/// <param name="ScrubEvery">Within which time every blob is read again to see whether it is right; null: never.</param>
/// <param name="ScrubRate">Bytes a second that this may read.</param>
/// <param name="Quota">Bytes of blobs that the store holds at most; null: unlimited.</param>
/// <param name="Watermark">The part of the disk, from 0 to 1, that may be full, by whatever fills it; beyond it images are evicted. Null: never.</param>
public sealed record StorageOptions(string Path, TimeSpan? ScrubEvery, long ScrubRate, long? Quota = null, double? Watermark = StorageOptions.DefaultWatermark)
{
    public const double DefaultWatermark = 0.85;
}

/// <param name="FreshFor">How long a tag is answered without asking upstream.</param>
/// <param name="StaleFor">How much longer a copy is served when upstream cannot be asked or has lost the image; null: without limit.</param>
public sealed record DefaultsOptions(TimeSpan FreshFor, TimeSpan? StaleFor);

/// <summary>How long some tags of a project are answered without asking upstream.</summary>
/// <param name="Tags">Glob patterns of whole tags.</param>
/// <param name="FreshFor">Null: as long as they are held.</param>
/// <param name="Repositories">Glob patterns of the repositories whose tags are meant; empty: all.</param>
public sealed record FreshnessRule(IReadOnlyList<string> Tags, TimeSpan? FreshFor, IReadOnlyList<string> Repositories);

/// <param name="Limit">How much longer a copy is served; null: without limit.</param>
public sealed record StaleLimit(TimeSpan? Limit);

/// <param name="Password">Of the user admin; null: made at the first start.</param>
public sealed record AdminOptions(string? Password)
{
    /// <summary>A record would print its members, and a log line the password.</summary>
    public override string ToString() => "admin";
}

/// <summary>What Harbor's API has no word for.</summary>
/// <param name="AllowPrivateAddresses">Endpoints that are made by Harbor's API may dial private addresses, except Docker Hub's.</param>
public sealed record HarborOptions(bool AllowPrivateAddresses);

/// <param name="Token">What nodes show when they report; null: made at the first start.</param>
/// <param name="Batch">How many of them may be changed at once.</param>
public sealed record NodesOptions(string? Token, BatchSize Batch)
{
    /// <inheritdoc cref="AdminOptions.ToString"/>
    public override string ToString() => $"nodes batch={Batch}";
}

/// <summary>How much of the server one client or one upstream may take.</summary>
public sealed record LimitsOptions
{
    /// <summary>Clients' connections that are open at once; a further one is closed at once, and its runtime turns to its next source.</summary>
    public int Connections { get; init; } = 10_000;

    /// <summary>Longest time from a connection, or from a request's first byte, to the end of its headers.</summary>
    public TimeSpan RequestHeaderTimeout { get; init; } = TimeSpan.FromSeconds(30);

    /// <summary>Bytes of a request's headers. Runtimes send all their Accept lines and, some, a token of many kilobytes.</summary>
    public int RequestHeaderSize { get; init; } = 64 * 1024;

    /// <summary>Bytes of a request's body.</summary>
    public long RequestBodySize { get; init; } = 1024 * 1024;

    /// <summary>How long a client may take less than <see cref="MinResponseRate"/>: runtimes pause while they unpack.</summary>
    public TimeSpan StallTimeout { get; init; } = TimeSpan.FromSeconds(30);

    /// <summary>Bytes a second that a client must take of an answer, else its connection ends.</summary>
    public long MinResponseRate { get; init; } = 4 * 1024;

    /// <summary>Bytes of a manifest, of upstream's.</summary>
    public int ManifestSize { get; init; } = Oci.ManifestReader.MaxSize;

    /// <summary>How deep a manifest's JSON may be nested.</summary>
    public int ManifestDepth { get; init; } = Oci.ManifestReader.MaxDepth;

    /// <summary>Bytes of a blob, so that an upstream that never ends fills no disk.</summary>
    public long BlobSize { get; init; } = 256L * 1024 * 1024 * 1024;

    /// <summary>Redirects that are followed for one request to an upstream.</summary>
    public int Redirects { get; init; } = Oci.Client.RedirectGuard.MaxRedirects;
}

/// <summary>A registry to mirror from.</summary>
public sealed record EndpointOptions
{
    public required string Name { get; init; }

    /// <summary>The registry's name in image references, as <c>docker.io</c>; host or host:port, lower case.</summary>
    public required string Registry { get; init; }

    /// <summary>Base URL, scheme and authority only.</summary>
    public required Uri Url { get; init; }

    /// <summary>Where the same registry is asked when <see cref="Url"/> does not bring what is wanted, in the order of preference.</summary>
    public IReadOnlyList<Uri> FallbackUrls { get; init; } = [];

    /// <summary>All of them, the preferred one first.</summary>
    [JsonIgnore]
    public IEnumerable<Uri> Urls => [Url, .. FallbackUrls];

    public string? Username { get; init; }

    /// <summary>In no JSON: what is written of options goes to the database and to who asks.</summary>
    [JsonIgnore]
    public string? Password { get; init; }

    /// <summary>What makes of them the user name and password that the registry takes: ecr, gar or acr; null: they are sent as they are.</summary>
    public string? TokenExchange { get; init; }

    /// <summary>Where the cloud's token service is; null: where the registry's URL, or the key, says.</summary>
    public Uri? TokenUrl { get; init; }

    /// <summary>The directory of Entra that <see cref="Username"/> is a service principal of.</summary>
    public string? Tenant { get; init; }

    /// <summary>PEM text of the CAs to trust beside the system's.</summary>
    public string? CaCertificate { get; init; }

    /// <summary>PEM text of the certificate, and its chain, to show to the registry.</summary>
    public string? ClientCertificate { get; init; }

    /// <summary>PEM text of the key of <see cref="ClientCertificate"/>.</summary>
    [JsonIgnore]
    public string? ClientKey { get; init; }

    public bool InsecureSkipVerify { get; init; }

    /// <summary>The HTTP proxy that it is asked by; null: none.</summary>
    public Uri? Proxy { get; init; }

    /// <summary>For the proxy's Basic authentication; null: it asks for none.</summary>
    public string? ProxyUsername { get; init; }

    [JsonIgnore]
    public string? ProxyPassword { get; init; }

    /// <summary>Dial loopback, RFC 1918 and unique local addresses; never link-local or metadata ones.</summary>
    public bool AllowPrivateAddresses { get; init; }

    /// <summary>Hosts of token services to which this endpoint's credential may go, beside the registry's own.</summary>
    public IReadOnlyList<string> TokenHosts { get; init; } = [];

    public TimeSpan ConnectTimeout { get; init; } = TimeSpan.FromSeconds(3);
    public TimeSpan HeaderTimeout { get; init; } = TimeSpan.FromSeconds(10);

    /// <summary>Longest silence in a body.</summary>
    public TimeSpan IdleTimeout { get; init; } = TimeSpan.FromSeconds(15);

    /// <summary>Bytes a second of a body, on the average of an <see cref="IdleTimeout"/>, below which it counts as broken.</summary>
    public long MinBodyRate { get; init; } = 1024;

    /// <summary>How long a request with a stale copy at hand waits for upstream.</summary>
    public TimeSpan RevalidationTimeout { get; init; } = TimeSpan.FromSeconds(2);

    /// <summary>Bodies of blobs that are under way from it at once; who would open a further one waits for <see cref="HeaderTimeout"/> at most.</summary>
    public int MaxBodies { get; init; } = 64;

    /// <summary>While the upstream allows fewer pulls than this, they are kept for images that are not held.</summary>
    public int RateLimitReserve { get; init; } = 10;

    /// <summary>It shows a user name and password, its own or those that it is given for them.</summary>
    [JsonIgnore]
    public bool HasLogin => Username is not null || TokenExchange is not null;

    [JsonIgnore]
    public bool HasCredential => Username is not null || Password is not null || ClientKey is not null || TokenExchange is not null;

    /// <summary>True if both say the same, lists and secrets included.</summary>
    public bool IsSameAs(EndpointOptions other)
    {
        ArgumentNullException.ThrowIfNull(other);
        return JsonSerializer.Serialize(this) == JsonSerializer.Serialize(other) && Password == other.Password && ClientKey == other.ClientKey && ProxyPassword == other.ProxyPassword;
    }

    /// <summary>A record would print its members, and a log line the password.</summary>
    public override string ToString() => $"endpoint {Name} ({Registry})";
}

/// <summary>A name space of this registry.</summary>
public sealed record ProjectOptions
{
    public required string Name { get; init; }

    /// <summary>Name of the endpoint it fills itself from; null: a hosted project.</summary>
    public string? Endpoint { get; init; }

    /// <summary>Anyone may pull. A private project serves nobody as long as the server cannot tell clients apart.</summary>
    public bool Public { get; init; } = true;

    /// <summary>The operator said whether it is public, which must be said where its endpoint has a credential.</summary>
    public bool IsPublicSaid { get; init; }

    /// <summary>Of several projects of one registry, the one that answers for it.</summary>
    public bool Primary { get; init; }

    /// <summary>Bytes; null: unlimited.</summary>
    public long? Quota { get; init; }

    public TimeSpan? FreshFor { get; init; }

    /// <summary>What holds in its place for some tags; the first that means a tag counts.</summary>
    public IReadOnlyList<FreshnessRule> Freshness { get; init; } = [];

    /// <summary>As <see cref="DefaultsOptions.StaleFor"/>, for this project; null: the default.</summary>
    public StaleLimit? StaleFor { get; init; }

    /// <summary>For how long what upstream deleted is served by its tag, counted from when that became known; null: without limit.</summary>
    public TimeSpan? DeletedFor { get; init; }

    /// <summary>Bytes a second that all bodies together may bring which are fetched for it; null: without limit.</summary>
    public long? Bandwidth { get; init; }

    /// <summary>Host names, in lower case and with a port where one was given, under which all paths are this project's repositories.</summary>
    public IReadOnlyList<string> Hosts { get; init; } = [];

    /// <summary>Platforms to keep of an index, as linux/arm64 or linux/arm/v7; empty: linux of the server's architecture.</summary>
    public IReadOnlyList<string> Platforms { get; init; } = [];

    /// <summary>Glob patterns of repositories; empty: all.</summary>
    public IReadOnlyList<string> Include { get; init; } = [];

    public IReadOnlyList<string> Exclude { get; init; } = [];

    /// <summary>True if both say the same, lists included.</summary>
    public bool IsSameAs(ProjectOptions other)
    {
        ArgumentNullException.ThrowIfNull(other);
        return JsonSerializer.Serialize(this) == JsonSerializer.Serialize(other);
    }
}
