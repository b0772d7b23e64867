using System.Buffers.Text;
using System.Net;
using System.Security.Cryptography;
using System.Text.Json;
using Roadstead.Oci.Client;

namespace Roadstead.Server.TokenExchange;

/// <summary>Passwords for Google's Artifact Registry: an access token of a service account, whose key signs the request for it.</summary>
/// <param name="key">The key.</param>
/// <param name="service">Where tokens are given.</param>
/// <param name="clock">Requests bear the time.</param>
/// <remarks>developers.google.com/identity/protocols/oauth2/service-account ("HTTP/REST"), RFC 7523.</remarks>
internal sealed class GarTokenExchange(ServiceAccountKey key, Uri service, TimeProvider clock) : ITokenExchange
{
    private const string Username = "oauth2accesstoken";
    private const string Scope = "https://www.googleapis.com/auth/cloud-platform";

    private static readonly TimeSpan DefaultLife = TimeSpan.FromHours(1);

    public string Name { get; } = $"the token service {service.Authority} (Google)";

    public async Task<UpstreamOutcome<RegistryCredential>> Exchange(HttpMessageInvoker http, CancellationToken cancellation)
    {
        var request = new HttpRequestMessage(HttpMethod.Post, service)
        {
            Content = new FormUrlEncodedContent([new("grant_type", "urn:ietf:params:oauth:grant-type:jwt-bearer"), new("assertion", Assertion())]),
        };
        var outcome = await TokenServiceCall.Send(http, request, Name, clock, cancellation).ConfigureAwait(false);
        if (outcome is not UpstreamOutcome<TokenServiceAnswer>.Found { Value: var answer })
        {
            return outcome.As<RegistryCredential>();
        }

        return answer.Status != HttpStatusCode.OK
            ? new UpstreamOutcome<RegistryCredential>.Denied($"{Name} refuses the key of {key.Email} ({(int)answer.Status}{(answer.Word("error") is { } word ? $", {word}" : "")})")
            : answer.Text("access_token") is { } token ? new UpstreamOutcome<RegistryCredential>.Found(new RegistryCredential(Username, token, answer.Seconds("expires_in") ?? DefaultLife))
            : TokenServiceCall.Nonsense($"{Name} sent no token");
    }

    private string Assertion()
    {
        var now = clock.GetUtcNow().ToUnixTimeSeconds();
        var header = new Dictionary<string, string> { ["alg"] = "RS256", ["typ"] = "JWT", ["kid"] = key.Id };
        var claims = new Dictionary<string, object> { ["iss"] = key.Email, ["scope"] = Scope, ["aud"] = key.Audience, ["iat"] = now, ["exp"] = now + 3600 };
        var text = $"{Part(header)}.{Part(claims)}";
        using var rsa = RSA.Create();
        rsa.ImportFromPem(key.Pem);
        return $"{text}.{Base64Url.EncodeToString(rsa.SignData(System.Text.Encoding.ASCII.GetBytes(text), HashAlgorithmName.SHA256, RSASignaturePadding.Pkcs1))}";
    }

    private static string Part<T>(T value) => Base64Url.EncodeToString(JsonSerializer.SerializeToUtf8Bytes(value));
}
