using System.Buffers.Text;
using System.Net;
using System.Text.Json;
using Roadstead.Oci.Client;

namespace Roadstead.Server.TokenExchange;

/// <summary>Passwords for Azure's registry: a service principal's token of Entra, given at the registry for one of its own.</summary>
/// <param name="registry">Scheme and authority of the registry.</param>
/// <param name="service">Where Entra gives tokens of the tenant.</param>
/// <param name="client">The service principal's client id.</param>
/// <param name="secret">Its secret.</param>
/// <param name="clock">For the life of tokens.</param>
/// <remarks>
/// learn.microsoft.com/entra/identity-platform/v2-oauth2-client-creds-grant-flow; github.com/Azure/acr, docs/AAD-OAuth.md ("Calling POST /oauth2/exchange").
/// </remarks>
internal sealed class AcrTokenExchange(Uri registry, Uri service, string client, string secret, TimeProvider clock) : ITokenExchange
{
    private const string Username = "00000000-0000-0000-0000-000000000000";
    private const string Scope = "https://containerregistry.azure.net/.default";

    // Where a token does not say it itself: the registry's hold for three hours.
    private static readonly TimeSpan DefaultLife = TimeSpan.FromHours(1);

    public string Name { get; } = $"the token service {service.Authority} (Entra)";
    private readonly string _exchange = $"the token service {registry.Authority} (its /oauth2/exchange)";

    public async Task<UpstreamOutcome<RegistryCredential>> Exchange(HttpMessageInvoker http, CancellationToken cancellation)
    {
        var (access, denied) = await Ask(http, service, Name, "the service principal's secret", "access_token", cancellation, ("grant_type", "client_credentials"), ("client_id", client), ("client_secret", secret), ("scope", Scope)).ConfigureAwait(false);
        if (access is null)
        {
            return denied!;
        }

        var (refresh, refused) = await Ask(
            http, new Uri(registry, "/oauth2/exchange"), _exchange, "the service principal", "refresh_token", cancellation, ("grant_type", "access_token"), ("service", registry.Host), ("access_token", access)).ConfigureAwait(false);
        return refresh is null ? refused! : new UpstreamOutcome<RegistryCredential>.Found(new RegistryCredential(Username, refresh, LifeOf(refresh)));
    }

    private async Task<(string? Token, UpstreamOutcome<RegistryCredential>? Fault)> Ask(
        HttpMessageInvoker http, Uri url, string whom, string shown, string member, CancellationToken cancellation, params (string Name, string Value)[] form)
    {
        var request = new HttpRequestMessage(HttpMethod.Post, url) { Content = new FormUrlEncodedContent(form.Select(field => KeyValuePair.Create(field.Name, field.Value))) };
        var outcome = await TokenServiceCall.Send(http, request, whom, clock, cancellation).ConfigureAwait(false);
        if (outcome is not UpstreamOutcome<TokenServiceAnswer>.Found { Value: var answer })
        {
            return (null, outcome.As<RegistryCredential>());
        }

        return answer.Status != HttpStatusCode.OK ? (null, new UpstreamOutcome<RegistryCredential>.Denied($"{whom} refuses {shown} ({(int)answer.Status}{(answer.Word("error") is { } word ? $", {word}" : "")})"))
            : answer.Text(member) is { } token ? (token, null)
            : (null, TokenServiceCall.Nonsense($"{whom} sent no token"));
    }

    /// <summary>RFC 7519 section 4.1.4; the registry's word about its own token, which is not checked further.</summary>
    private TimeSpan LifeOf(string token)
    {
        try
        {
            using var claims = JsonDocument.Parse(Base64Url.DecodeFromChars(token.Split('.') is [_, var part, _] ? part : ""));
            var left = claims.RootElement.TryGetProperty("exp", out var end) && end.TryGetInt64(out var seconds) ? TimeSpan.FromSeconds(seconds - clock.GetUtcNow().ToUnixTimeSeconds()) : DefaultLife;
            return left > TimeSpan.Zero && left < TimeSpan.FromDays(1) ? left : DefaultLife;
        }
        catch (Exception exception) when (exception is FormatException or InvalidOperationException or JsonException)
        {
            return DefaultLife;
        }
    }
}
