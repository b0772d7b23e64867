using System.Net;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Routing;
using Roadstead.Api;
using Roadstead.Server.Configuration;
using Roadstead.Server.Projects;
using Roadstead.Server.Tls;

namespace Roadstead.Server.Management;

/// <summary><c>/api/v2.0/roadstead/mirrors</c>: what a node needs to pull through this server. Open, so it tells of public projects alone.</summary>
internal static class MirrorEndpoint
{
    public static void MapMirrors(this IEndpointRouteBuilder routes, ProjectCatalog catalog, RoadsteadOptions options, CertificateInForce? certificate) =>
        routes.MapGet(MirrorList.Path, context => OwnUrl(context.Request, options) is { } url
            ? ApiResult.Write(context, Mirrors(url, catalog.Snapshot, options, certificate), ApiJson.Default.MirrorList)
            : TextAnswer.Write(context, "The request names no Host, so this server cannot tell what it is called; publicUrl would say it.\n", StatusCodes.Status400BadRequest))
            .Open().Told("What a node needs to pull through this server.", answer: () => ApiJson.Default.MirrorList);

    private static Uri? OwnUrl(HttpRequest request, RoadsteadOptions options) =>
        options.PublicUrl ?? (Uri.TryCreate($"{request.Scheme}://{request.Host.Value}", UriKind.Absolute, out var url) && url.Host.Length > 0 ? url : null);

    private static MirrorList Mirrors(Uri url, ProjectSnapshot snapshot, RoadsteadOptions options, CertificateInForce? certificate) => new(
        Text(url),
        certificate?.CaPem,
        [
            .. from project in snapshot.Projects
               where project.Endpoint is not null && project.Options.Public
               select new MirroredRegistry(
                   project.Endpoint!.Registry.ToString(), project.Name, Text(project.Endpoint.Options.Url), Public: true, snapshot.Of(project.Endpoint.Registry) == project, Root(project, url, options)),
        ]);

    /// <summary>A listener bound to the project, of the URL's own scheme if there is one, or a host name that is the project's.</summary>
    private static string? Root(Project project, Uri url, RoadsteadOptions options)
    {
        var listeners = options.Listen.Where(listen => listen.Project == project.Name && listen.Url.Port != 0 && IsReachableAs(url.Host, listen));
        if (listeners.OrderBy(listen => listen.Url.Scheme == url.Scheme ? 0 : 1).FirstOrDefault() is { } bound)
        {
            return Text(new UriBuilder(bound.Url.Scheme, url.Host, bound.Url.Port).Uri);
        }

        return project.Options.Hosts.Count == 0 ? null
            : project.Options.Hosts[0].Contains(':', StringComparison.Ordinal) ? $"{url.Scheme}://{project.Options.Hosts[0]}"
            : Text(new UriBuilder(url.Scheme, project.Options.Hosts[0], url.Port).Uri);
    }

    private static bool IsReachableAs(string host, ListenOptions listen) =>
        listen.AnyAddress || listen.Url.Host == host || (IPAddress.TryParse(listen.Url.DnsSafeHost, out var address) && (address.Equals(IPAddress.Any) || address.Equals(IPAddress.IPv6Any)));

    private static string Text(Uri url) => url.GetLeftPart(UriPartial.Authority);
}
