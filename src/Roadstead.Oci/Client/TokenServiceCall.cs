using System.Net;
using System.Text.Json;

namespace Roadstead.Oci.Client;

/// <summary>What a cloud's token service answered, other than by failing.</summary>
/// <param name="Status">Its status.</param>
/// <param name="Body">The JSON object that it sent; null: it sent none.</param>
/// <param name="Date">Its clock; null: it did not tell.</param>
public sealed record TokenServiceAnswer(HttpStatusCode Status, JsonElement? Body, DateTimeOffset? Date)
{
    /// <summary>A member's text; null where there is none.</summary>
    public string? Text(string name) =>
        Body is { } body && body.TryGetProperty(name, out var value) && value.ValueKind == JsonValueKind.String && value.GetString() is { Length: > 0 } text ? text : null;

    /// <summary>A member that is a word of the service's for an error, as <c>invalid_client</c>; what is no word is not repeated.</summary>
    public string? Word(string name) =>
        Text(name) is { Length: <= 80 } text && text.All(letter => char.IsAsciiLetterOrDigit(letter) || letter is '_' or '.' or '#' or '-') ? text : null;

    /// <summary>A member's whole number of seconds.</summary>
    public TimeSpan? Seconds(string name) =>
        Body is { } body && body.TryGetProperty(name, out var value) && value.ValueKind == JsonValueKind.Number && value.TryGetInt32(out var seconds) && seconds > 0 ? TimeSpan.FromSeconds(seconds) : null;

    /// <summary>A record would print its members, and a log line the token.</summary>
    public override string ToString() => $"answer {(int)Status}";
}

/// <summary>Asks a cloud's token service; that it cannot be reached, throttles or fails is an outcome.</summary>
public static class TokenServiceCall
{
    private const int MaxBody = 64 * 1024;

    /// <param name="http">Sends it.</param>
    /// <param name="request">What is asked; disposed with the call.</param>
    /// <param name="whom">The service, for messages.</param>
    /// <param name="clock">For how long it asks not to be asked.</param>
    /// <param name="cancellation">Ends when the time for an answer is over.</param>
    public static async Task<UpstreamOutcome<TokenServiceAnswer>> Send(HttpMessageInvoker http, HttpRequestMessage request, string whom, TimeProvider clock, CancellationToken cancellation)
    {
        ArgumentNullException.ThrowIfNull(http);
        ArgumentNullException.ThrowIfNull(request);
        using var sent = request;
        try
        {
            using var response = await http.SendAsync(request, cancellation).ConfigureAwait(false);
            if (response.StatusCode is HttpStatusCode.TooManyRequests or >= HttpStatusCode.InternalServerError)
            {
                return UpstreamStatus.Classify<TokenServiceAnswer>(response, whom, clock) is UpstreamOutcome<TokenServiceAnswer>.Throttled { Message: var throttled }
                    ? Failed(new UpstreamFault(UpstreamFaultKind.ServerError, throttled))
                    : Failed(new UpstreamFault(UpstreamFaultKind.ServerError, $"{whom} answered {(int)response.StatusCode}", (int)response.StatusCode));
            }

            var body = await BoundedBody.Read(response.Content, MaxBody, cancellation).ConfigureAwait(false);
            return new UpstreamOutcome<TokenServiceAnswer>.Found(new TokenServiceAnswer(response.StatusCode, body is null ? null : Read(body), response.Headers.Date));
        }
        catch (Exception exception) when (UpstreamFaults.Describe(exception, whom, cancellation) is { } fault)
        {
            return Failed(fault);
        }
    }

    /// <summary>What the service sent is not what such a service sends.</summary>
    public static UpstreamOutcome<RegistryCredential> Nonsense(string message) =>
        new UpstreamOutcome<RegistryCredential>.Unavailable(new UpstreamFault(UpstreamFaultKind.Nonsense, message, RegistryAnswers: true));

    // What a token service does says nothing of the registry.
    private static UpstreamOutcome<TokenServiceAnswer> Failed(UpstreamFault fault) => new UpstreamOutcome<TokenServiceAnswer>.Unavailable(fault with { RegistryAnswers = true });

    private static JsonElement? Read(byte[] body)
    {
        try
        {
            using var document = JsonDocument.Parse(body);
            return document.RootElement.ValueKind == JsonValueKind.Object ? document.RootElement.Clone() : null;
        }
        catch (Exception exception) when (JsonFaults.IsUnreadable(exception))
        {
            return null;
        }
    }
}
