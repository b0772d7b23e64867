using System.Net;
using System.Security.Authentication;
using System.Text.Json;

namespace Roadstead.Inventory.Prometheus;

/// <summary>Asks Prometheus's HTTP API.</summary>
/// <param name="http">Has the credentials.</param>
/// <param name="access">Which Prometheus.</param>
internal sealed class PrometheusApi(HttpClient http, PrometheusAccess access)
{
    // A hundred thousand images with their name spaces have a third of it.
    private const long MaxAnswer = 64 << 20;
    private const int MaxError = 500;

    private readonly Uri _query = new($"{access.Url.GetLeftPart(UriPartial.Path).TrimEnd('/')}/api/v1/query");

    /// <summary>Why the last question had no answer, as a sentence; null: it had one.</summary>
    public string? Fault { get; private set; }

    /// <summary>Asks for the value of an expression at this moment.</summary>
    /// <param name="query">The expression.</param>
    /// <param name="notes">Get its warnings.</param>
    /// <param name="cancellation">Ends it.</param>
    public async Task<PrometheusOutcome> Ask(string query, List<string> notes, CancellationToken cancellation)
    {
        // By POST, since what stands between may not take long URLs.
        using var request = new HttpRequestMessage(HttpMethod.Post, _query) { Content = new FormUrlEncodedContent([KeyValuePair.Create("query", query)]) };
        try
        {
            using var response = await http.SendAsync(request, HttpCompletionOption.ResponseHeadersRead, cancellation).ConfigureAwait(false);
            Fault = FaultOf(response.StatusCode, response.Headers.Location) ?? (response.Content.Headers.ContentLength > MaxAnswer ? TooMuch : null);
            return Fault is not null ? new PrometheusOutcome.Failed() : await Read(response, notes, cancellation).ConfigureAwait(false);
        }
        catch (HttpRequestException exception)
        {
            var message = (exception.InnerException?.Message ?? exception.Message).TrimEnd('.');
            Fault = exception.InnerException is AuthenticationException
                ? $"The certificate of {access} is not trusted: {message}. Give its CA."
                : $"{access} cannot be reached: {message}.";
        }
        catch (IOException exception)
        {
            Fault = $"{access} broke off in the midst of its answer: {exception.Message.TrimEnd('.')}.";
        }
        catch (OperationCanceledException) when (!cancellation.IsCancellationRequested)
        {
            Fault = $"{access} does not answer in time.";
        }

        return new PrometheusOutcome.Failed();
    }

    private string TooMuch => $"{access} answers with more than {MaxAnswer >> 20} MiB, which no inventory needs. Is it a Prometheus?";

    private string NoAnswer(string? type) => $"{access} answers with {type ?? "something"} instead of what Prometheus's API gives. Is it the URL below which /api/v1/query is, and not a page to log in?";

    private async Task<PrometheusOutcome> Read(HttpResponseMessage response, List<string> notes, CancellationToken cancellation)
    {
        var type = response.Content.Headers.ContentType?.MediaType;
        try
        {
            var stream = new CappedStream(await response.Content.ReadAsStreamAsync(cancellation).ConfigureAwait(false), MaxAnswer);
            await using (stream.ConfigureAwait(false))
            {
                switch (await JsonSerializer.DeserializeAsync(stream, PrometheusJson.Default.QueryAnswer, cancellation).ConfigureAwait(false))
                {
                    case { Status: "success", Data.Result: { } result } answer:
                        notes.AddRange((answer.Warnings ?? []).Select(warning => $"Prometheus warns: {Shortened(warning)}."));
                        return new PrometheusOutcome.Answered(result);
                    case { Status: "error", Error: { } error }:
                        Fault = $"{access} answers {(int)response.StatusCode}: {Shortened(error)}.";
                        break;
                    default:
                        Fault = NoAnswer(type);
                        break;
                }
            }
        }
        catch (JsonException)
        {
            Fault = response.IsSuccessStatusCode ? NoAnswer(type) : $"{access} answers {(int)response.StatusCode}.";
        }
        catch (InvalidDataException)
        {
            Fault = TooMuch;
        }

        return new PrometheusOutcome.Failed();
    }

    private string? FaultOf(HttpStatusCode status, Uri? location) => status switch
    {
        HttpStatusCode.Unauthorized => $"{access} asks for a credential, or does not take the one that it was shown.",
        HttpStatusCode.Forbidden => $"{access} takes the credential, and does not allow it to query.",
        HttpStatusCode.NotFound => $"{access} has nothing at {_query.AbsolutePath}. Is it the URL below which /api/v1/query is?",
        >= HttpStatusCode.Ambiguous and < HttpStatusCode.BadRequest => $"{access} sends the question on to {location?.GetLeftPart(UriPartial.Path) ?? "elsewhere"}, where no credential is shown. Give the URL at its end, if it is no page to log in.",
        _ => null,
    };

    private static string Shortened(string text) => (text.Length <= MaxError ? text : text[..MaxError] + "…").TrimEnd('.');
}

/// <summary>What became of a question to Prometheus.</summary>
internal abstract record PrometheusOutcome
{
    private PrometheusOutcome()
    {
    }

    public sealed record Answered(IReadOnlyList<Sample> Samples) : PrometheusOutcome;

    /// <summary><see cref="PrometheusApi.Fault"/> says why.</summary>
    public sealed record Failed : PrometheusOutcome;
}
