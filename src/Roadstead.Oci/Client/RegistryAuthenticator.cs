using System.Collections.Concurrent;
using System.Net.Http.Headers;
using System.Text;
using System.Text.Json;

namespace Roadstead.Oci.Client;

/// <summary>Answers one upstream's challenges: Basic, or tokens that are kept for each scope and fetched once for all who wait.</summary>
/// <remarks>The distribution project's token authentication specification.</remarks>
internal sealed class RegistryAuthenticator(HttpMessageInvoker http, UpstreamSettings settings, TimeProvider clock) : IDisposable
{
    private const int MaxTokenBody = 64 * 1024;
    private const int MaxScopes = 4096;
    private static readonly TimeSpan DefaultLife = TimeSpan.FromSeconds(60);

    private readonly ConcurrentDictionary<string, Lazy<Task<UpstreamOutcome<Token>>>> _tokens = new(StringComparer.Ordinal);
    private readonly ConcurrentDictionary<string, bool> _renewing = new(StringComparer.Ordinal);
    private readonly TokenServiceHealth _services = new(clock);
    private readonly RegistryCredential? _login = settings.Username is { } name ? new RegistryCredential(name, settings.Password ?? "", TimeSpan.MaxValue) : null;
    private readonly CredentialKeeper? _keeper = settings.TokenExchange is { } exchange ? new CredentialKeeper(exchange, settings, clock) : null;
    private volatile AuthChallenge? _learned;

    /// <summary>What to send before being asked, from what the upstream asked last; null at first and for upstreams that never ask.</summary>
    public async Task<UpstreamOutcome<AuthenticationHeaderValue?>> Anticipate(string scope, CancellationToken cancellation)
    {
        if (_learned is not { } challenge)
        {
            return new UpstreamOutcome<AuthenticationHeaderValue?>.Found(null);
        }

        var met = await Meet(challenge with { Scope = null }, scope, cancellation).ConfigureAwait(false);
        if (met is UpstreamOutcome<AuthenticationHeaderValue?>.Found)
        {
            return met;
        }

        // What another repository was asked for is no answer about this one, which may ask for nothing, or otherwise.
        _learned = null;
        return new UpstreamOutcome<AuthenticationHeaderValue?>.Found(null);
    }

    /// <summary>What to send after a 401. <paramref name="rejected"/> is what the refused request bore; it is not used again.</summary>
    public async Task<UpstreamOutcome<AuthenticationHeaderValue?>> Answer(
        AuthChallenge challenge, string scope, AuthenticationHeaderValue? rejected, CancellationToken cancellation)
    {
        if (rejected is not null && _tokens.TryGetValue(scope, out var kept) && kept is { IsValueCreated: true, Value.IsCompletedSuccessfully: true }
            && await kept.Value.ConfigureAwait(false) is UpstreamOutcome<Token>.Found found && found.Value.Text == rejected.Parameter)
        {
            _tokens.TryRemove(KeyValuePair.Create(scope, kept));
        }

        if (rejected is { Scheme: "Basic" } && _keeper is not null && await _keeper.Renew(rejected.Parameter, cancellation).ConfigureAwait(false) is var renewed and not UpstreamOutcome<RegistryCredential>.Found)
        {
            return renewed.As<AuthenticationHeaderValue?>();
        }

        // Only what could be met is worth anticipating: one odd 401 must not stand for the whole registry.
        var met = await Meet(challenge, scope, cancellation).ConfigureAwait(false);
        _learned = met is UpstreamOutcome<AuthenticationHeaderValue?>.Found ? challenge : _learned;
        return met;
    }

    public void Dispose()
    {
        _services.Dispose();
        _keeper?.Dispose();
    }

    private async Task<UpstreamOutcome<AuthenticationHeaderValue?>> Meet(AuthChallenge challenge, string scope, CancellationToken cancellation)
    {
        if (challenge.IsBasic)
        {
            return await Login(cancellation).ConfigureAwait(false) switch
            {
                UpstreamOutcome<RegistryCredential?>.Found { Value: { } login } => new UpstreamOutcome<AuthenticationHeaderValue?>.Found(login.Header),
                UpstreamOutcome<RegistryCredential?>.Found => new UpstreamOutcome<AuthenticationHeaderValue?>.Denied($"{settings.Url.Authority} wants a user name and password, and the endpoint has none"),
                var none => none.As<AuthenticationHeaderValue?>(),
            };
        }

        var outcome = await TokenFor(challenge, scope).WaitAsync(cancellation).ConfigureAwait(false);
        return outcome is UpstreamOutcome<Token>.Found found
            ? new UpstreamOutcome<AuthenticationHeaderValue?>.Found(new AuthenticationHeaderValue("Bearer", found.Value.Text))
            : outcome.As<AuthenticationHeaderValue?>();
    }

    private async Task<UpstreamOutcome<Token>> TokenFor(AuthChallenge challenge, string scope)
    {
        while (true)
        {
            if (_tokens.Count > MaxScopes)
            {
                _tokens.Clear();
            }

            var own = new Lazy<Task<UpstreamOutcome<Token>>>(() => Fetch(challenge, challenge.Scope ?? scope));
            var shared = _tokens.GetOrAdd(scope, own);
            var outcome = await shared.Value.ConfigureAwait(false);
            if (outcome is UpstreamOutcome<Token>.Found found && (shared == own || !found.Value.IsOver(clock)))
            {
                return outcome;
            }

            if (outcome is UpstreamOutcome<Token>.Found { Value: var old } && !old.HasEnded(clock))
            {
                // It still opens the door: nobody waits for its successor, which may not be to be had.
                RenewBehind(challenge, scope, shared);
                return outcome;
            }

            // A fault is told to all who waited for it and not kept; an old token is fetched anew.
            _tokens.TryRemove(KeyValuePair.Create(scope, shared));
            if (outcome is not UpstreamOutcome<Token>.Found)
            {
                return outcome;
            }
        }
    }

    private void RenewBehind(AuthChallenge challenge, string scope, Lazy<Task<UpstreamOutcome<Token>>> old)
    {
        if (_renewing.TryAdd(scope, true))
        {
            _ = Renew();
        }

        async Task Renew()
        {
            try
            {
                if (await Fetch(challenge, challenge.Scope ?? scope).ConfigureAwait(false) is UpstreamOutcome<Token>.Found found)
                {
                    _tokens.TryUpdate(scope, new Lazy<Task<UpstreamOutcome<Token>>>(Task.FromResult<UpstreamOutcome<Token>>(found)), old);
                }
            }
            finally
            {
                _renewing.TryRemove(scope, out _);
            }
        }
    }

    private async Task<UpstreamOutcome<Token>> Fetch(AuthChallenge challenge, string scope)
    {
        var realm = challenge.Realm!;
        if (TokenRealm.Refusal(realm, settings) is { } refusal)
        {
            return Nonsense($"{settings.Url.Authority}: {refusal}");
        }

        if (_services.Refusal(realm, scope) is { } down)
        {
            return new UpstreamOutcome<Token>.Unavailable(down);
        }

        var outcome = await FetchNow(challenge, scope).ConfigureAwait(false);
        if (outcome is UpstreamOutcome<Token>.Unavailable { Fault: var fault } && fault.Kind != UpstreamFaultKind.Nonsense)
        {
            _services.Failed(realm, scope, fault, async () => await FetchNow(challenge, scope).ConfigureAwait(false) is not UpstreamOutcome<Token>.Unavailable { Fault.Kind: not UpstreamFaultKind.Nonsense });
        }

        else
        {
            _services.Answered(realm);
        }

        return outcome;
    }

    private async Task<UpstreamOutcome<Token>> FetchNow(AuthChallenge challenge, string scope)
    {
        var realm = challenge.Realm!;

        // The fetch belongs to all who wait, so it ends by its own time and not by that of the first of them.
        using var budget = new CancellationTokenSource(settings.HeaderTimeout, clock);
        try
        {
            var login = await Login(budget.Token).ConfigureAwait(false);
            if (login is not UpstreamOutcome<RegistryCredential?>.Found { Value: var known })
            {
                return login.As<Token>();
            }

            var outcome = await FetchAs(known, challenge, scope, budget.Token).ConfigureAwait(false);
            return outcome is UpstreamOutcome<Token>.Denied && _keeper is not null && await _keeper.Renew(known?.Header.Parameter, budget.Token).ConfigureAwait(false) is UpstreamOutcome<RegistryCredential>.Found { Value: var renewed } && renewed != known
                ? await FetchAs(renewed, challenge, scope, budget.Token).ConfigureAwait(false)
                : outcome;
        }
        catch (Exception exception) when (UpstreamFaults.Describe(exception, $"the token service {realm.Authority}", budget.Token) is { } fault)
        {
            return new UpstreamOutcome<Token>.Unavailable(fault with { RegistryAnswers = true });
        }
    }

    private async Task<UpstreamOutcome<Token>> FetchAs(RegistryCredential? login, AuthChallenge challenge, string scope, CancellationToken cancellation)
    {
        var realm = challenge.Realm!;
        using var request = new HttpRequestMessage(HttpMethod.Get, TokenUrl(login, challenge, scope));
        request.Headers.UserAgent.ParseAdd(settings.UserAgent);
        request.Headers.Authorization = login?.Header;
        using var response = await http.SendAsync(request, cancellation).ConfigureAwait(false);
        if (UpstreamStatus.Classify<Token>(response, $"the token service {realm.Authority}", clock) is { } refused)
        {
            return refused switch
            {
                UpstreamOutcome<Token>.NotFound => Nonsense($"the token service {realm.Authority} is not there (404)"),
                UpstreamOutcome<Token>.Unavailable { Fault: var answered } => new UpstreamOutcome<Token>.Unavailable(answered with { RegistryAnswers = true }),
                _ => refused,
            };
        }

        var body = await BoundedBody.Read(response.Content, MaxTokenBody, cancellation).ConfigureAwait(false);
        return body is not null && ReadToken(body) is { } token
            ? new UpstreamOutcome<Token>.Found(token)
            : Nonsense($"the token service {realm.Authority} sent no token");
    }

    /// <summary>What the endpoint has to show; null where it is asked as nobody.</summary>
    private async Task<UpstreamOutcome<RegistryCredential?>> Login(CancellationToken cancellation)
    {
        if (_keeper is null)
        {
            return new UpstreamOutcome<RegistryCredential?>.Found(_login);
        }

        var given = await _keeper.Get(cancellation).ConfigureAwait(false);
        return given is UpstreamOutcome<RegistryCredential>.Found { Value: var login } ? new UpstreamOutcome<RegistryCredential?>.Found(login) : given.As<RegistryCredential?>();
    }

    private static Uri TokenUrl(RegistryCredential? login, AuthChallenge challenge, string scope)
    {
        var query = new StringBuilder(challenge.Realm!.Query.TrimStart('?'));
        void Add(string name, string value) =>
            query.Append(query.Length > 0 ? "&" : "").Append(name).Append('=').Append(Uri.EscapeDataString(value));

        if (challenge.Service is not null)
        {
            Add("service", challenge.Service);
        }

        if (scope.Length > 0)
        {
            Add("scope", scope);
        }

        if (login is not null)
        {
            Add("account", login.Username);
        }

        return new UriBuilder(challenge.Realm!) { Query = query.ToString() }.Uri;
    }

    private Token? ReadToken(byte[] body)
    {
        try
        {
            using var document = JsonDocument.Parse(body);
            var root = document.RootElement;
            if (root.ValueKind != JsonValueKind.Object || (Text(root, "token") ?? Text(root, "access_token")) is not { } text)
            {
                return null;
            }

            var life = root.TryGetProperty("expires_in", out var expires) && expires.ValueKind == JsonValueKind.Number && expires.TryGetInt32(out var seconds)
                ? TimeSpan.FromSeconds(Math.Max(seconds, 0))
                : DefaultLife;
            return text.AsSpan().ContainsAnyExceptInRange('!', '~') ? null : new Token(text, clock.GetTimestamp(), life);
        }
        catch (Exception exception) when (JsonFaults.IsUnreadable(exception))
        {
            return null;
        }
    }

    private static string? Text(JsonElement root, string name) =>
        root.TryGetProperty(name, out var value) && value.ValueKind == JsonValueKind.String && value.GetString() is { Length: > 0 } text ? text : null;

    private static UpstreamOutcome<Token> Nonsense(string message) =>
        new UpstreamOutcome<Token>.Unavailable(new UpstreamFault(UpstreamFaultKind.Nonsense, message));

    /// <param name="Text">The token as requests bear it.</param>
    /// <param name="Since">When it came, on the monotonic clock.</param>
    /// <param name="Life">How long its service lets it live.</param>
    private sealed record Token(string Text, long Since, TimeSpan Life)
    {
        // A tenth of its life, so that it does not run out on its way.
        public bool IsOver(TimeProvider clock) => clock.GetElapsedTime(Since) >= Life * 0.9;

        public bool HasEnded(TimeProvider clock) => clock.GetElapsedTime(Since) >= Life;
    }
}
