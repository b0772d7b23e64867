using System.Text;
using Microsoft.AspNetCore.Http;

namespace Roadstead.Server.Management;

/// <summary>Answers in plain text, written without the framework's results and its binding of parameters, which an idle server would keep megabytes of compiled expressions for.</summary>
internal static class TextAnswer
{
    public static async Task Write(HttpContext context, string text, int status = StatusCodes.Status200OK, string type = "text/plain; charset=utf-8")
    {
        var bytes = Encoding.UTF8.GetBytes(text);
        context.Response.StatusCode = status;
        context.Response.ContentType = type;
        context.Response.ContentLength = bytes.Length;
        await context.Response.Body.WriteAsync(bytes, context.RequestAborted).ConfigureAwait(false);
    }
}
