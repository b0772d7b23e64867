using System.Globalization;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Routing;
using Roadstead.Api;
using Roadstead.Oci;
using Roadstead.Server.Metadata;
using Roadstead.Server.Mirroring;
using Roadstead.Server.Projects;
using Roadstead.Server.Retention;

namespace Roadstead.Server.Management;

/// <summary><c>/api/v2.0/roadstead/images</c> and <c>…/pins</c>: what the store holds, what is to stay, and what is to go.</summary>
internal static class ImageEndpoints
{
    private const int UsualCount = 100;
    private const string Unknown = "No image of that name is held: the project, the repository, and the tag or digest are as the list of images shows them.";

    private static readonly string[] Names = ["project", "repository", "reference"];

    public static void MapImages(this IEndpointRouteBuilder routes, ProjectCatalog catalog, ImageCatalog images, ImageClosure closure, TimeProvider clock)
    {
        routes.MapGet(ImageList.Path, context => DatabasePatience.Survive(context, "The images are not known", _ => List(context, catalog, images, closure), clock))
            .Admin().Told("Images that are held, the least recently pulled first; with deleted=true those of which upstream has a tag no more.", answer: () => ApiJson.Default.ImageList, query: ["project", "repository", "deleted", "after", "limit"]);
        routes.MapDelete(ImageList.Path, context => DatabasePatience.Survive(context, "The image is not deleted", _ => Delete(context, images), clock))
            .Admin().Told("Takes an image out of the store.", status: StatusCodes.Status204NoContent, query: Names);
        routes.MapPut(ImageList.PinPath, context => DatabasePatience.Survive(context, "The image is not pinned", _ => Pin(context, images), clock))
            .Admin().Told("Has an image stay, whatever room is needed.", status: StatusCodes.Status204NoContent, query: Names);
        routes.MapDelete(ImageList.PinPath, context => DatabasePatience.Survive(context, "The pin stays", _ => Unpin(context, images), clock))
            .Admin().Told("Ends a pin.", status: StatusCodes.Status204NoContent, query: Names);
    }

    private static async Task List(HttpContext context, ProjectCatalog catalog, ImageCatalog images, ImageClosure closure)
    {
        var query = context.Request.Query;
        var (project, repository) = (Text(query["project"]), Text(query["repository"]));
        var after = Text(query["after"]);
        var cursor = after is null ? null : ParseCursor(after);
        var (count, isDeleted) = (UsualCount, false);
        var fault = repository is not null && project is null ? "repository is given without project."
            : Text(query["deleted"]) is { } wanted && !bool.TryParse(wanted, out isDeleted) ? "deleted is true or false."
            : after is not null && cursor is null ? "after is not what an earlier answer called next."
            : Text(query["limit"]) is { } limit && !(int.TryParse(limit, NumberStyles.None, CultureInfo.InvariantCulture, out count) && count is > 0 and <= ImageList.MostAtOnce)
                ? $"limit is a number from 1 to {ImageList.MostAtOnce}."
            : null;
        if (fault is not null)
        {
            await ApiErrorResult.Write(context, StatusCodes.Status400BadRequest, fault).ConfigureAwait(false);
            return;
        }

        var page = await images.List(project, repository, isDeleted, cursor, count).ConfigureAwait(false);
        if (page.Count == 0 && project is not null && after is null && !isDeleted && catalog.Entries.Project(project) is null)
        {
            await ApiErrorResult.Write(context, StatusCodes.Status404NotFound, $"There is no project {project}, and nothing is held of one of that name.").ConfigureAwait(false);
            return;
        }

        var projects = catalog.Snapshot.Projects.ToDictionary(one => one.Name, StringComparer.Ordinal);
        var list = new ImageList([.. page.Select(image => Image(image) with { Lacks = projects.TryGetValue(image.Project, out var of) ? Lack(closure.Survey(of, image.Image.Key.Repository, image.Image.Key.Digest)) : null })], page.Count == count ? Cursor(page[^1].Image) : null);
        await ApiResult.Write(context, list, ApiJson.Default.ImageList).ConfigureAwait(false);
    }

    private static async Task Delete(HttpContext context, ImageCatalog images)
    {
        if (await Named(context).ConfigureAwait(false) is not var (project, repository, reference))
        {
            return;
        }

        switch (await images.Delete(project, repository, reference).ConfigureAwait(false))
        {
            case null:
                await ApiErrorResult.Write(context, StatusCodes.Status404NotFound, Unknown).ConfigureAwait(false);
                break;
            case 0:
                await ApiErrorResult.Write(context, StatusCodes.Status409Conflict, "The image is pinned, in use by a cluster, or being pulled, and stays. roadstead image show says which; take the pin away, or try again in a moment.").ConfigureAwait(false);
                break;
            default:
                context.Response.StatusCode = StatusCodes.Status204NoContent;
                break;
        }
    }

    private static async Task Pin(HttpContext context, ImageCatalog images)
    {
        if (await Named(context).ConfigureAwait(false) is var (project, repository, reference))
        {
            await Done(context, await images.Pin(project, repository, reference).ConfigureAwait(false), Unknown).ConfigureAwait(false);
        }
    }

    private static async Task Unpin(HttpContext context, ImageCatalog images)
    {
        if (await Named(context).ConfigureAwait(false) is var (project, repository, reference))
        {
            await Done(context, await images.Unpin(project, repository, reference).ConfigureAwait(false), "Nothing of that name is pinned; what a cluster uses is kept as long as it does.").ConfigureAwait(false);
        }
    }

    private static async Task Done(HttpContext context, bool isDone, string otherwise)
    {
        if (isDone)
        {
            context.Response.StatusCode = StatusCodes.Status204NoContent;
            return;
        }

        await ApiErrorResult.Write(context, StatusCodes.Status404NotFound, otherwise).ConfigureAwait(false);
    }

    /// <returns>What the query names; null where it names none, and the request is answered.</returns>
    private static async Task<(string Project, string Repository, string Reference)?> Named(HttpContext context)
    {
        var query = context.Request.Query;
        if (Text(query["project"]) is { } project && Text(query["repository"]) is { } repository && Text(query["reference"]) is { } reference)
        {
            return (project, repository, reference);
        }

        await ApiErrorResult.Write(context, StatusCodes.Status400BadRequest, "The query names an image by project, repository and reference, which is a tag or a digest.").ConfigureAwait(false);
        return null;
    }

    public static HeldImage Image(ImageDetails image) => new(
        image.Project,
        image.Registry,
        image.Repository,
        image.Image.Key.Digest.ToString(),
        image.Tags,
        image.Bytes,
        image.Image.PulledAt == DateTimeOffset.UnixEpoch ? null : image.Image.PulledAt,
        image.IsPinned)
    {
        Clusters = image.Clusters,
        DeletedTags = [.. image.GoneTags.Select(tag => new DeletedTag(tag.Name, tag.Since))],
    };

    public static ImageLack Lack(ImageSurvey survey) => new(survey.Missing.Manifests.Count, survey.Missing.Blobs.Count, survey.Missing.Blobs.Sum(blob => survey.Blobs[blob]));

    private static string Cursor(ImageRow image) =>
        string.Create(CultureInfo.InvariantCulture, $"{image.PulledAt.ToUnixTimeMilliseconds()}.{image.Key.Repository}.{image.Key.Digest}");

    private static ImageRow? ParseCursor(string text) =>
        text.Split('.', 3) is [var at, var repository, var digest]
        && long.TryParse(at, NumberStyles.None, CultureInfo.InvariantCulture, out var milliseconds) && milliseconds <= DateTimeOffset.MaxValue.ToUnixTimeMilliseconds()
        && long.TryParse(repository, NumberStyles.None, CultureInfo.InvariantCulture, out var row) && Digest.TryParse(digest, out var parsed)
            ? new ImageRow(new ImageKey(row, parsed), DateTimeOffset.FromUnixTimeMilliseconds(milliseconds))
            : null;

    private static string? Text(Microsoft.Extensions.Primitives.StringValues values) => values is [{ Length: > 0 } one] ? one : null;
}
