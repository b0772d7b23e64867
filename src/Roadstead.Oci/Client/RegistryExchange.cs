using System.Net;
using System.Net.Http.Headers;

namespace Roadstead.Oci.Client;

/// <summary>Sends requests to one upstream: authenticated, redirected by hand, all within one time for an answer's headers.</summary>
internal sealed class RegistryExchange : IDisposable
{
    private readonly HttpMessageInvoker _http;
    private readonly RegistryAuthenticator _authenticator;
    private readonly TimeProvider _clock;

    public RegistryExchange(UpstreamSettings settings, TimeProvider clock)
    {
        Settings = settings;
        _clock = clock;
        _http = new HttpMessageInvoker(UpstreamHandler.Create(settings));
        _authenticator = new RegistryAuthenticator(_http, settings, clock);
    }

    public UpstreamSettings Settings { get; }

    /// <summary>What the upstream last said of how much it allows; null if it never did.</summary>
    public RateLimit? RateLimit { get; private set; }

    /// <summary>Asks for something of a repository.</summary>
    /// <param name="method">GET or HEAD.</param>
    /// <param name="repository">The repository.</param>
    /// <param name="what">What of it, as <c>manifests/latest</c>.</param>
    /// <param name="query">Without its question mark; empty for none. It is in no message.</param>
    /// <param name="shape">Sets further headers; null for none.</param>
    /// <param name="cancellation">Ends the request.</param>
    /// <returns>The answer once its headers are there; its owner disposes it.</returns>
    public async Task<UpstreamOutcome<HttpResponseMessage>> Send(
        HttpMethod method, RepositoryName repository, string what, string query, Action<HttpRequestHeaders>? shape, CancellationToken cancellation)
    {
        var whom = Whom(repository, what);
        using var budget = CancellationTokenSource.CreateLinkedTokenSource(cancellation);
        budget.CancelAfter(Settings.HeaderTimeout);
        var exchange = new Exchange(method, new Uri(Settings.Url, $"/v2/{repository}/{what}{(query.Length == 0 ? "" : "?" + query)}"), $"repository:{repository}:pull", shape, whom);
        try
        {
            var (outcome, elsewhere) = await Follow(exchange, budget.Token).ConfigureAwait(false);
            if (elsewhere && outcome is UpstreamOutcome<HttpResponseMessage>.Denied)
            {
                // The place it was sent to refused: a signed URL that ran out. The registry signs another.
                (outcome, _) = await Follow(exchange, budget.Token).ConfigureAwait(false);
                return outcome is UpstreamOutcome<HttpResponseMessage>.Denied denied ? UpstreamFaults.Nonsense<HttpResponseMessage>(denied.Message) : outcome;
            }

            return outcome;
        }
        catch (Exception exception) when (!cancellation.IsCancellationRequested && UpstreamFaults.Describe(exception, Asked(exchange), budget.Token) is { } fault)
        {
            return new UpstreamOutcome<HttpResponseMessage>.Unavailable(fault with { RegistryAnswers = fault.RegistryAnswers || exchange.IsElsewhere || exchange.TokenTime > Settings.HeaderTimeout / 2 });
        }
    }

    private async Task<(UpstreamOutcome<HttpResponseMessage> Outcome, bool Elsewhere)> Follow(Exchange exchange, CancellationToken cancellation)
    {
        var authorization = await exchange.Token(_clock, () => _authenticator.Anticipate(exchange.Scope, cancellation)).ConfigureAwait(false);

        // A credential that was given for a while may be refused before its time; then there is another.
        var challenges = Settings.TokenExchange is null ? 1 : 2;
        var redirects = 0;
        var url = exchange.Url;
        while (true)
        {
            if (authorization is not UpstreamOutcome<AuthenticationHeaderValue?>.Found credential)
            {
                return (authorization.As<HttpResponseMessage>(), false);
            }

            // Time that a token service used up is not the registry's.
            cancellation.ThrowIfCancellationRequested();
            var home = IsHome(url);
            exchange.IsElsewhere = !home;
            using var request = Request(exchange.Method, url);
            exchange.Shape?.Invoke(request.Headers);
            request.Headers.Authorization = home ? credential.Value : null;
            var response = await _http.SendAsync(request, cancellation).ConfigureAwait(false);

            RateLimit = home && RateLimit.Read(response, _clock.GetUtcNow()) is { } told ? told : RateLimit;
            if (RedirectGuard.IsRedirect(response.StatusCode))
            {
                var (target, fault) = RedirectGuard.Next(url, response.Headers.Location);
                response.Dispose();
                if (target is null || ++redirects > Settings.MaxRedirects)
                {
                    return (UpstreamFaults.Nonsense<HttpResponseMessage>($"{exchange.Whom}: {fault ?? $"more than {Settings.MaxRedirects} redirects"}"), false);
                }

                url = target;
                continue;
            }

            if (response.StatusCode == HttpStatusCode.Unauthorized && home && challenges > 0 && AuthChallenge.Read(response.Headers.WwwAuthenticate) is { } challenge)
            {
                response.Dispose();
                challenges--;
                exchange.IsTokenAsked = !challenge.IsBasic;
                authorization = await exchange.Token(_clock, () => _authenticator.Answer(challenge, exchange.Scope, credential.Value, cancellation)).ConfigureAwait(false);
                continue;
            }

            if (UpstreamStatus.Classify<HttpResponseMessage>(response, home ? exchange.Whom : $"{exchange.Whom}, redirected to {url.Authority},", _clock) is { } refused)
            {
                using (response)
                {
                    return (Weigh(refused, response, exchange.Whom, home ? null : url), !home);
                }
            }

            return (new UpstreamOutcome<HttpResponseMessage>.Found(response), !home);
        }
    }

    // Only the registry itself says that there is no such image, and in JSON if in any words: not the place that it redirected to, nor something that stands before it
    // with a page of its own. OCI distribution specification, "Error Codes".
    private static UpstreamOutcome<HttpResponseMessage> Weigh(UpstreamOutcome<HttpResponseMessage> refused, HttpResponseMessage response, string whom, Uri? elsewhere) => refused switch
    {
        UpstreamOutcome<HttpResponseMessage>.NotFound when elsewhere is not null => NotOfRegistry($"{whom} redirected to {elsewhere.Authority}, which has nothing there", response),
        UpstreamOutcome<HttpResponseMessage>.NotFound when response.Content.Headers.ContentType?.MediaType is { } type && !type.Contains("json", StringComparison.OrdinalIgnoreCase) =>
            NotOfRegistry($"{whom} answered {(int)response.StatusCode} with {type}, which is no registry's error", response),
        UpstreamOutcome<HttpResponseMessage>.Throttled when elsewhere is not null =>
            new UpstreamOutcome<HttpResponseMessage>.Unavailable(new UpstreamFault(UpstreamFaultKind.ServerError, $"{whom} redirected to {elsewhere.Authority}, which throttles (429)", (int)response.StatusCode, RegistryAnswers: true)),
        UpstreamOutcome<HttpResponseMessage>.Unavailable { Fault: var fault } => new UpstreamOutcome<HttpResponseMessage>.Unavailable(fault with { RegistryAnswers = elsewhere is not null }),
        _ => refused,
    };

    private static UpstreamOutcome<HttpResponseMessage>.Unavailable NotOfRegistry(string message, HttpResponseMessage response) =>
        new(new UpstreamFault(UpstreamFaultKind.Nonsense, message, (int)response.StatusCode, RegistryAnswers: true));

    // A credential belongs to scheme, host and port together; what a redirect names is another place.
    private bool IsHome(Uri url) =>
        Uri.Compare(url, Settings.Url, UriComponents.SchemeAndServer, UriFormat.SafeUnescaped, StringComparison.OrdinalIgnoreCase) == 0;

    private HttpRequestMessage Request(HttpMethod method, Uri url)
    {
        var request = new HttpRequestMessage(method, url);
        request.Headers.UserAgent.ParseAdd(Settings.UserAgent);
        return request;
    }

    /// <summary>Asks whether anything like a registry answers there at all.</summary>
    public async Task<UpstreamOutcome<HttpStatusCode>> Ping(TimeSpan timeout, CancellationToken cancellation)
    {
        using var budget = CancellationTokenSource.CreateLinkedTokenSource(cancellation);
        budget.CancelAfter(timeout);
        var whom = Settings.Whom;
        try
        {
            using var request = Request(HttpMethod.Get, new Uri(Settings.Url, "/v2/"));
            using var response = await _http.SendAsync(request, budget.Token).ConfigureAwait(false);
            return response.StatusCode is HttpStatusCode.TooManyRequests or >= HttpStatusCode.InternalServerError
                ? UpstreamStatus.Classify<HttpStatusCode>(response, whom, _clock)!
                : new UpstreamOutcome<HttpStatusCode>.Found(response.StatusCode);
        }
        catch (Exception exception) when (!cancellation.IsCancellationRequested && UpstreamFaults.Describe(exception, whom, budget.Token) is { } fault)
        {
            return new UpstreamOutcome<HttpStatusCode>.Unavailable(fault);
        }
    }

    /// <summary>Asks for the registry's front page with the credential, as a client that logs in does.</summary>
    /// <returns>Found where a registry is there and takes what it was shown; NotFound where what answers is no registry; else what keeps it from being asked. None shows a body.</returns>
    /// <remarks>OCI distribution specification, "Determining Support".</remarks>
    public async Task<UpstreamOutcome<bool>> Check(CancellationToken cancellation)
    {
        var whom = Settings.Whom;
        using var budget = CancellationTokenSource.CreateLinkedTokenSource(cancellation);
        budget.CancelAfter(Settings.HeaderTimeout);
        var exchange = new Exchange(HttpMethod.Get, new Uri(Settings.Url, "/v2/"), "", null, whom);
        try
        {
            var (outcome, _) = await Follow(exchange, budget.Token).ConfigureAwait(false);
            switch (outcome)
            {
                case UpstreamOutcome<HttpResponseMessage>.Found { Value: var response }:
                    using (response)
                    {
                        return IsRegistry(response) ? new UpstreamOutcome<bool>.Found(true) : new UpstreamOutcome<bool>.NotFound();
                    }

                // Some give tokens for a repository alone to whom they do not know: that they ask for one is sign enough.
                case UpstreamOutcome<HttpResponseMessage>.Denied when Settings is { Username: null, TokenExchange: null } && exchange.IsTokenAsked:
                    return new UpstreamOutcome<bool>.Found(true);
                default:
                    return outcome.As<bool>();
            }
        }
        catch (Exception exception) when (!cancellation.IsCancellationRequested && UpstreamFaults.Describe(exception, Asked(exchange), budget.Token) is { } fault)
        {
            return new UpstreamOutcome<bool>.Unavailable(fault with { RegistryAnswers = exchange.IsAtTokenService });
        }
    }

    // A page for people is none; but registries there are that call theirs HTML.
    private static bool IsRegistry(HttpResponseMessage response) =>
        response.Headers.Contains("Docker-Distribution-API-Version") || response.Content.Headers.ContentType?.MediaType is not { } type || type.Contains("json", StringComparison.OrdinalIgnoreCase);

    /// <summary>Who kept an exchange waiting when its time was over.</summary>
    private string Asked(Exchange exchange) => exchange.IsAtTokenService ? Settings.TokenExchange?.Name ?? $"the token service of {exchange.Whom}" : exchange.Whom;

    /// <summary>Whom a message is about.</summary>
    public string Whom(RepositoryName repository, string what) => $"{Settings.Whom}, {repository} {what}";

    public void Dispose()
    {
        _authenticator.Dispose();
        _http.Dispose();
    }

    private sealed record Exchange(HttpMethod Method, Uri Url, string Scope, Action<HttpRequestHeaders>? Shape, string Whom)
    {
        /// <summary>True while something else is asked than the registry: its token service, or where it redirected to.</summary>
        public bool IsElsewhere { get; set; }

        /// <summary>True while a token service is asked.</summary>
        public bool IsAtTokenService { get; private set; }

        /// <summary>True once the registry asked for a token.</summary>
        public bool IsTokenAsked { get; set; }

        /// <summary>How long token services took.</summary>
        public TimeSpan TokenTime { get; private set; }

        public async Task<T> Token<T>(TimeProvider clock, Func<Task<T>> ask)
        {
            (IsElsewhere, IsAtTokenService) = (true, true);
            var since = clock.GetTimestamp();
            try
            {
                var answer = await ask().ConfigureAwait(false);
                IsAtTokenService = false;
                return answer;
            }
            finally
            {
                TokenTime += clock.GetElapsedTime(since);
            }
        }
    }
}
