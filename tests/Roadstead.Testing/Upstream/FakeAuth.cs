using System.Globalization;
using System.Text.Json;
using Roadstead.Testing.Registries;

namespace Roadstead.Testing.Upstream;

public enum AuthMode
{
    None,
    Basic,
    Bearer,
}

/// <summary>How a fake upstream authenticates; every setting may change at any moment.</summary>
public sealed class FakeAuth(Func<Uri> ownAddress)
{
    private readonly Lock guard = new();
    private readonly Dictionary<string, Token> tokens = [];
    private int issued;

    public AuthMode Mode { get; set; }

    /// <summary>What Basic and the token service ask for; null: the token service serves anybody.</summary>
    public Credential? Credential { get; set; }

    /// <summary>The token service gives a token to who shows no credential, although it knows one.</summary>
    public bool AllowsAnonymous { get; set; }

    /// <summary>What the challenge names instead of this fake's own <c>/token</c>.</summary>
    public string? Realm { get; set; }

    public string Service { get; set; } = "fake-upstream";

    /// <summary>Told as <c>expires_in</c> and enforced.</summary>
    public TimeSpan TokensLast { get; set; } = TimeSpan.FromMinutes(5);

    /// <summary>The token service denies everybody.</summary>
    public bool RefusesTokens { get; set; }

    public TimeProvider Clock { get; set; } = TimeProvider.System;

    public int TokensIssued => Volatile.Read(ref issued);

    /// <summary>Every token given out so far is worth nothing from now on.</summary>
    public void ExpireTokens()
    {
        lock (guard)
        {
            tokens.Clear();
        }
    }

    /// <summary>The refusal of a registry request, or null if it may pass.</summary>
    internal FakeResponse? Challenge(RecordedRequest request) => Mode switch
    {
        AuthMode.Basic when request.Authorization != Credential?.Basic => Unauthorized("Basic realm=\"fake upstream\""),
        AuthMode.Bearer when !Admits(request) => Unauthorized(BearerChallenge(request)),
        _ => null,
    };

    internal FakeResponse AnswerToken(RecordedRequest request)
    {
        var (credential, scopes) = TokenRequest.Read(request);
        var known = Credential is null || credential == Credential.Basic;
        if (RefusesTokens || (credential is null ? !known && !AllowsAnonymous : !known))
        {
            return FakeResponse.Error(401, "UNAUTHORIZED");
        }

        var number = Interlocked.Increment(ref issued);
        var value = string.Create(CultureInfo.InvariantCulture, $"opaque-{number}-{Guid.NewGuid():N}");
        lock (guard)
        {
            tokens[value] = new Token(scopes, Clock.GetUtcNow() + TokensLast);
        }

        return FakeResponse.Text(200, "application/json", JsonSerializer.Serialize(new
        {
            token = value,
            access_token = value,
            expires_in = (int)TokensLast.TotalSeconds,
            issued_at = Clock.GetUtcNow(),
        }));
    }

    private static FakeResponse Unauthorized(string challenge)
    {
        var response = FakeResponse.Error(401, "UNAUTHORIZED");
        response.Headers["WWW-Authenticate"] = challenge;
        return response;
    }

    private static string Scope(RecordedRequest request) => $"repository:{request.Repository}:pull";

    private string BearerChallenge(RecordedRequest request) =>
        $"Bearer realm=\"{Realm ?? new Uri(ownAddress(), "/token").ToString()}\",service=\"{Service}\""
        + (request.Repository.Length > 0 ? $",scope=\"{Scope(request)}\"" : "");

    private bool Admits(RecordedRequest request)
    {
        if (request.Authorization is not { } shown || !shown.StartsWith("Bearer ", StringComparison.OrdinalIgnoreCase))
        {
            return false;
        }

        lock (guard)
        {
            return tokens.TryGetValue(shown["Bearer ".Length..], out var token)
                && token.Expires > Clock.GetUtcNow()
                && (request.Repository.Length == 0 || token.Scopes.Contains(Scope(request)));
        }
    }

    private sealed record Token(IReadOnlyCollection<string> Scopes, DateTimeOffset Expires);
}
