using System.Text.Json;
using System.Text.Json.Serialization.Metadata;
using Microsoft.AspNetCore.Http;

namespace Roadstead.Server.Management;

/// <summary>Reads the JSON body of a request, up to a size.</summary>
internal static class BoundedJson
{
    /// <returns>The value; null where it is none, and the request is answered.</returns>
    public static async Task<T?> Read<T>(HttpContext context, int maxLength, JsonTypeInfo<T> type) where T : class
    {
        var tooLong = $"The body is longer than {maxLength} bytes.";
        try
        {
            var buffer = new byte[Math.Min(context.Request.ContentLength ?? maxLength, maxLength) + 1];
            var length = context.Request.ContentLength > maxLength ? maxLength + 1
                : await context.Request.Body.ReadAtLeastAsync(buffer, buffer.Length, throwOnEndOfStream: false, context.RequestAborted).ConfigureAwait(false);
            if (length > maxLength)
            {
                // What is left of it is not read.
                context.Response.Headers.Connection = "close";
                await ApiErrorResult.Write(context, StatusCodes.Status413PayloadTooLarge, tooLong).ConfigureAwait(false);
                return null;
            }

            if (JsonSerializer.Deserialize(buffer.AsSpan(0, length), type) is { } value)
            {
                return value;
            }

            await ApiErrorResult.Write(context, StatusCodes.Status400BadRequest, "The body is null.").ConfigureAwait(false);
        }
        catch (JsonException exception)
        {
            await ApiErrorResult.Write(context, StatusCodes.Status400BadRequest, $"The body is not the JSON that this takes: {Place(exception)}").ConfigureAwait(false);
        }
        catch (BadHttpRequestException exception)
        {
            context.Response.Headers.Connection = "close";
            await ApiErrorResult.Write(context, exception.StatusCode, exception.StatusCode == StatusCodes.Status413PayloadTooLarge ? tooLong : exception.Message).ConfigureAwait(false);
        }

        return null;
    }

    // The exception's own text names types of this program; that a key is given twice stands nowhere else.
    private static string Place(JsonException exception) =>
        $"{(exception.Message.StartsWith("Duplicate propert", StringComparison.Ordinal) ? "a key is given twice, " : "")}at {(string.IsNullOrEmpty(exception.Path) ? "$" : exception.Path)}, line {(exception.LineNumber ?? 0) + 1}, byte {exception.BytePositionInLine ?? 0}.";
}
