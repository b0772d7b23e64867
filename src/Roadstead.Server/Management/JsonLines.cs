using System.Text.Json;
using System.Text.Json.Serialization.Metadata;
using Microsoft.AspNetCore.Http;

namespace Roadstead.Server.Management;

/// <summary>Answers that tell how far something has come: a line of JSON at a time, each sent at once.</summary>
internal static class JsonLines
{
    public const string MediaType = "application/x-ndjson";

    private static readonly byte[] LineEnd = "\n"u8.ToArray();

    public static void Begin(HttpContext context) => context.Response.ContentType = MediaType;

    public static async Task Write<T>(HttpContext context, T line, JsonTypeInfo<T> type)
    {
        var body = context.Response.Body;
        await body.WriteAsync(JsonSerializer.SerializeToUtf8Bytes(line, type), context.RequestAborted).ConfigureAwait(false);
        await body.WriteAsync(LineEnd, context.RequestAborted).ConfigureAwait(false);
        await body.FlushAsync(context.RequestAborted).ConfigureAwait(false);
    }
}
