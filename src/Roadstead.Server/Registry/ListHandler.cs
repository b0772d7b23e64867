using System.Text.Json;
using System.Text.Json.Serialization;
using System.Text.Json.Serialization.Metadata;
using Roadstead.Oci;
using Roadstead.Oci.Client;
using Roadstead.Server.Mirroring;
using Roadstead.Server.Projects;

namespace Roadstead.Server.Registry;

/// <summary>Answers requests for lists: tags, referrers, and what repositories are held.</summary>
/// <remarks>OCI distribution specification, "Content Discovery"; <c>_catalog</c> as the distribution project has it.</remarks>
internal sealed class ListHandler(TagLists tags, ReferrerLists referrers, RepositoryLists repositories, TimeProvider clock)
{
    public async Task AnswerTags(RegistryRequest request, Route route, OciPath path)
    {
        switch (await tags.List(route, path.Page!, request.Context.RequestAborted).ConfigureAwait(false))
        {
            case MirrorAnswer<ListedPage>.Served(var page, var outcome, var staleReason):
                request.Set(outcome, staleReason);
                await WriteTags(request, path, (page.Entries, page.Next)).ConfigureAwait(false);
                break;
            case MirrorAnswer<ListedPage>.NotServed(var why):
                await Refuse(request, why, $"the tags of {route.Project.Endpoint!.Registry}/{route.Repository}").ConfigureAwait(false);
                break;
            default:
                throw new InvalidOperationException("Unknown answer.");
        }
    }

    public async Task AnswerReferrers(RegistryRequest request, Route route, OciPath path)
    {
        var subject = path.Reference!.Value.Digest!.Value;
        switch (await referrers.List(route, subject, request.Context.RequestAborted).ConfigureAwait(false))
        {
            case MirrorAnswer<ReferrerList>.Served(var list, var outcome, var staleReason):
                request.Set(outcome, staleReason);
                await WriteReferrers(request, path, list).ConfigureAwait(false);
                break;
            case MirrorAnswer<ReferrerList>.NotServed(var why):
                await Refuse(request, why, $"what refers to {route.Project.Endpoint!.Registry}/{route.Repository} {subject}").ConfigureAwait(false);
                break;
            default:
                throw new InvalidOperationException("Unknown answer.");
        }
    }

    /// <param name="request">The request.</param>
    /// <param name="path">Its path.</param>
    /// <param name="project">The one project that the request is about; null for all of them.</param>
    /// <param name="snapshot">All of them.</param>
    public Task AnswerCatalog(RegistryRequest request, OciPath path, Project? project, ProjectSnapshot snapshot)
    {
        request.Set(CacheOutcome.Hit);
        var page = project is null ? repositories.OfAll(snapshot, path.Page!) : repositories.OfProject(project, path.Page!);
        return WritePage(request, path, page.Next, new CatalogBody(page.Entries), ListJson.Default.CatalogBody);
    }

    public static Task WriteTags(RegistryRequest request, OciPath path, (IReadOnlyList<string> Entries, ListPage? Next) page) =>
        WritePage(request, path, page.Next, new TagListBody(path.Name, page.Entries), ListJson.Default.TagListBody);

    public static Task WriteReferrers(RegistryRequest request, OciPath path, ReferrerList list)
    {
        if (path.ArtifactType is not null)
        {
            request.Context.Response.Headers["OCI-Filters-Applied"] = "artifactType";
        }

        return Write(request, MediaTypes.OciIndex, list.ToIndex(path.ArtifactType));
    }

    private static Task WritePage<T>(RegistryRequest request, OciPath path, ListPage? next, T body, JsonTypeInfo<T> type)
    {
        if (next is not null)
        {
            // Relative, so that it holds under whatever name the client called this server.
            var ns = path.Namespace is { } registry ? $"&ns={registry}" : "";
            request.Context.Response.Headers.Link = $"<{path.Path}?{next.ToQuery()}{ns}>; rel=\"next\"";
        }

        return Write(request, "application/json", JsonSerializer.SerializeToUtf8Bytes(body, type));
    }

    private static async Task Write(RegistryRequest request, string mediaType, byte[] body)
    {
        request.Context.Response.ContentType = mediaType;
        request.Context.Response.ContentLength = body.Length;
        if (!request.IsHead)
        {
            await request.Context.Response.Body.WriteAsync(body, request.Context.RequestAborted).ConfigureAwait(false);
            request.Bytes = body.Length;
        }
    }

    private Task Refuse<T>(RegistryRequest request, UpstreamOutcome<T> why, string what)
    {
        request.Set(CacheOutcome.Miss);
        var (error, retryAfter) = OciErrorResult.From(why, OciErrorCode.NameUnknown, what, clock.GetUtcNow());
        return OciErrorResult.Write(request.Context, error, retryAfter);
    }
}

internal sealed record TagListBody(string Name, IReadOnlyList<string> Tags);

internal sealed record CatalogBody(IReadOnlyList<string> Repositories);

[JsonSourceGenerationOptions(PropertyNamingPolicy = JsonKnownNamingPolicy.CamelCase)]
[JsonSerializable(typeof(TagListBody))]
[JsonSerializable(typeof(CatalogBody))]
internal sealed partial class ListJson : JsonSerializerContext;
