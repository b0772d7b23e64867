using System.Net;
using System.Net.Http.Headers;

namespace Roadstead.Oci.Client;

/// <summary>Asks one upstream registry. Network faults, refusals and nonsense are outcomes, not exceptions.</summary>
/// <remarks>OCI distribution specification, "Pull".</remarks>
public sealed class RegistryClient : IDisposable
{
    private readonly HttpMessageInvoker _http;
    private readonly RegistryAuthenticator _authenticator;
    private readonly UpstreamSettings _settings;
    private readonly TimeProvider _clock;

    /// <summary>A client with connections and tokens of its own.</summary>
    public RegistryClient(UpstreamSettings settings, TimeProvider clock)
    {
        ArgumentNullException.ThrowIfNull(settings);
        _settings = settings;
        _clock = clock;
        _http = new HttpMessageInvoker(UpstreamHandler.Create(settings));
        _authenticator = new RegistryAuthenticator(_http, settings, clock);
    }

    /// <summary>Asks what manifest a reference names, without its body.</summary>
    public async Task<UpstreamOutcome<UpstreamManifestHead>> HeadManifest(RepositoryName repository, Reference reference, CancellationToken cancellation)
    {
        var outcome = await Send(HttpMethod.Head, repository, $"manifests/{reference}", AcceptManifests, cancellation).ConfigureAwait(false);
        if (outcome is not UpstreamOutcome<HttpResponseMessage>.Found found)
        {
            return outcome.As<UpstreamManifestHead>();
        }

        using var response = found.Value;
        Digest? digest = response.Headers.TryGetValues("Docker-Content-Digest", out var values) && Digest.TryParse(values.First(), out var parsed) ? parsed : null;
        return new UpstreamOutcome<UpstreamManifestHead>.Found(new UpstreamManifestHead(digest));
    }

    /// <summary>Fetches a manifest, hashes it here and reads it; asked for by digest, its bytes are checked against it.</summary>
    public async Task<UpstreamOutcome<UpstreamManifest>> GetManifest(RepositoryName repository, Reference reference, CancellationToken cancellation)
    {
        var outcome = await Send(HttpMethod.Get, repository, $"manifests/{reference}", AcceptManifests, cancellation).ConfigureAwait(false);
        if (outcome is not UpstreamOutcome<HttpResponseMessage>.Found found)
        {
            return outcome.As<UpstreamManifest>();
        }

        using var response = found.Value;
        using var budget = CancellationTokenSource.CreateLinkedTokenSource(cancellation);
        budget.CancelAfter(_settings.HeaderTimeout);
        var whom = $"{_settings.Url.Authority}, {repository} {reference}";
        if (IsEncoded(response))
        {
            return Nonsense<UpstreamManifest>($"{whom}: the body is encoded, which was not asked for");
        }

        try
        {
            var bytes = await BoundedBody.Read(response.Content, ManifestReader.MaxSize, budget.Token).ConfigureAwait(false);
            return bytes is null
                ? Nonsense<UpstreamManifest>($"{whom}: its manifest is larger than {ManifestReader.MaxSize} bytes")
                : Check(whom, reference, bytes, response.Content.Headers.ContentType?.MediaType);
        }
        catch (Exception exception) when (!cancellation.IsCancellationRequested && UpstreamFaults.Describe(exception, whom, budget.Token) is { } fault)
        {
            return new UpstreamOutcome<UpstreamManifest>.Unavailable(fault);
        }
    }

    /// <summary>Asks whether the repository has a blob.</summary>
    /// <returns>The blob's size in bytes.</returns>
    public async Task<UpstreamOutcome<long>> HeadBlob(RepositoryName repository, Digest digest, CancellationToken cancellation)
    {
        var outcome = await Send(HttpMethod.Head, repository, $"blobs/{digest}", null, cancellation).ConfigureAwait(false);
        if (outcome is UpstreamOutcome<HttpResponseMessage>.Found found)
        {
            using var response = found.Value;
            if (response.Content.Headers.ContentLength is { } size)
            {
                return new UpstreamOutcome<long>.Found(size);
            }
        }
        else if (outcome is not UpstreamOutcome<HttpResponseMessage>.Unavailable { Fault.Kind: UpstreamFaultKind.Nonsense })
        {
            return outcome.As<long>();
        }

        // Some registries answer no HEAD, or without a length: a GET tells by its headers.
        var body = await GetBlob(repository, digest, 0, cancellation).ConfigureAwait(false);
        if (body is not UpstreamOutcome<UpstreamBlob>.Found blob)
        {
            return body.As<long>();
        }

        using (blob.Value)
        {
            return blob.Value.Size is { } size ? new UpstreamOutcome<long>.Found(size) : Nonsense<long>($"{_settings.Url.Authority} does not tell the size of {digest}");
        }
    }

    /// <summary>Opens a blob's body from <paramref name="offset"/> on. An upstream without ranges sends it from the start: see <see cref="UpstreamBlob.Offset"/>.</summary>
    public async Task<UpstreamOutcome<UpstreamBlob>> GetBlob(RepositoryName repository, Digest digest, long offset, CancellationToken cancellation)
    {
        var outcome = await Send(HttpMethod.Get, repository, $"blobs/{digest}", headers => headers.Range = offset > 0 ? new RangeHeaderValue(offset, null) : null, cancellation)
            .ConfigureAwait(false);
        if (outcome is not UpstreamOutcome<HttpResponseMessage>.Found found)
        {
            return outcome.As<UpstreamBlob>();
        }

        var response = found.Value;
        var whom = $"{_settings.Url.Authority}, {repository} {digest}";
        if (IsEncoded(response))
        {
            response.Dispose();
            return Nonsense<UpstreamBlob>($"{whom}: the body is encoded, which no blob may be");
        }

        var partial = response.StatusCode == HttpStatusCode.PartialContent;
        var range = response.Content.Headers.ContentRange;
        if (partial && range?.From != offset)
        {
            response.Dispose();
            return Nonsense<UpstreamBlob>($"{whom}: it sent another range than it was asked for");
        }

        var size = partial ? range!.Length : response.Content.Headers.ContentLength;
        var body = await response.Content.ReadAsStreamAsync(cancellation).ConfigureAwait(false);
        return new UpstreamOutcome<UpstreamBlob>.Found(new UpstreamBlob(response, body, partial ? offset : 0, size));
    }

    /// <summary>Asks whether anything like a registry answers there at all.</summary>
    public async Task<UpstreamOutcome<HttpStatusCode>> Ping(TimeSpan timeout, CancellationToken cancellation)
    {
        using var budget = CancellationTokenSource.CreateLinkedTokenSource(cancellation);
        budget.CancelAfter(timeout);
        var whom = _settings.Url.Authority;
        try
        {
            using var request = Request(HttpMethod.Get, new Uri(_settings.Url, "/v2/"));
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

    /// <inheritdoc/>
    public void Dispose() => _http.Dispose();

    private static bool IsEncoded(HttpResponseMessage response) =>
        response.Content.Headers.ContentEncoding.Any(encoding => !encoding.Equals("identity", StringComparison.OrdinalIgnoreCase));

    private static void AcceptManifests(HttpRequestHeaders headers)
    {
        foreach (var type in MediaTypes.Manifests)
        {
            headers.Accept.Add(new MediaTypeWithQualityHeaderValue(type));
        }
    }

    private static UpstreamOutcome<UpstreamManifest> Check(string whom, Reference reference, byte[] bytes, string? contentType)
    {
        var digest = Digest.Of(bytes, reference.Digest?.Algorithm ?? DigestAlgorithm.Sha256);
        if (reference.Digest is { } expected && expected != digest)
        {
            return Nonsense<UpstreamManifest>($"{whom}: the manifest's bytes have another digest, {digest}");
        }

        var (manifest, fault) = ManifestReader.Read(bytes, contentType);
        return manifest is null
            ? Nonsense<UpstreamManifest>($"{whom}: what it sent as a manifest is refused: {fault}")
            : new UpstreamOutcome<UpstreamManifest>.Found(new UpstreamManifest(digest, manifest, bytes));
    }

    /// <summary>Sends a request, with authentication and redirects, until headers of a final answer are there; all within one header time-out.</summary>
    private async Task<UpstreamOutcome<HttpResponseMessage>> Send(
        HttpMethod method, RepositoryName repository, string what, Action<HttpRequestHeaders>? shape, CancellationToken cancellation)
    {
        var whom = $"{_settings.Url.Authority}, {repository} {what}";
        using var budget = CancellationTokenSource.CreateLinkedTokenSource(cancellation);
        budget.CancelAfter(_settings.HeaderTimeout);
        try
        {
            var exchange = new Exchange(method, new Uri(_settings.Url, $"/v2/{repository}/{what}"), $"repository:{repository}:pull", shape, whom);
            var (outcome, elsewhere) = await Follow(exchange, budget.Token).ConfigureAwait(false);
            if (elsewhere && outcome is UpstreamOutcome<HttpResponseMessage>.Denied)
            {
                // The place it was sent to refused: a signed URL that ran out. The registry signs another.
                (outcome, _) = await Follow(exchange, budget.Token).ConfigureAwait(false);
                return outcome is UpstreamOutcome<HttpResponseMessage>.Denied denied ? Nonsense<HttpResponseMessage>(denied.Message) : outcome;
            }

            return outcome;
        }
        catch (Exception exception) when (!cancellation.IsCancellationRequested && UpstreamFaults.Describe(exception, whom, budget.Token) is { } fault)
        {
            return new UpstreamOutcome<HttpResponseMessage>.Unavailable(fault);
        }
    }

    private async Task<(UpstreamOutcome<HttpResponseMessage> Outcome, bool Elsewhere)> Follow(Exchange exchange, CancellationToken cancellation)
    {
        var authorization = await _authenticator.Anticipate(exchange.Scope, cancellation).ConfigureAwait(false);
        var challenged = false;
        var redirects = 0;
        var url = exchange.Url;
        while (true)
        {
            if (authorization is not UpstreamOutcome<AuthenticationHeaderValue?>.Found credential)
            {
                return (authorization.As<HttpResponseMessage>(), false);
            }

            var home = IsHome(url);
            using var request = Request(exchange.Method, url);
            exchange.Shape?.Invoke(request.Headers);
            request.Headers.Authorization = home ? credential.Value : null;
            var response = await _http.SendAsync(request, cancellation).ConfigureAwait(false);

            if (RedirectGuard.IsRedirect(response.StatusCode))
            {
                var (target, fault) = RedirectGuard.Next(url, response.Headers.Location);
                response.Dispose();
                if (target is null || ++redirects > RedirectGuard.MaxRedirects)
                {
                    return (Nonsense<HttpResponseMessage>($"{exchange.Whom}: {fault ?? $"more than {RedirectGuard.MaxRedirects} redirects"}"), false);
                }

                url = target;
                continue;
            }

            if (response.StatusCode == HttpStatusCode.Unauthorized && home && !challenged && AuthChallenge.Read(response.Headers.WwwAuthenticate) is { } challenge)
            {
                response.Dispose();
                challenged = true;
                authorization = await _authenticator.Answer(challenge, exchange.Scope, credential.Value, cancellation).ConfigureAwait(false);
                continue;
            }

            if (UpstreamStatus.Classify<HttpResponseMessage>(response, home ? exchange.Whom : $"{exchange.Whom}, redirected to {url.Authority},", _clock) is { } refused)
            {
                response.Dispose();
                return (refused, !home);
            }

            return (new UpstreamOutcome<HttpResponseMessage>.Found(response), !home);
        }
    }

    // A credential belongs to scheme, host and port together; what a redirect names is another place.
    private bool IsHome(Uri url) =>
        Uri.Compare(url, _settings.Url, UriComponents.SchemeAndServer, UriFormat.SafeUnescaped, StringComparison.OrdinalIgnoreCase) == 0;

    private HttpRequestMessage Request(HttpMethod method, Uri url)
    {
        var request = new HttpRequestMessage(method, url);
        request.Headers.UserAgent.ParseAdd(_settings.UserAgent);
        return request;
    }

    private static UpstreamOutcome<T> Nonsense<T>(string message) =>
        new UpstreamOutcome<T>.Unavailable(new UpstreamFault(UpstreamFaultKind.Nonsense, message));

    private sealed record Exchange(HttpMethod Method, Uri Url, string Scope, Action<HttpRequestHeaders>? Shape, string Whom);
}
