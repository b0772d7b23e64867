using Roadstead.Api;
using Roadstead.Server.Configuration;

namespace Roadstead.Server.Management;

/// <summary>Options as the API tells them: what it says can be given back as it is.</summary>
internal static class CatalogSpecs
{
    public static EndpointSpec Of(EndpointOptions endpoint) => new(endpoint.Registry, endpoint.Url.GetLeftPart(UriPartial.Authority))
    {
        Name = endpoint.Name,
        FallbackUrls = [.. endpoint.FallbackUrls.Select(url => url.GetLeftPart(UriPartial.Authority))],
        Username = endpoint.Username,
        TokenExchange = endpoint.TokenExchange,
        TokenUrl = endpoint.TokenUrl is { } service ? service.AbsolutePath == "/" ? service.GetLeftPart(UriPartial.Authority) : service.AbsoluteUri : null,
        Tenant = endpoint.Tenant,
        CaCertificate = endpoint.CaCertificate,
        ClientCertificate = endpoint.ClientCertificate,
        InsecureSkipVerify = endpoint.InsecureSkipVerify,
        Proxy = endpoint.Proxy?.GetLeftPart(UriPartial.Authority),
        ProxyUsername = endpoint.ProxyUsername,
        AllowPrivateAddresses = endpoint.AllowPrivateAddresses,
        TokenHosts = endpoint.TokenHosts,
        ConnectTimeout = Duration.Text(endpoint.ConnectTimeout),
        HeaderTimeout = Duration.Text(endpoint.HeaderTimeout),
        IdleTimeout = Duration.Text(endpoint.IdleTimeout),
        MinBodyRate = ByteSize.Text(endpoint.MinBodyRate),
        MaxBodies = endpoint.MaxBodies,
        RevalidationTimeout = Duration.Text(endpoint.RevalidationTimeout),
        RateLimitReserve = endpoint.RateLimitReserve,
    };

    public static ProjectSpec Of(ProjectOptions project) => new()
    {
        Name = project.Name,
        Endpoint = project.Endpoint,
        Public = project.Public,
        Primary = project.Primary,
        Quota = ByteSize.Text(project.Quota),
        FreshFor = project.FreshFor is { } fresh ? Duration.Text(fresh) : null,
        Freshness = [.. project.Freshness.Select(rule => new FreshnessSpec(rule.Tags, LimitText(rule.FreshFor)) { Repositories = rule.Repositories.Count > 0 ? rule.Repositories : null })],
        StaleFor = project.StaleFor is { } stale ? LimitText(stale.Limit) : null,
        DeletedFor = LimitText(project.DeletedFor),
        Bandwidth = ByteSize.Text(project.Bandwidth),
        Platforms = project.Platforms,
        Include = project.Include,
        Exclude = project.Exclude,
        Hosts = project.Hosts,
    };

    private static string LimitText(TimeSpan? limit) => limit is { } time ? Duration.Text(time) : "unlimited";
}
