using System.Globalization;
using Microsoft.AspNetCore.Http;
using Microsoft.Net.Http.Headers;
using Roadstead.Oci;
using Roadstead.Server.Blobs;

namespace Roadstead.Server.Management;

/// <summary>Bodies of manifests and blobs, in and out.</summary>
internal static class ContentBodies
{
    private const int ChunkSize = 128 * 1024;

    /// <returns>The body; null where it is longer than it may be or does not come, and the request is answered.</returns>
    public static async Task<byte[]?> Receive(HttpContext context, int maxLength)
    {
        try
        {
            var buffer = new byte[Math.Min(context.Request.ContentLength ?? maxLength, maxLength) + 1];
            var length = context.Request.ContentLength > maxLength ? buffer.Length : await context.Request.Body.ReadAtLeastAsync(buffer, buffer.Length, throwOnEndOfStream: false, context.RequestAborted).ConfigureAwait(false);
            if (length < buffer.Length)
            {
                return buffer[..length];
            }
        }
        catch (BadHttpRequestException exception) when (exception.StatusCode != StatusCodes.Status413PayloadTooLarge)
        {
            context.Response.Headers.Connection = "close";
            await ApiErrorResult.Write(context, exception.StatusCode, exception.Message).ConfigureAwait(false);
            return null;
        }
        catch (BadHttpRequestException)
        {
            // Told below.
        }

        // What is left of it is not read.
        context.Response.Headers.Connection = "close";
        await ApiErrorResult.Write(context, StatusCodes.Status413PayloadTooLarge, $"The body is longer than {maxLength} bytes.").ConfigureAwait(false);
        return null;
    }

    /// <summary>Sends a blob, or its end from the byte on that Range names.</summary>
    /// <returns>False if the disk does not read it.</returns>
    public static async Task<bool> Send(HttpContext context, StoredBlob blob, Digest digest)
    {
        var response = context.Response;
        var from = From(context.Request, blob.Size);
        if (from is null)
        {
            response.Headers.ContentRange = new ContentRangeHeaderValue(blob.Size).ToString();
            await ApiErrorResult.Write(context, StatusCodes.Status416RangeNotSatisfiable, string.Create(CultureInfo.InvariantCulture, $"The range is not within the blob's {blob.Size} bytes.")).ConfigureAwait(false);
            return true;
        }

        if (from > 0)
        {
            response.StatusCode = StatusCodes.Status206PartialContent;
            response.Headers.ContentRange = new ContentRangeHeaderValue(from.Value, blob.Size - 1, blob.Size).ToString();
        }

        response.Headers.AcceptRanges = "bytes";
        response.Headers["Docker-Content-Digest"] = digest.ToString();
        response.ContentType = MediaTypes.OctetStream;
        response.ContentLength = blob.Size - from;
        return await Copy(context, blob, from.Value).ConfigureAwait(false);
    }

    private static async Task<bool> Copy(HttpContext context, StoredBlob blob, long from)
    {
        var writer = context.Response.BodyWriter;
        for (var position = from; position < blob.Size;)
        {
            var count = Read(blob, writer.GetMemory(ChunkSize).Span, position);
            if (count == 0)
            {
                if (context.Response.HasStarted)
                {
                    // Short of its length, which nobody takes for the whole.
                    context.Abort();
                }
                else
                {
                    context.Response.Headers.ContentRange = default;
                    await ApiErrorResult.Write(context, StatusCodes.Status500InternalServerError, "The server's disk does not read this blob.").ConfigureAwait(false);
                }

                return false;
            }

            writer.Advance(count);
            position += count;
            if ((await writer.FlushAsync(context.RequestAborted).ConfigureAwait(false)).IsCompleted)
            {
                return true;
            }
        }

        return true;
    }

    private static int Read(StoredBlob blob, Span<byte> buffer, long position)
    {
        try
        {
            return RandomAccess.Read(blob.File, buffer[..(int)Math.Min(Math.Min(buffer.Length, ChunkSize), blob.Size - position)], position);
        }
        catch (IOException)
        {
            return 0;
        }
    }

    /// <returns>The first byte that is wanted; null if the blob has no such byte. What is no range from a byte on is not minded: RFC 9110 section 14.2.</returns>
    private static long? From(HttpRequest request, long size) =>
        request.GetTypedHeaders().Range is { Unit: { } unit, Ranges: { Count: 1 } ranges } && unit.Equals("bytes", StringComparison.OrdinalIgnoreCase) && ranges.First() is { From: { } from, To: null }
            ? from < size ? from : null
            : 0;
}
