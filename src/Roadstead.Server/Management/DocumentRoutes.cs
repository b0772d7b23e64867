using System.Text;
using System.Text.Json.Nodes;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Routing;

namespace Roadstead.Server.Management;

/// <summary><c>/api/v2.0/openapi.json</c>, and <c>/api/v2.0/docs</c> to read it.</summary>
internal static class DocumentRoutes
{
    /// <summary>Maps both; to be called after all other routes.</summary>
    /// <exception cref="InvalidOperationException">A route of the API does not say what it does or who may use it.</exception>
    public static void MapApiDocument(this IEndpointRouteBuilder routes)
    {
        IReadOnlyList<ApiOperation> operations = [];

        // Made when it is first asked for: most servers never are, and would keep what making it takes.
        var document = new Lazy<JsonObject>(() => ApiDocument.Build(operations));
        var json = new Lazy<byte[]>(() => Encoding.UTF8.GetBytes(document.Value.ToJsonString()));
        var page = new Lazy<byte[]>(() => Encoding.UTF8.GetBytes(ApiPage.Of(operations, document.Value)));
        routes.MapGet("/api/v2.0/openapi.json", context => Write(context, "application/json", json.Value)).Open().Told("This document.");
        routes.MapGet("/api/v2.0/docs", context =>
        {
            context.Response.Headers.ContentSecurityPolicy = ApiPage.ContentSecurityPolicy;
            context.Response.Headers.XContentTypeOptions = "nosniff";
            return Write(context, "text/html; charset=utf-8", page.Value);
        }).Open().Told("This document as a page.");
        operations = ApiDocument.Operations(routes);
    }

    private static async Task Write(HttpContext context, string type, byte[] body)
    {
        context.Response.ContentType = type;
        context.Response.ContentLength = body.Length;
        await context.Response.Body.WriteAsync(body, context.RequestAborted).ConfigureAwait(false);
    }
}
