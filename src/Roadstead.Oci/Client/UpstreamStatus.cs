using System.Net;

namespace Roadstead.Oci.Client;

/// <summary>Reads what a status says of what was asked for.</summary>
internal static class UpstreamStatus
{
    // How long an upstream that throttles without saying for how long is taken to mean it.
    private static readonly TimeSpan DefaultRest = TimeSpan.FromSeconds(10);

    // Longer rests than Docker Hub's window are a mistake of whoever asks for them.
    private static readonly TimeSpan LongestRest = TimeSpan.FromHours(6);

    /// <summary>The outcome that the status stands for; null for a success.</summary>
    public static UpstreamOutcome<T>? Classify<T>(HttpResponseMessage response, string whom, TimeProvider clock) => response.StatusCode switch
    {
        HttpStatusCode.OK or HttpStatusCode.PartialContent => null,
        HttpStatusCode.NotFound or HttpStatusCode.Gone => new UpstreamOutcome<T>.NotFound(),
        HttpStatusCode.Unauthorized or HttpStatusCode.Forbidden => new UpstreamOutcome<T>.Denied($"{whom} refuses access ({(int)response.StatusCode})"),
        HttpStatusCode.TooManyRequests => new UpstreamOutcome<T>.Throttled(Until(response, clock), $"{whom} throttles (429)"),
        >= HttpStatusCode.InternalServerError and < (HttpStatusCode)600 => Unavailable<T>(UpstreamFaultKind.ServerError, whom, response.StatusCode),
        _ => Unavailable<T>(UpstreamFaultKind.Nonsense, whom, response.StatusCode),
    };

    private static UpstreamOutcome<T> Unavailable<T>(UpstreamFaultKind kind, string whom, HttpStatusCode status) =>
        new UpstreamOutcome<T>.Unavailable(new UpstreamFault(kind, $"{whom} answered {(int)status}", (int)status));

    private static DateTimeOffset Until(HttpResponseMessage response, TimeProvider clock)
    {
        var now = clock.GetUtcNow();
        var rest = response.Headers.RetryAfter switch
        {
            { Delta: { } delta } => delta,
            { Date: { } date } when date > now => date - now,

            // RFC 9110 section 10.2.3 sets no bound on the number; the framework reads none that is larger than an int.
            null when response.Headers.NonValidated.TryGetValues("Retry-After", out var values) && values.ToString() is { Length: > 0 } text && text.All(char.IsAsciiDigit) => LongestRest,
            _ => DefaultRest,
        };
        return now + (rest < LongestRest ? rest : LongestRest);
    }
}
