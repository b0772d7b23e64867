using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Http.Features;
using Roadstead.Oci;
using Roadstead.Server.Mirroring;
using Roadstead.Server.Projects;
using Roadstead.Server.Transport;

namespace Roadstead.Server.Registry;

/// <summary>The registry API: everything under <c>/v2</c>.</summary>
/// <remarks>Paths are read from the raw request line, for the framework's own routing decodes and normalises what must be refused.</remarks>
internal sealed class RegistryEndpoints(
    ProjectCatalog projects, ManifestsAtOnce atOnce, ManifestHandler manifests, BlobHandler blobs, ListHandler lists, VerifyHandler verify, long maxRequestBody, ServerLifetime lifetime, RequestLog log)
{
    /// <summary>Answers the request if it is the registry API's; else hands it on.</summary>
    public async Task Invoke(HttpContext context, RequestDelegate next)
    {
        var target = context.Features.GetRequiredFeature<IHttpRequestFeature>().RawTarget;
        var lane = context.Features.Get<ReadLane>();
        if (!OciPath.IsRegistryTarget(target))
        {
            await Leave(lane);
            await next(context).ConfigureAwait(false);
            return;
        }

        var request = new RegistryRequest(context);
        var since = log.Now;
        context.Response.Headers["Docker-Distribution-API-Version"] = "registry/2.0";
        try
        {
            if (atOnce.Find(request, target) is { } manifest)
            {
                if (lane?.TryStay() == false)
                {
                    await Leave(lane);
                }

                await AnswerAtOnce(request, manifest).ConfigureAwait(false);
            }
            else
            {
                await Leave(lane);
                request.Set(CacheOutcome.Bypass);
                await Answer(request, target).ConfigureAwait(false);
            }
        }
        catch (OperationCanceledException)
        {
            await Leave(request).ConfigureAwait(false);
        }
        catch (Exception exception) when (exception is IOException or System.Data.Common.DbException)
        {
            await Fail(request, exception, new OciError(503, OciErrorCode.Unavailable, "The mirror's own storage failed; its log says why.")).ConfigureAwait(false);
        }
#pragma warning disable CA1031 // A bug must not look like an answer, nor come as HTML.
        catch (Exception exception)
        {
            await Fail(request, exception, new OciError(500, OciErrorCode.Unknown, "The mirror made a mistake; its log says which.")).ConfigureAwait(false);
        }
#pragma warning restore CA1031
        finally
        {
            log.Write(request, since);
        }
    }

    /// <summary>Whatever may block is not done on the thread that reads requests.</summary>
    private static ThreadHop Leave(ReadLane? lane) => lane?.Leave() ?? default;

    private static Task AnswerAtOnce(RegistryRequest request, HeldManifest manifest)
    {
        SetNamespace(request);
        request.Set(CacheOutcome.Hit);
        return ManifestHandler.Write(request, manifest);
    }

    private static void SetNamespace(RegistryRequest request)
    {
        if (request.Route!.Namespace is { } ns)
        {
            request.Context.Response.Headers["OCI-Namespace"] = ns.ToString();
        }
    }

    private async Task Answer(RegistryRequest request, string target)
    {
        var context = request.Context;
        var (path, pathError) = OciPath.Parse(target);
        if (pathError is not null)
        {
            await OciErrorResult.Write(context, pathError).ConfigureAwait(false);
            return;
        }

        request.Path = path;
        if (HasTwoLengths(context.Request.Headers))
        {
            context.Response.Headers.Connection = "close";
            await OciErrorResult.Write(context, new OciError(400, OciErrorCode.Unsupported, "The request gives its length in two ways.")).ConfigureAwait(false);
            return;
        }

        if (context.Request.ContentLength > maxRequestBody)
        {
            context.Response.Headers.Connection = "close";
            await OciErrorResult.Write(context, new OciError(413, OciErrorCode.Unsupported, $"The request's body is longer than {maxRequestBody} bytes (limits.requestBodySize).")).ConfigureAwait(false);
            return;
        }

        if (!HttpMethods.IsGet(context.Request.Method) && !request.IsHead)
        {
            context.Response.Headers.Allow = "GET, HEAD";
            await OciErrorResult.Write(context, new OciError(405, OciErrorCode.Unsupported, "This registry is a mirror: nothing can be pushed to it or deleted.")).ConfigureAwait(false);
            return;
        }

        switch (path!.Kind)
        {
            case OciPathKind.Ping:
                await AnswerPing(request, path).ConfigureAwait(false);
                break;
            case OciPathKind.Catalog:
                await AnswerCatalog(request, path).ConfigureAwait(false);
                break;
            case OciPathKind.Upload:
                await OciErrorResult.Write(context, new OciError(404, OciErrorCode.Unsupported, "This registry is a mirror: nothing is uploaded to it.")).ConfigureAwait(false);
                break;
            default:
                await AnswerRepository(request, path).ConfigureAwait(false);
                break;
        }
    }

    // RFC 9112 section 6.3: whoever sends both wants two servers to read two requests. Kestrel, which minds Transfer-Encoding alone, renames the other.
    private static bool HasTwoLengths(IHeaderDictionary headers) => headers.TransferEncoding.Count > 0 && headers.ContainsKey("X-Content-Length");

    private async Task AnswerRepository(RegistryRequest request, OciPath path)
    {
        var (route, error) = ProjectRouter.Find(projects.Snapshot, path, request.Arrival);
        if (error is not null)
        {
            await OciErrorResult.Write(request.Context, error).ConfigureAwait(false);
            return;
        }

        request.Route = route!;
        SetNamespace(request);
        if (route!.IsVerify)
        {
            await verify.Answer(request, path).ConfigureAwait(false);
            return;
        }

        if (route.Project.Endpoint is null)
        {
            var code = path.Kind switch
            {
                OciPathKind.Manifest => OciErrorCode.ManifestUnknown,
                OciPathKind.Blob => OciErrorCode.BlobUnknown,
                _ => OciErrorCode.NameUnknown,
            };
            await OciErrorResult.Write(request.Context, new OciError(404, code, $"The project {route.Project.Name} holds no {route.Repository}.")).ConfigureAwait(false);
            return;
        }

        await (path.Kind switch
        {
            OciPathKind.Manifest => manifests.Answer(request, route, path.Reference!.Value),
            OciPathKind.Blob => blobs.Answer(request, route, path.Reference!.Value.Digest!.Value),
            OciPathKind.Tags => lists.AnswerTags(request, route, path),
            OciPathKind.Referrers => lists.AnswerReferrers(request, route, path),
            _ => throw new InvalidOperationException($"{path.Kind} is not a repository's."),
        }).ConfigureAwait(false);
    }

    private async Task AnswerCatalog(RegistryRequest request, OciPath path)
    {
        var snapshot = projects.Snapshot;
        var (project, error) = ProjectRouter.OfWholePath(snapshot, path, request.Arrival);
        if (error is null && path.Namespace is { } ns && project?.Endpoint?.Registry != ns)
        {
            project = snapshot.Of(ns);
            error = project is null ? new OciError(404, OciErrorCode.NameUnknown, $"The registry {ns} is not mirrored here.") : null;
        }

        await (error is null ? lists.AnswerCatalog(request, path, project, snapshot) : OciErrorResult.Write(request.Context, error)).ConfigureAwait(false);
    }

    private async Task AnswerPing(RegistryRequest request, OciPath path)
    {
        if (ProjectRouter.OfWholePath(projects.Snapshot, path, request.Arrival) is { Error: { } error })
        {
            await OciErrorResult.Write(request.Context, error).ConfigureAwait(false);
            return;
        }

        request.Context.Response.ContentType = "application/json";
        request.Context.Response.ContentLength = 2;
        if (!request.IsHead)
        {
            await request.Context.Response.Body.WriteAsync("{}"u8.ToArray(), request.Context.RequestAborted).ConfigureAwait(false);
        }
    }

    /// <summary>Someone went before the end: the client, or this server.</summary>
    private async Task Leave(RegistryRequest request)
    {
        var stops = lifetime.IsDraining;
        request.Cut = stops ? "the server stops" : "the client left";
        if (request.Context.Response.HasStarted)
        {
            request.Context.Abort();
        }
        else if (stops)
        {
            await OciErrorResult.Write(request.Context, new OciError(503, OciErrorCode.Unavailable, "The mirror is stopping.")).ConfigureAwait(false);
        }
    }

    /// <summary>A fault of this server: its disk, its database, or a bug.</summary>
    private async Task Fail(RegistryRequest request, Exception exception, OciError error)
    {
        log.Fault(request, exception);
        if (request.Context.Response.HasStarted)
        {
            // An error text behind half a blob would become part of it.
            request.Cut = "a fault of the server";
            request.Context.Abort();
            return;
        }

        request.Context.Response.Clear();
        request.Set(CacheOutcome.Bypass);
        await OciErrorResult.Write(request.Context, error).ConfigureAwait(false);
    }
}
