using System.Text;
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
        byte[] json = [], page = [];
        routes.MapGet("/api/v2.0/openapi.json", context => Write(context, "application/json", json)).Open().Told("This document.");
        routes.MapGet("/api/v2.0/docs", context =>
        {
            context.Response.Headers.ContentSecurityPolicy = ApiPage.ContentSecurityPolicy;
            context.Response.Headers.XContentTypeOptions = "nosniff";
            return Write(context, "text/html; charset=utf-8", page);
        }).Open().Told("This document as a page.");
        var operations = ApiDocument.Operations(routes);
        var document = ApiDocument.Build(operations);
        json = Encoding.UTF8.GetBytes(document.ToJsonString());
        page = Encoding.UTF8.GetBytes(ApiPage.Of(operations, document));
    }

    private static async Task Write(HttpContext context, string type, byte[] body)
    {
        context.Response.ContentType = type;
        context.Response.ContentLength = body.Length;
        await context.Response.Body.WriteAsync(body, context.RequestAborted).ConfigureAwait(false);
    }
}
