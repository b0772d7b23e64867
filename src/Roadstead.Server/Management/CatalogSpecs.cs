using System.Text.Json;
using System.Text.Json.Nodes;
using System.Text.Json.Serialization.Metadata;
using Roadstead.Api;
using Roadstead.Server.Configuration;
using Roadstead.Server.Projects;

namespace Roadstead.Server.Management;

/// <summary>Options as the API tells them: what it says can be given back as it is.</summary>
internal static class CatalogSpecs
{
    private static readonly EndpointSpec UsualEndpoint = Of(new EndpointOptions { Name = "", Registry = "", Url = new Uri("https://invalid.invalid") });

    private static readonly ProjectSpec UsualProject = Of(new ProjectOptions { Name = "" });

    /// <summary>All of it, as a file would declare it: what is as the server has it by itself is left out.</summary>
    public static CatalogSpec Of(CatalogEntries entries) => new(
        [.. entries.Endpoints.Select(entry => Brief(Of(entry.Options), UsualEndpoint, ApiJson.Default.EndpointSpec))], [.. entries.Projects.Select(entry => Brief(entry.Options))]);

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

    // Whether it is public may be what must be said, even where it says what is usual.
    private static ProjectSpec Brief(ProjectOptions project) =>
        Brief(Of(project), UsualProject, ApiJson.Default.ProjectSpec) with { Public = project.IsPublicSaid || !project.Public ? project.Public : null };

    private static T Brief<T>(T spec, T usual, JsonTypeInfo<T> type)
    {
        var brief = JsonSerializer.SerializeToNode(spec, type)!.AsObject();
        foreach (var (key, value) in JsonSerializer.SerializeToNode(usual, type)!.AsObject())
        {
            if (JsonNode.DeepEquals(brief[key], value))
            {
                brief.Remove(key);
            }
        }

        return brief.Deserialize(type)!;
    }
}
