using static Roadstead.Server.Configuration.ConfigurationShape;

namespace Roadstead.Server.Configuration;

/// <summary>Every key that a configuration may have. What a value may be is said by the section's reader.</summary>
internal static class ConfigurationSchema
{
    private static readonly Scalar Value = new();
    private static readonly List Values = new(Value, OrOne: true);

    private static readonly (string, ConfigurationShape)[] EndpointKeys =
    [
        ("name", Value),
        ("registry", Value),
        ("url", Value),
        ("fallbackUrls", Values),
        ("username", Value),
        ("password", Value),
        ("tokenExchange", Value),
        ("tokenUrl", Value),
        ("tenant", Value),
        ("caCertificate", Value),
        ("clientCertificate", Value),
        ("clientKey", Value),
        ("insecureSkipVerify", Value),
        ("allowPrivateAddresses", Value),
        ("proxy", Value),
        ("proxyUsername", Value),
        ("proxyPassword", Value),
        ("tokenHosts", Values),
        ("connectTimeout", Value),
        ("headerTimeout", Value),
        ("idleTimeout", Value),
        ("minBodyRate", Value),
        ("maxBodies", Value),
        ("revalidationTimeout", Value),
        ("rateLimitReserve", Value),
    ];

    /// <summary>An endpoint as the API takes it: no key names a file of the server's.</summary>
    public static Map Endpoint { get; } = Keys(EndpointKeys);

    public static Map Project { get; } = Keys(
        ("name", Value),
        ("endpoint", Value),
        ("public", Value),
        ("primary", Value),
        ("quota", Value),
        ("freshFor", Value),
        ("freshness", new List(Keys(("tags", Values), ("freshFor", Value), ("repositories", Values)))),
        ("staleFor", Value),
        ("deletedFor", Value),
        ("bandwidth", Value),
        ("platforms", Values),
        ("include", Values),
        ("exclude", Values),
        ("hosts", Values));

    public static Map Root { get; } = Keys(
        ("listen", new List(
            Keys(("url", Value), ("project", Value)) with { OrValue = "a URL as http://0.0.0.0:5000, or {url: …, project: …}" },
            OrOne: true)),
        ("tls", Keys(("certificate", Value), ("key", Value)) with { Word = "auto" }),
        ("storage", Keys(
            ("path", Value),
            ("scrubEvery", Value),
            ("scrubRate", Value),
            ("quota", Value),
            ("watermark", Value),
            ("s3", new NotYet("this release stores only in a folder; set storage.path instead")))),
        ("database", Keys(
            ("postgres", new NotYet("this release has only SQLite, kept under storage.path; remove the key")),
            ("postgresFile", new NotYet("this release has only SQLite, kept under storage.path; remove the key")))),
        ("publicUrl", Value),
        ("admin", Keys(("passwordFile", Value))),
        ("nodes", Keys(("token", Value), ("tokenFile", Value), ("batch", Value))),
        ("defaults", Keys(("freshFor", Value), ("staleFor", Value))),
        ("limits", Keys(
            ("connections", Value),
            ("requestHeaderTimeout", Value),
            ("requestHeaderSize", Value),
            ("requestBodySize", Value),
            ("stallTimeout", Value),
            ("minResponseRate", Value),
            ("manifestSize", Value),
            ("manifestDepth", Value),
            ("blobSize", Value),
            ("redirects", Value))),
        ("harbor", Keys(("allowPrivateAddresses", Value))),
        ("inUse", Keys(("grace", Value), ("followEvery", Value), ("nodes", Value))),
        ("clusters", new List(Keys(
            ("name", Value),
            ("kubeconfig", Value),
            ("context", Value),
            ("inCluster", Value),
            ("relatedImages", Value),
            ("prometheus", Value),
            ("since", Value),
            ("every", Value),
            ("bearerTokenFile", Value),
            ("username", Value),
            ("passwordFile", Value),
            ("caCertificate", Value)))),
        ("endpoints", new List(Keys([.. EndpointKeys, ("passwordFile", Value), ("proxyPasswordFile", Value)]))),
        ("projects", new List(Project)));

    /// <summary>Endpoints and projects as the API takes them together. Whatever else a configuration file has is known, too.</summary>
    public static Map Catalog { get; } = Root with { Keys = new Dictionary<string, ConfigurationShape>(Root.Keys, StringComparer.Ordinal) { ["endpoints"] = new List(Endpoint) } };

    private static Map Keys(params (string Name, ConfigurationShape Shape)[] keys) =>
        new(keys.ToDictionary(key => key.Name, key => key.Shape, StringComparer.Ordinal));
}
