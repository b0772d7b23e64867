using System.Globalization;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Http.Features;
using Microsoft.AspNetCore.Routing;
using Microsoft.Extensions.Primitives;
using Roadstead.Api;
using Roadstead.Oci;
using Roadstead.Server.Mirroring;
using Roadstead.Server.Projects;
using Route = Roadstead.Server.Projects.Route;

namespace Roadstead.Server.Management;

/// <summary><c>/api/v2.0/roadstead/content</c>: what is held, manifest by manifest and blob by blob, out to and in from places that no upstream reaches. No upstream is asked.</summary>
internal sealed class ContentRoutes(ProjectCatalog catalog, HeldContent content, StorageFaults storage, TimeProvider clock)
{
    private static readonly string[] Image = ["project", "repository", "reference"];
    private static readonly string[] Blob = ["project", "repository", "digest"];

    public void Map(IEndpointRouteBuilder routes)
    {
        routes.MapGet(ImageContent.Path, context => Survive(context, "The content is not known", _ => Tell(context)))
            .Admin().Told("What an image consists of, and what of it is held. Upstream is not asked.", answer: () => ApiJson.Default.ImageContent, query: Image);
        routes.MapGet(ImageContent.ManifestPath, context => Survive(context, "The manifest is not known", _ => SendManifest(context)))
            .Admin().ToldToSend("A manifest that is held, as it came. It counts as no pull, and upstream is not asked.", "application/*", Image);
        routes.MapPut(ImageContent.ManifestPath, context => Survive(context, "The manifest is not stored", _ => PutManifest(context)))
            .Admin().ToldToTake("Stores a manifest by its digest as if upstream had brought it, and keeps it of the indexes that name it.", "application/*", Image);
        routes.MapPut(ImageContent.TagPath, context => Survive(context, "The tag is not set", _ => PutTag(context)))
            .Admin().Told("Has a tag name a manifest that is held whole, as if upstream had said so.", status: StatusCodes.Status204NoContent, query: [.. Image, "digest"]);
        routes.MapGet(ImageContent.BlobPath, context => Survive(context, "The blob is not known", _ => SendBlob(context)))
            .Admin().ToldToSend("A blob that a repository holds; Range gives its end from a byte on. It counts as no pull, and upstream is not asked.", "application/octet-stream", Blob);
        routes.MapPost(ImageContent.BlobPath, context => Survive(context, "The blob is not taken up", stops => TakeUp(context, stops)))
            .Admin().Told("Has a repository have a blob that the store holds for others; 404 where it has to be sent.", status: StatusCodes.Status204NoContent, query: [.. Blob, "size"]);
        routes.MapPut(ImageContent.BlobPath, context => Survive(context, "The blob is not stored", stops => PutBlob(context, stops)))
            .Admin().ToldToTake("Stores a blob that a manifest of the repository names, as if upstream had brought it. 507: there is no room for it.", "application/octet-stream", Blob);
    }

    /// <summary>A body takes as long as it takes; the server's own limits say what is too slow.</summary>
    private Task Survive(HttpContext context, string what, Func<CancellationToken, Task> answer) => DatabasePatience.Survive(context, what, answer, clock, Timeout.InfiniteTimeSpan);

    private async Task Tell(HttpContext context)
    {
        if (await Named(context).ConfigureAwait(false) is not var (route, reference))
        {
            return;
        }

        if (content.Find(route, reference) is not { } top)
        {
            await NotHeld(context, $"{route.Project.Name}/{route.Repository} {reference}").ConfigureAwait(false);
            return;
        }

        var survey = content.Survey(route.Project, top);
        var missing = survey.Missing.Blobs.ToHashSet();
        await ApiResult.Write(
            context,
            new ImageContent(
                route.Project.Endpoint!.Registry.ToString(), top.Digest.ToString(), [.. survey.Manifests.Select(manifest => manifest.ToString())],
                [.. survey.Blobs.Select(blob => new ContentBlob(blob.Key.ToString(), blob.Value, !missing.Contains(blob.Key)))], ImageEndpoints.Lack(survey)),
            ApiJson.Default.ImageContent).ConfigureAwait(false);
    }

    private async Task SendManifest(HttpContext context)
    {
        if (await Named(context).ConfigureAwait(false) is not var (route, reference))
        {
            return;
        }

        if (content.Find(route, reference) is not { } manifest)
        {
            await NotHeld(context, $"{route.Project.Name}/{route.Repository} {reference}").ConfigureAwait(false);
            return;
        }

        context.Response.ContentType = manifest.MediaType;
        context.Response.ContentLength = manifest.Bytes.Length;
        context.Response.Headers["Docker-Content-Digest"] = manifest.Digest.ToString();
        await context.Response.Body.WriteAsync(manifest.Bytes, context.RequestAborted).ConfigureAwait(false);
    }

    private async Task PutManifest(HttpContext context)
    {
        if (await Named(context, isToHold: true).ConfigureAwait(false) is not var (route, reference))
        {
            return;
        }

        if (reference.Digest is not { } digest)
        {
            await ApiErrorResult.Write(context, StatusCodes.Status400BadRequest, "A manifest is stored by its digest; a tag is set when all is there that it names.").ConfigureAwait(false);
            return;
        }

        Unlimit(context, ManifestReader.MaxSize);
        var bytes = await ContentBodies.Receive(context, ManifestReader.MaxSize).ConfigureAwait(false);
        if (bytes is not null)
        {
            await Answer(context, await content.PutManifest(route, digest, bytes, context.Request.ContentType).ConfigureAwait(false)).ConfigureAwait(false);
        }
    }

    private async Task PutTag(HttpContext context)
    {
        if (await Named(context, isToHold: true).ConfigureAwait(false) is not var (route, reference))
        {
            return;
        }

        if (!reference.IsTag || !Digest.TryParse(One(context.Request.Query["digest"]), out var digest))
        {
            await ApiErrorResult.Write(context, StatusCodes.Status400BadRequest, "reference is a tag, and digest the manifest that it is to name.").ConfigureAwait(false);
            return;
        }

        await Answer(context, await content.PutTag(route, reference, digest).ConfigureAwait(false)).ConfigureAwait(false);
    }

    private async Task SendBlob(HttpContext context)
    {
        if (await NamedBlob(context).ConfigureAwait(false) is not var (route, digest))
        {
            return;
        }

        using var blob = content.Open(route, digest);
        if (blob is null)
        {
            await NotHeld(context, $"{route.Project.Name}/{route.Repository} {digest}").ConfigureAwait(false);
            return;
        }

        if (!await ContentBodies.Send(context, blob, digest).ConfigureAwait(false))
        {
            storage.Report("blobs", $"{digest} cannot be read for an export.");
        }
    }

    private async Task TakeUp(HttpContext context, CancellationToken stops)
    {
        if (await NamedBlob(context, isToHold: true).ConfigureAwait(false) is not var (route, digest))
        {
            return;
        }

        if (!long.TryParse(One(context.Request.Query["size"]), NumberStyles.None, CultureInfo.InvariantCulture, out var size))
        {
            await ApiErrorResult.Write(context, StatusCodes.Status400BadRequest, "size is the number of the blob's bytes.").ConfigureAwait(false);
            return;
        }

        await Answer(context, await content.TakeUp(route, digest, size, stops).ConfigureAwait(false)).ConfigureAwait(false);
    }

    private async Task PutBlob(HttpContext context, CancellationToken stops)
    {
        if (await NamedBlob(context, isToHold: true).ConfigureAwait(false) is not var (route, digest))
        {
            return;
        }

        if (context.Request.ContentLength is not { } size)
        {
            await ApiErrorResult.Write(context, StatusCodes.Status411LengthRequired, "Content-Length must say how many bytes the blob has.").ConfigureAwait(false);
            return;
        }

        // Only this route's bodies may be so long, and its guard was kept before; whether there is room for it is asked before a byte of it is read.
        Unlimit(context, null);
        try
        {
            await Answer(context, await content.PutBlob(route, digest, size, context.Request.Body, stops).ConfigureAwait(false)).ConfigureAwait(false);
        }
        catch (BadHttpRequestException exception)
        {
            // It came too slowly, or ended short.
            context.Response.Headers.Connection = "close";
            await ApiErrorResult.Write(context, exception.StatusCode, exception.Message).ConfigureAwait(false);
        }
        catch (IOException) when (!context.Response.HasStarted)
        {
            // Whoever sent it is gone.
            context.Abort();
        }
    }

    private static void Unlimit(HttpContext context, long? size)
    {
        if (context.Features.Get<IHttpMaxRequestBodySizeFeature>() is { IsReadOnly: false } limit)
        {
            limit.MaxRequestBodySize = size;
        }
    }

    private static Task Answer(HttpContext context, ContentOutcome outcome)
    {
        switch (outcome)
        {
            case ContentOutcome.Held:
                context.Response.StatusCode = StatusCodes.Status204NoContent;
                return Task.CompletedTask;
            case ContentOutcome.Absent:
                return ApiErrorResult.Write(context, StatusCodes.Status404NotFound, "The store does not hold this blob.");
            case ContentOutcome.Wrong(var why):
                return ApiErrorResult.Write(context, StatusCodes.Status400BadRequest, why);
            case ContentOutcome.Early(var why):
                return ApiErrorResult.Write(context, StatusCodes.Status409Conflict, why);
            case ContentOutcome.NoRoom(var why):
                return ApiErrorResult.Write(context, StatusCodes.Status507InsufficientStorage, why);
            case ContentOutcome.Fault(var why):
                return ApiErrorResult.Write(context, StatusCodes.Status503ServiceUnavailable, why);
            default:
                throw new InvalidOperationException("Unknown outcome.");
        }
    }

    private async Task<(Route Route, Reference Reference)?> Named(HttpContext context, bool isToHold = false)
    {
        if (!Reference.TryParse(One(context.Request.Query["reference"]), out var reference))
        {
            await ApiErrorResult.Write(context, StatusCodes.Status400BadRequest, "The query names an image by project, repository and reference, which is a tag or a digest.").ConfigureAwait(false);
            return null;
        }

        return await Find(context, isToHold).ConfigureAwait(false) is { } route ? (route, reference) : null;
    }

    private async Task<(Route Route, Digest Digest)?> NamedBlob(HttpContext context, bool isToHold = false)
    {
        if (!Digest.TryParse(One(context.Request.Query["digest"]), out var digest))
        {
            await ApiErrorResult.Write(context, StatusCodes.Status400BadRequest, "The query names a blob by project, repository and digest, which is sha256: or sha512: and its hexadecimal digits.").ConfigureAwait(false);
            return null;
        }

        return await Find(context, isToHold).ConfigureAwait(false) is { } route ? (route, digest) : null;
    }

    /// <returns>The repository; null where there is none, and the request is answered.</returns>
    /// <param name="context">The request.</param>
    /// <param name="isToHold">It is to hold more: what the project would never serve is refused.</param>
    private async Task<Route?> Find(HttpContext context, bool isToHold)
    {
        var query = context.Request.Query;
        if (One(query["project"]) is not { } name || !RepositoryName.TryParse(One(query["repository"]), out var repository))
        {
            await ApiErrorResult.Write(context, StatusCodes.Status400BadRequest, "The query names a project and a repository of it, as upstream calls it.").ConfigureAwait(false);
            return null;
        }

        var project = catalog.Snapshot.Named(name);
        var route = project?.Endpoint is null ? null : new Route(project, repository, null);
        var fault = route is null or { IsVerify: true } ? $"There is no project {name} that mirrors a registry and has {repository}."
            : isToHold && !route.Project.Admits(repository) ? $"The project {name} does not have {repository}: its include and exclude leave it out."
            : null;
        if (fault is null)
        {
            return route;
        }

        await ApiErrorResult.Write(context, StatusCodes.Status404NotFound, fault).ConfigureAwait(false);
        return null;
    }

    private static Task NotHeld(HttpContext context, string what) => ApiErrorResult.Write(context, StatusCodes.Status404NotFound, $"{what} is not held.");

    private static string? One(StringValues values) => values is [{ Length: > 0 } one] ? one : null;
}
