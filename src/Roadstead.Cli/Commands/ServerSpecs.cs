using Roadstead.Api;
using Roadstead.Cli.Output;

namespace Roadstead.Cli.Commands;

/// <summary>The options of what an operator makes at the server, by the configuration file's names with hyphens; those that the login has already begin with <c>upstream</c>.</summary>
internal static class ServerSpecs
{
    public static SpecOptions<EndpointSpec> Endpoint() => new SpecOptions<EndpointSpec>()
        .Text("--registry", "REGISTRY", "The registry's name in image references, as docker.io", (spec, value) => spec with { Registry = value }, hasDefault: false)
        .Text("--url", "URL", "Scheme, host and port under which it is asked", (spec, value) => spec with { Url = value }, hasDefault: false)
        .Many("--fallback-url", "URL", "Where the same registry is asked when the URL does not bring what is wanted", (spec, value) => spec with { FallbackUrls = value })
        .Text("--upstream-username", "NAME", "Whom the server logs in to the registry as", (spec, value) => spec with { Username = value })
        .Secret("--upstream-password-file", "The password for it, in one line of a file; - asks for it, or reads standard input", (spec, value) => spec with { Password = value })
        .Text("--token-exchange", "CLOUD", "ecr, gar or acr: the cloud's token service makes of them what its registry takes", (spec, value) => spec with { TokenExchange = value })
        .Text("--token-url", "URL", "Where that service is, where the registry's URL does not say it", (spec, value) => spec with { TokenUrl = value })
        .Text("--tenant", "ID", "The directory of an Azure service principal", (spec, value) => spec with { Tenant = value })
        .File("--upstream-ca", "Authorities to trust for the registry beside the system's, as PEM", (spec, value) => spec with { CaCertificate = value })
        .File("--client-certificate", "The certificate that the server shows to the registry, as PEM", (spec, value) => spec with { ClientCertificate = value })
        .File("--client-key", "Its key, as PEM", (spec, value) => spec with { ClientKey = value }, hasDefault: false)
        .Flag("--insecure-skip-verify", "Take any certificate of the registry", (spec, value) => spec with { InsecureSkipVerify = value })
        .Text("--proxy", "URL", "The HTTP proxy that it is asked by, as http://proxy.example:3128", (spec, value) => spec with { Proxy = value })
        .Text("--proxy-username", "NAME", "Whom the server logs in to the proxy as", (spec, value) => spec with { ProxyUsername = value })
        .Secret("--proxy-password-file", "The password for it, in one line of a file; - asks for it, or reads standard input", (spec, value) => spec with { ProxyPassword = value })
        .Flag("--allow-private-addresses", "Dial loopback, RFC 1918 and unique local addresses", (spec, value) => spec with { AllowPrivateAddresses = value })
        .Many("--token-host", "HOST", "A host of a token service, beside the registry's own, that may see the credential", (spec, value) => spec with { TokenHosts = value })
        .Text("--connect-timeout", "TIME", "Longest wait for a connection, as 3s", (spec, value) => spec with { ConnectTimeout = value })
        .Text("--header-timeout", "TIME", "Longest wait for an answer", (spec, value) => spec with { HeaderTimeout = value })
        .Text("--idle-timeout", "TIME", "Longest wait for the next byte of a body", (spec, value) => spec with { IdleTimeout = value })
        .Text("--revalidation-timeout", "TIME", "Longest wait for upstream when a copy is at hand", (spec, value) => spec with { RevalidationTimeout = value })
        .Text("--min-body-rate", "SIZE", "Bytes a second of a body below which it counts as broken, as 1KiB", (spec, value) => spec with { MinBodyRate = value })
        .Number("--max-bodies", "Blobs that are fetched from it at once", (spec, value) => spec with { MaxBodies = value })
        .Number("--rate-limit-reserve", "Pulls that are kept for images that are not held", (spec, value) => spec with { RateLimitReserve = value });

    public static SpecOptions<ProjectSpec> Project() => new SpecOptions<ProjectSpec>()
        .Text("--endpoint", "NAME", "The endpoint that it fills itself from", (spec, value) => spec with { Endpoint = value })
        .Flag("--public", "Anyone may pull; must be said where the endpoint has a credential", (spec, value) => spec with { Public = value })
        .Flag("--primary", "Of several projects of one registry, it answers for the registry's name", (spec, value) => spec with { Primary = value })
        .Text("--quota", "SIZE", "The most that it holds, as 200GiB, or unlimited", (spec, value) => spec with { Quota = value })
        .Text("--fresh-for", "TIME", "How long a tag is answered without asking upstream, as 1m", (spec, value) => spec with { FreshFor = value })
        .Many<FreshnessSpec>("--freshness", "TAGS=TIME", $"How long some tags are answered without asking upstream, the first that means a tag counting: {FreshnessText.Form}", FreshnessText.TryParse, (spec, value) => spec with { Freshness = value })
        .Text("--stale-for", "TIME", "How much longer a copy is served when upstream cannot be asked, or unlimited", (spec, value) => spec with { StaleFor = value })
        .Text("--deleted-for", "TIME", "How long what upstream deleted is served by its tag, as 7d, 0 or unlimited", (spec, value) => spec with { DeletedFor = value })
        .Text("--bandwidth", "SIZE", "Bytes a second that may be fetched from upstream for it, as 20MiB, or unlimited", (spec, value) => spec with { Bandwidth = value })
        .Many("--platform", "PLATFORM", "A platform to keep of every index, as linux/amd64", (spec, value) => spec with { Platforms = value })
        .Many("--include", "PATTERN", "Repositories that there are, as platform/**; all others are left out", (spec, value) => spec with { Include = value })
        .Many("--exclude", "PATTERN", "Repositories that are left out", (spec, value) => spec with { Exclude = value })
        .Many("--host", "HOST", "A name of the server under which all paths are this project's", (spec, value) => spec with { Hosts = value });
}
