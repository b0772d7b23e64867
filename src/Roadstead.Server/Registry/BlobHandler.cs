using Microsoft.AspNetCore.Http;
using System.Globalization;
using Roadstead.Oci;
using Roadstead.Server.Mirroring;
using Roadstead.Server.Projects;
using Roadstead.Server.Telemetry;

namespace Roadstead.Server.Registry;

/// <summary>Answers GET and HEAD of blobs, whole or in part, held or still coming.</summary>
/// <remarks>OCI distribution specification, "Pulling blobs".</remarks>
internal sealed class BlobHandler(BlobMirror mirror, StorageFaults storage, ServerMetrics metrics, TimeProvider clock)
{
    public async Task Answer(RegistryRequest request, Route route, Digest digest)
    {
        if (request.IsHead)
        {
            await AnswerHead(request, route, digest).ConfigureAwait(false);
            return;
        }

        switch (await mirror.Open(route, digest, request.Context.RequestAborted).ConfigureAwait(false))
        {
            case MirrorAnswer<BlobSource>.Served(var source, var outcome, _):
                using (source)
                {
                    request.Set(outcome);
                    await Write(request, source, digest).ConfigureAwait(false);
                }

                break;
            case MirrorAnswer<BlobSource>.NotServed(var why):
                await Refuse(request, why, route, digest).ConfigureAwait(false);
                break;
            default:
                throw new InvalidOperationException("Unknown answer.");
        }
    }

    private async Task AnswerHead(RegistryRequest request, Route route, Digest digest)
    {
        switch (await mirror.Stat(route, digest, request.Context.RequestAborted).ConfigureAwait(false))
        {
            case MirrorAnswer<long>.Served(var size, var outcome, _):
                request.Set(outcome);
                WriteHead(request, size, digest);
                break;
            case MirrorAnswer<long>.NotServed(var why):
                await Refuse(request, why, route, digest).ConfigureAwait(false);
                break;
            default:
                throw new InvalidOperationException("Unknown answer.");
        }
    }

    private Task Refuse<T>(RegistryRequest request, Oci.Client.UpstreamOutcome<T> why, Route route, Digest digest)
    {
        request.Set(CacheOutcome.Miss);
        var (error, retryAfter) = OciErrorResult.From(why, OciErrorCode.BlobUnknown, $"{route.Project.Endpoint!.Registry}/{route.Repository} {digest}", clock.GetUtcNow());
        return OciErrorResult.Write(request.Context, error, retryAfter);
    }

    private static void WriteHead(RegistryRequest request, long size, Digest digest)
    {
        SetHeaders(request.Context.Response, digest);
        if (EntityTags.NoneMatch(request.Context.Request, digest))
        {
            request.Context.Response.StatusCode = StatusCodes.Status304NotModified;
            return;
        }

        request.Context.Response.ContentLength = size;
    }

    /// <summary>Answers a GET or HEAD with a blob that is there.</summary>
    public async Task Write(RegistryRequest request, BlobSource source, Digest digest)
    {
        if (request.IsHead)
        {
            WriteHead(request, source.Size, digest);
            return;
        }

        var response = request.Context.Response;
        SetHeaders(response, digest);
        if (EntityTags.NoneMatch(request.Context.Request, digest))
        {
            response.StatusCode = StatusCodes.Status304NotModified;
            return;
        }

        var range = EntityTags.RangeApplies(request.Context.Request, digest) ? request.Context.Request.Headers.Range : default;
        var body = new BlobBody(request, source, storage, metrics);
        switch (RangeHeader.Read(range, source.Size))
        {
            case WantedRange.Whole:
                response.ContentLength = source.Size;
                await body.Send(new ByteRange(0, source.Size)).ConfigureAwait(false);
                break;
            case WantedRange.Part(var part):
                response.StatusCode = StatusCodes.Status206PartialContent;
                response.ContentLength = part.Length;
                response.Headers.ContentRange = part.ContentRange(source.Size);
                await body.Send(part).ConfigureAwait(false);
                break;
            case WantedRange.Parts(var parts):
                var frames = new MultipartRanges(parts, source.Size);
                response.StatusCode = StatusCodes.Status206PartialContent;
                response.ContentLength = frames.Length;
                response.Headers.ContentType = frames.ContentType;
                await body.Send(frames).ConfigureAwait(false);
                break;
            default:
                response.Headers.ContentRange = $"bytes */{source.Size.ToString(CultureInfo.InvariantCulture)}";
                await OciErrorResult.Write(
                    request.Context, new OciError(StatusCodes.Status416RangeNotSatisfiable, OciErrorCode.Unsupported, $"The range is not within the blob's {source.Size} bytes.")).ConfigureAwait(false);
                break;
        }
    }

    private static void SetHeaders(HttpResponse response, Digest digest)
    {
        response.Headers["Docker-Content-Digest"] = digest.ToString();
        response.Headers.ETag = EntityTags.Of(digest);
        response.Headers.AcceptRanges = "bytes";
        response.Headers.ContentType = MediaTypes.OctetStream;
    }
}
