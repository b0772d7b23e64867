using Microsoft.AspNetCore.Http;
using System.Globalization;
using Microsoft.Net.Http.Headers;
using Roadstead.Oci;
using Roadstead.Server.Mirroring;
using Roadstead.Server.Projects;
using Roadstead.Server.Telemetry;

namespace Roadstead.Server.Registry;

/// <summary>Answers GET and HEAD of blobs, whole or in part, held or still coming.</summary>
/// <remarks>OCI distribution specification, "Pulling blobs".</remarks>
internal sealed class BlobHandler(BlobMirror mirror, ServerMetrics metrics, TimeProvider clock)
{
    private const int ChunkSize = 128 * 1024;

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
                SetHeaders(request.Context.Response, digest);
                request.Context.Response.ContentLength = size;
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

    private async Task Write(RegistryRequest request, BlobSource source, Digest digest)
    {
        var context = request.Context;
        var response = context.Response;
        SetHeaders(response, digest);
        var tag = new EntityTagHeaderValue($"\"{digest}\"");
        var headers = context.Request.GetTypedHeaders();
        if (EntityTags.NoneMatch(headers, tag))
        {
            response.StatusCode = StatusCodes.Status304NotModified;
            return;
        }

        // RFC 9110 section 13.1.5: a range of something else than the client has part of is no use to it.
        var ranged = headers.IfRange is not { } condition || condition.EntityTag?.Compare(tag, useStrongComparison: true) == true;
        var (range, status) = ByteRange.Read(ranged ? context.Request.Headers.Range : default, source.Size);
        if (range is not { } part)
        {
            response.Headers.ContentRange = $"bytes */{source.Size.ToString(CultureInfo.InvariantCulture)}";
            await OciErrorResult.Write(context, new OciError(status, OciErrorCode.Unsupported, $"The range cannot be had of a blob of {source.Size} bytes; one range a request.")).ConfigureAwait(false);
            return;
        }

        response.StatusCode = status;
        response.ContentLength = part.Length;
        if (status == StatusCodes.Status206PartialContent)
        {
            response.Headers.ContentRange = string.Create(CultureInfo.InvariantCulture, $"bytes {part.From}-{part.To - 1}/{source.Size}");
        }

        await Send(request, source, part).ConfigureAwait(false);
    }

    private async Task Send(RegistryRequest request, BlobSource source, ByteRange part)
    {
        switch (source)
        {
            case BlobSource.Held(var blob):
                await Copy(request, blob.File, part.From, part.To).ConfigureAwait(false);
                break;
            case BlobSource.Filling(var reader):
                metrics.Waiters.Inc();
                try
                {
                    await Follow(request, reader, part).ConfigureAwait(false);
                }
                finally
                {
                    metrics.Waiters.Dec();
                }

                break;
            default:
                throw new InvalidOperationException("Unknown source.");
        }
    }

    private static async Task Follow(RegistryRequest request, FillReader reader, ByteRange part)
    {
        // Headers go out at once: clients give a mirror seconds for them, and the bytes may take longer.
        await request.Context.Response.StartAsync(request.Context.RequestAborted).ConfigureAwait(false);
        await request.Context.Response.BodyWriter.FlushAsync(request.Context.RequestAborted).ConfigureAwait(false);
        for (var position = part.From; position < part.To;)
        {
            if (await reader.Beyond(position, request.Context.RequestAborted).ConfigureAwait(false) is not { } end)
            {
                // The connection ends short of its Content-Length, which no client takes for the whole.
                request.Cut = "the fill failed";
                request.Context.Abort();
                return;
            }

            end = Math.Min(end, part.To);
            await Copy(request, reader.File, position, end).ConfigureAwait(false);
            position = end;
        }
    }

    private static async Task Copy(RegistryRequest request, Microsoft.Win32.SafeHandles.SafeFileHandle file, long from, long to)
    {
        var writer = request.Context.Response.BodyWriter;
        for (var position = from; position < to;)
        {
            var memory = writer.GetMemory(ChunkSize);
            var read = RandomAccess.Read(file, memory.Span[..(int)Math.Min(Math.Min(memory.Length, ChunkSize), to - position)], position);
            if (read == 0)
            {
                throw new IOException("The blob's file ended before its length.");
            }

            writer.Advance(read);
            position += read;
            request.Bytes += read;
            await writer.FlushAsync(request.Context.RequestAborted).ConfigureAwait(false);
        }
    }

    private static void SetHeaders(HttpResponse response, Digest digest)
    {
        response.Headers["Docker-Content-Digest"] = digest.ToString();
        response.Headers.ETag = $"\"{digest}\"";
        response.Headers.AcceptRanges = "bytes";
        response.Headers.ContentType = MediaTypes.OctetStream;
    }
}
