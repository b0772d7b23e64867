using System.Globalization;
using System.Text.Json;
using Microsoft.AspNetCore.Http;
using Roadstead.Api;

namespace Roadstead.Server.Management;

/// <summary>Error answers of the management API, in the form of Harbor's.</summary>
internal static class ApiErrorResult
{
    private static readonly TimeSpan DefaultRetry = TimeSpan.FromSeconds(5);

    /// <param name="context">The request.</param>
    /// <param name="status">HTTP status; a 503 is told with when to try again.</param>
    /// <param name="message">What happened and what to do.</param>
    /// <param name="retryAfter">When to try again.</param>
    public static Task Write(HttpContext context, int status, string message, TimeSpan? retryAfter = null) => Write(context, status, [message], retryAfter);

    /// <inheritdoc cref="Write(HttpContext, int, string, TimeSpan?)"/>
    /// <param name="context">The request.</param>
    /// <param name="status">HTTP status.</param>
    /// <param name="messages">One for each thing that is wrong.</param>
    /// <param name="retryAfter">When to try again.</param>
    public static Task Write(HttpContext context, int status, IEnumerable<string> messages, TimeSpan? retryAfter = null) => Write(context, status, messages.Select(message => (message, (string?)null)), retryAfter);

    /// <inheritdoc cref="Write(HttpContext, int, string, TimeSpan?)"/>
    /// <param name="context">The request.</param>
    /// <param name="status">HTTP status.</param>
    /// <param name="errors">One for each thing that is wrong, with the key of the body that it is about.</param>
    /// <param name="retryAfter">When to try again.</param>
    public static Task Write(HttpContext context, int status, IEnumerable<(string Message, string? Key)> errors, TimeSpan? retryAfter = null)
    {
        var response = context.Response;
        response.StatusCode = status;
        if ((retryAfter ?? (status == StatusCodes.Status503ServiceUnavailable ? DefaultRetry : null)) is { } wait)
        {
            response.Headers.RetryAfter = Math.Max(1, Math.Ceiling(wait.TotalSeconds)).ToString("0", CultureInfo.InvariantCulture);
        }

        return ApiResult.Write(context, new ApiErrors([.. errors.Select(error => new ApiError(CodeOf(status), error.Message, error.Key))]), ApiJson.Default.ApiErrors);
    }

    private static string CodeOf(int status) => status switch
    {
        StatusCodes.Status400BadRequest => "BAD_REQUEST",
        StatusCodes.Status401Unauthorized => "UNAUTHORIZED",
        StatusCodes.Status403Forbidden => "FORBIDDEN",
        StatusCodes.Status404NotFound => "NOT_FOUND",
        StatusCodes.Status405MethodNotAllowed => "METHOD_NOT_ALLOWED",
        StatusCodes.Status409Conflict => "CONFLICT",
        StatusCodes.Status412PreconditionFailed => "PRECONDITION",
        StatusCodes.Status413PayloadTooLarge => "PAYLOAD_TOO_LARGE",
        StatusCodes.Status429TooManyRequests => "TOO_MANY_REQUESTS",
        StatusCodes.Status503ServiceUnavailable => "UNAVAILABLE",
        StatusCodes.Status507InsufficientStorage => "INSUFFICIENT_STORAGE",
        _ => "UNKNOWN",
    };
}

/// <summary>Answers of the management API.</summary>
internal static class ApiResult
{
    public static async Task Write<T>(HttpContext context, T body, System.Text.Json.Serialization.Metadata.JsonTypeInfo<T> type)
    {
        var bytes = JsonSerializer.SerializeToUtf8Bytes(body, type);
        context.Response.ContentType = "application/json";
        context.Response.ContentLength = bytes.Length;
        if (!HttpMethods.IsHead(context.Request.Method))
        {
            await context.Response.Body.WriteAsync(bytes, context.RequestAborted).ConfigureAwait(false);
        }
    }
}
