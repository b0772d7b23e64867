using Roadstead.Oci;
using Roadstead.Server.Configuration;
using Roadstead.Server.Metadata;
using Roadstead.Server.Projects;
using Roadstead.Server.TokenExchange;

namespace Roadstead.Server.Management.Harbor;

/// <summary>Makes endpoints of what Harbor's clients send, and back.</summary>
/// <remarks>
/// Harbor has no word for the registry that an endpoint answers for: the kind <c>docker-hub</c>, for which its clients send the address of a web page, is docker.io, and all
/// others are the URL's own host. Nor has it one for private addresses, which <c>harbor.allowPrivateAddresses</c> lets all that are made here dial.
/// </remarks>
internal static class HarborRegistryMap
{
    public const string DockerHub = "docker-hub";
    private const string Ecr = "aws-ecr";
    private const string EcrUser = "AWS";
    private const string Hidden = ConfigurationReader.HiddenSecret;
    private const string HubPage = "https://hub.docker.com";
    private static readonly Uri Hub = new("https://registry-1.docker.io");
    private static readonly string[] HubHosts = ["hub.docker.com", "registry-1.docker.io", "index.docker.io", "docker.io", "registry.hub.docker.com"];

    /// <summary>Harbor's words for kinds of registries; but for Docker Hub all are asked in the same way.</summary>
    public static IReadOnlyList<string> Types { get; } =
        ["ali-acr", Ecr, "azure-acr", DockerHub, "docker-registry", "github-ghcr", "gitlab", "google-gcr", "harbor", "huawei-SWR", "jfrog-artifactory", "quay", "tencent-tcr"];

    private static readonly Dictionary<string, string> HarborKeys = new(StringComparer.Ordinal)
    {
        ["tokenUrl"] = "url", ["username"] = "access_key", ["password"] = "access_secret", ["caCertificate"] = "ca_certificate", ["insecureSkipVerify"] = "insecure",
    };

    /// <param name="input">What came.</param>
    /// <param name="former">The endpoint that it changes; null: it makes one.</param>
    /// <param name="harbor">What the configuration says of such endpoints.</param>
    /// <returns>The endpoint, and every fault; it is usable only without one.</returns>
    public static (EndpointOptions Options, EndpointNotes Notes, IReadOnlyList<ConfigurationFault> Faults) Read(HarborRegistryInput input, EndpointEntry? former, HarborOptions harbor)
    {
        var faults = new List<ConfigurationFault>();
        var type = former is null ? input.Type ?? "" : TypeOf(former);
        if (!Types.Contains(type))
        {
            faults.Add(new ConfigurationFault("type", $"must be one of {string.Join(", ", Types)}"));
        }

        var written = (input.Url ?? (former is null ? "" : UrlOf(former))).Trim();
        var (url, registry, urlFault) = Place(type, written, former);
        if (urlFault is not null)
        {
            faults.Add(new ConfigurationFault("url", urlFault));
        }

        var isSameUrl = former is not null && url is not null && former.Options.Url == url;
        var allowPrivate = former?.Options.AllowPrivateAddresses == true || (harbor.AllowPrivateAddresses && type != DockerHub);
        var (username, password) = Credential(input, former?.Options, isSameUrl);
        var exchange = ExchangeOf(type, username, isSameUrl ? former!.Options.TokenExchange : null, isLost: password is null && former?.Options.Password is not null);
        var (read, readFaults) = CatalogItemReader.Endpoint(new Dictionary<string, string?>
        {
            ["name"] = input.Name ?? former?.Name ?? "",
            ["registry"] = registry ?? "invalid.invalid",
            ["url"] = url is null ? "https://invalid.invalid" : url.GetLeftPart(UriPartial.Authority),
            ["username"] = username,
            ["password"] = password,
            ["tokenExchange"] = exchange,
            ["tokenUrl"] = exchange is not null && isSameUrl ? former!.Options.TokenUrl?.AbsoluteUri : null,
            ["tenant"] = exchange is not null && isSameUrl ? former!.Options.Tenant : null,
            ["caCertificate"] = (input.CaCertificate ?? former?.Options.CaCertificate) is { Length: > 0 } pem ? pem : null,
            ["insecureSkipVerify"] = (input.Insecure ?? former?.Options.InsecureSkipVerify ?? false) ? "true" : "false",
            ["allowPrivateAddresses"] = allowPrivate ? "true" : "false",
        });
        faults.AddRange(readFaults.Select(fault => InHarborsWords(fault, allowPrivate)));
        var options = former is null ? read : former.Options with
        {
            Name = read.Name,
            Registry = read.Registry,
            Url = read.Url,
            Username = read.Username,
            Password = read.Password,
            TokenExchange = read.TokenExchange,
            TokenUrl = read.TokenUrl,
            Tenant = read.Tenant,
            CaCertificate = read.CaCertificate,
            InsecureSkipVerify = read.InsecureSkipVerify,
            AllowPrivateAddresses = read.AllowPrivateAddresses,

            // They belong to the registry that was there.
            FallbackUrls = isSameUrl ? former.Options.FallbackUrls : [],
            ClientCertificate = isSameUrl ? former.Options.ClientCertificate : null,
            ClientKey = isSameUrl ? former.Options.ClientKey : null,
            TokenHosts = isSameUrl ? former.Options.TokenHosts : [],
        };
        return (options, new EndpointNotes(type, written, input.Description ?? former?.Notes.Description), faults);
    }

    public static HarborRegistry Shape(EndpointEntry entry, bool isDown) => new(
        entry.Id,
        entry.Name,
        UrlOf(entry),
        TypeOf(entry),
        entry.Options.Username is { } user ? new HarborCredential("basic", user, Hidden) : null,
        entry.Options.InsecureSkipVerify,
        entry.Options.CaCertificate ?? "",
        entry.Notes.Description ?? "",
        isDown ? "unhealthy" : "healthy",
        entry.CreatedAt,
        entry.UpdatedAt);

    public static string TypeOf(EndpointEntry entry) => entry.Notes.Type ?? entry.Options.Registry switch
    {
        "docker.io" when entry.Options.Url == Hub => DockerHub,
        "ghcr.io" => "github-ghcr",
        "quay.io" => "quay",
        "gcr.io" => "google-gcr",
        _ when entry.Options.TokenExchange is { } exchange => exchange switch { TokenExchangeKind.Ecr => Ecr, TokenExchangeKind.Acr => "azure-acr", _ => "google-gcr" },
        _ => "docker-registry",
    };

    /// <summary>As its client wrote it, for one that compares what it wrote with what it reads.</summary>
    public static string UrlOf(EndpointEntry entry) =>
        entry.Notes.Url is { } written && Place(TypeOf(entry), written, null).Url == entry.Options.Url ? written
        : TypeOf(entry) == DockerHub ? HubPage
        : entry.Options.Url.GetLeftPart(UriPartial.Authority);

    /// <summary>Where an endpoint is asked, and for which registry it answers.</summary>
    private static (Uri? Url, string? Registry, string? Fault) Place(string type, string written, EndpointEntry? former)
    {
        if (!BaseUrl.TryParse(written, out var url, out var fault))
        {
            return (null, null, fault);
        }

        if (type == DockerHub)
        {
            return HubHosts.Contains(url.Host) ? (Hub, RegistryName.DockerHub.ToString(), null) : (null, null, $"is not Docker Hub's; an endpoint of the type {DockerHub} has {HubPage}, others the type docker-registry");
        }

        // One that was made with a registry of its own keeps it, wherever that is asked from now on.
        return former is not null && (former.Options.Url == url || former.Options.Registry != Host(former.Options.Url)) ? (url, former.Options.Registry, null)
            : RegistryName.TryParse(Host(url), out var name) ? (url, name.ToString(), null)
            : (null, null, "has a host that no image reference can name");
    }

    private static string Host(Uri url) => url.IsDefaultPort ? url.Host : url.Authority;

    /// <summary>A saved password goes on only with the URL that it was given for; without a password there is no credential.</summary>
    private static (string? Username, string? Password) Credential(HarborRegistryInput input, EndpointOptions? former, bool isSameUrl)
    {
        var username = (input.Credential?.AccessKey ?? input.AccessKey ?? former?.Username) is { Length: > 0 } user ? user : null;
        if ((input.Credential?.AccessSecret ?? input.AccessSecret) is { } given and not ("" or Hidden))
        {
            return (username, given);
        }

        return former is null ? (username, null)
            : isSameUrl && former.Password is { } saved && (username is not null || former.Username is null) ? (username, saved)
            : (null, null);
    }

    /// <summary>
    /// The credential of the kind <c>aws-ecr</c> is an access key, or none for the instance's role, as Harbor has it; the user AWS is no key's. Those of <c>google-gcr</c> (<c>_json_key</c>) and
    /// <c>azure-acr</c> (a service principal, or a user or token of the registry's) are taken by these registries as they are, and Harbor sends them so.
    /// </summary>
    private static string? ExchangeOf(string type, string? username, string? former, bool isLost) =>
        isLost || username == EcrUser ? null : former ?? (type == Ecr ? TokenExchangeKind.Ecr : null);

    private static ConfigurationFault InHarborsWords(ConfigurationFault fault, bool allowPrivate) => fault with
    {
        Key = HarborKeys.GetValueOrDefault(fault.Key, fault.Key),
        Message = fault.Key == "tokenUrl" ? "is no ECR registry's, as https://<account>.dkr.ecr.<region>.amazonaws.com"
            : fault.Key == "url" && !allowPrivate && fault.Message.Contains("allowPrivateAddresses", StringComparison.Ordinal)
            ? $"{fault.Message}; Harbor's API has no word for that: harbor.allowPrivateAddresses in the configuration file lets its endpoints"
            : fault.Message,
    };
}
