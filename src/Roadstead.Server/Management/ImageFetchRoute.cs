using System.Data.Common;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Routing;
using Microsoft.Extensions.Primitives;
using Roadstead.Api;
using Roadstead.Oci;
using Roadstead.Oci.Client;
using Roadstead.Server.Mirroring;
using Roadstead.Server.Projects;
using Route = Roadstead.Server.Projects.Route;

namespace Roadstead.Server.Management;

/// <summary><c>/api/v2.0/roadstead/images/fetch</c>: has an image fetched before anyone pulls it, and tells how far that is, a line of JSON each second.</summary>
internal static class ImageFetchRoute
{
    private const string AllPlatforms = "all";

    public static void MapImageFetch(this IEndpointRouteBuilder routes, ImageFetch fetch, ProjectCatalog catalog, ServerLifetime lifetime) => routes
        .MapPost(ImageFetchProgress.Path, context => Answer(context, fetch, catalog, lifetime))
        .Admin().ToldInLines("Fetches an image, and tells in lines of JSON how far that is; the last says how it ended.", () => ApiJson.Default.ImageFetchProgress, "project", "repository", "reference", "platform");

    private static async Task Answer(HttpContext context, ImageFetch fetch, ProjectCatalog catalog, ServerLifetime lifetime)
    {
        var query = context.Request.Query;
        var (route, reference, error) = Find(catalog.Snapshot, query["project"].ToString(), query["repository"].ToString(), query["reference"].ToString());
        if (error is not null || route is null)
        {
            await ApiErrorResult.Write(context, error?.Status ?? StatusCodes.Status400BadRequest, error?.Message ?? "The query names an image by project, repository and reference, which is a tag or a digest.").ConfigureAwait(false);
            return;
        }

        var (platforms, isRight) = Platforms(query["platform"]);
        if (!isRight)
        {
            await ApiErrorResult.Write(context, StatusCodes.Status400BadRequest, "platform is os/architecture or os/architecture/variant, as linux/arm64, or all; it may be given several times.").ConfigureAwait(false);
            return;
        }

        using var stops = CancellationTokenSource.CreateLinkedTokenSource(context.RequestAborted, lifetime.Stops);
        JsonLines.Begin(context);
        var last = new FetchProgress(null, 0, 0, 0, 0);
        try
        {
            var end = await fetch.Run(route, reference, new FetchWish(platforms), progress => Write(context, Line(ImageFetchProgress.Fetching, last = progress)), stops.Token).ConfigureAwait(false);
            await Write(context, Line(end, last)).ConfigureAwait(false);
        }
        catch (Exception exception) when (exception is DbException or IOException && !context.RequestAborted.IsCancellationRequested)
        {
            await Write(context, Line("unavailable", last) with { Message = $"the server's own storage failed: {exception.Message}" }).ConfigureAwait(false);
        }
        catch (OperationCanceledException)
        {
            // Whoever asked is gone, or the server stops: the answer ends short.
            context.Abort();
        }
    }

    /// <summary>As a pull of that path would be led.</summary>
    private static (Route? Route, Reference Reference, OciError? Error) Find(ProjectSnapshot snapshot, string project, string repository, string reference)
    {
        if (project.Length == 0 || repository.Length == 0 || reference.Length == 0)
        {
            return default;
        }

        var (path, error) = OciPath.Parse($"/v2/{project}/{repository}/manifests/{reference}");
        if (error is not null || path is not { Kind: OciPathKind.Manifest, Namespace: null, Mount: null, Reference: { } parsed })
        {
            return (null, default, error);
        }

        (var route, error) = ProjectRouter.Find(snapshot, path, new Arrival(null, "", null));
        return route is { Project.Endpoint: null } or { IsVerify: true } ? (null, parsed, new OciError(StatusCodes.Status404NotFound, OciErrorCode.NameUnknown, $"{project}/{repository} has no upstream.")) : (route, parsed, error);
    }

    private static (IReadOnlyList<Platform>? Platforms, bool IsRight) Platforms(StringValues given)
    {
        if (given.Count == 0)
        {
            return (null, true);
        }

        if (given == AllPlatforms)
        {
            return ([], true);
        }

        try
        {
            return ([.. given.Select(text => Platform.Parse(text ?? ""))], true);
        }
        catch (FormatException)
        {
            return (null, false);
        }
    }

    private static ImageFetchProgress Line(string state, FetchProgress progress) =>
        new(state, progress.Bytes, progress.TotalBytes, progress.Blobs, progress.TotalBlobs) { Digest = progress.Digest?.ToString() };

    private static ImageFetchProgress Line(FetchEnd end, FetchProgress last) => end switch
    {
        FetchEnd.Whole(var wasHeld) => Line(wasHeld ? "held" : "fetched", last),
        FetchEnd.Absent => Line("not-found", last) with { Message = end.Explanation },
        FetchEnd.NoRoom => Line("no-room", last) with { Message = end.Explanation },
        FetchEnd.Fault(UpstreamOutcome<long>.Denied) => Line("denied", last) with { Message = end.Explanation },
        FetchEnd.Fault(UpstreamOutcome<long>.Throttled(var until, _)) => Line("throttled", last) with { Message = end.Explanation, Until = until },
        FetchEnd.Fault(UpstreamOutcome<long>.Unavailable) => Line("unavailable", last) with { Message = end.Explanation },
        _ => throw new InvalidOperationException("Unknown end."),
    };

    private static Task Write(HttpContext context, ImageFetchProgress line) => JsonLines.Write(context, line, ApiJson.Default.ImageFetchProgress);
}
