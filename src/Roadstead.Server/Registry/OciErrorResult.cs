using Microsoft.AspNetCore.Http;
using System.Globalization;
using System.Text.Json;
using System.Text.Json.Serialization;
using Roadstead.Oci;
using Roadstead.Oci.Client;

namespace Roadstead.Server.Registry;

/// <summary>Error answers of the registry API.</summary>
/// <remarks>OCI distribution specification, "Error Codes".</remarks>
internal static class OciErrorResult
{
    // What a client that finds the mirror without upstream is told to wait before it asks again.
    private static readonly TimeSpan DefaultRetry = TimeSpan.FromSeconds(5);

    public static async Task Write(HttpContext context, OciError error, TimeSpan? retryAfter = null)
    {
        var response = context.Response;
        response.StatusCode = error.Status;
        response.ContentType = "application/json";
        if (error.Status == StatusCodes.Status503ServiceUnavailable)
        {
            var seconds = Math.Max(1, Math.Ceiling((retryAfter ?? DefaultRetry).TotalSeconds));
            response.Headers.RetryAfter = seconds.ToString("0", CultureInfo.InvariantCulture);
        }

        var body = JsonSerializer.SerializeToUtf8Bytes(new ErrorBody([new ErrorEntry(error.Code, error.Message)]), ErrorJson.Default.ErrorBody);
        response.ContentLength = body.Length;
        if (!HttpMethods.IsHead(context.Request.Method))
        {
            await response.Body.WriteAsync(body, context.RequestAborted).ConfigureAwait(false);
        }
    }

    /// <summary>
    /// The answer to what upstream said or failed to say. Faults are 5xx and never 429: every runtime turns to its next source on these at once, and waits
    /// minutes on that.
    /// </summary>
    /// <param name="why">Any outcome but Found.</param>
    /// <param name="unknownCode">The code where upstream has no such thing.</param>
    /// <param name="what">What was asked for.</param>
    /// <param name="now">To turn a moment into a wait.</param>
    public static (OciError Error, TimeSpan? RetryAfter) From<T>(UpstreamOutcome<T> why, string unknownCode, string what, DateTimeOffset now) => why switch
    {
        UpstreamOutcome<T>.NotFound => (new OciError(404, unknownCode, $"{what} is unknown."), null),
        UpstreamOutcome<T>.Denied denied => (new OciError(403, OciErrorCode.Denied, $"{what}: {denied.Message}."), null),
        UpstreamOutcome<T>.Throttled throttled => (new OciError(503, OciErrorCode.TooManyRequests, $"{what}: {throttled.Message}."), throttled.Until - now),
        UpstreamOutcome<T>.Unavailable { Fault: var fault } => (new OciError(StatusOf(fault.Kind), OciErrorCode.Unavailable, $"{what}: {fault.Message}."), null),
        _ => throw new InvalidOperationException("What was found is no error."),
    };

    private static int StatusOf(UpstreamFaultKind kind) => kind switch
    {
        UpstreamFaultKind.Nonsense => StatusCodes.Status502BadGateway,
        UpstreamFaultKind.TimedOut => StatusCodes.Status504GatewayTimeout,
        _ => StatusCodes.Status503ServiceUnavailable,
    };
}

internal sealed record ErrorBody(IReadOnlyList<ErrorEntry> Errors);

internal sealed record ErrorEntry(string Code, string Message);

[JsonSourceGenerationOptions(PropertyNamingPolicy = JsonKnownNamingPolicy.CamelCase)]
[JsonSerializable(typeof(ErrorBody))]
internal sealed partial class ErrorJson : JsonSerializerContext;
