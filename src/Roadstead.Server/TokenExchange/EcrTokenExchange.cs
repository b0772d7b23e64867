using System.Net;
using System.Net.Http.Headers;
using System.Text;
using System.Text.Json;
using Roadstead.Oci.Client;

namespace Roadstead.Server.TokenExchange;

/// <summary>Passwords for Amazon ECR: its API gives one that holds for twelve hours.</summary>
/// <param name="service">Scheme and authority of ECR's API.</param>
/// <param name="region">Whose API it is; null: AWS_REGION says it.</param>
/// <param name="keys">The access key.</param>
/// <param name="clock">Signatures bear the time, and hold for minutes.</param>
/// <remarks>docs.aws.amazon.com/AmazonECR/latest/APIReference/API_GetAuthorizationToken.html.</remarks>
internal sealed class EcrTokenExchange(Uri service, string? region, AwsKeys keys, TimeProvider clock) : ITokenExchange
{
    private const string Target = "AmazonEC2ContainerRegistry_V20150921.GetAuthorizationToken";
    private const string MediaType = "application/x-amz-json-1.1";

    private static readonly TimeSpan LongestLife = TimeSpan.FromHours(24);

    // AWS takes signatures whose time is within five minutes of its own.
    private static readonly TimeSpan Skew = TimeSpan.FromMinutes(4);

    public string Name { get; } = $"the token service {service.Authority} (ECR)";

    public async Task<UpstreamOutcome<RegistryCredential>> Exchange(HttpMessageInvoker http, CancellationToken cancellation)
    {
        if ((region ?? Environment.GetEnvironmentVariable("AWS_REGION")) is not { Length: > 0 } where)
        {
            return new UpstreamOutcome<RegistryCredential>.Denied($"{Name} cannot be asked: neither the URLs nor AWS_REGION say which region it is in");
        }

        var found = await keys.Find(cancellation).ConfigureAwait(false);
        if (found is not UpstreamOutcome<AwsKey>.Found { Value: var key })
        {
            return found.As<RegistryCredential>();
        }

        var outcome = await TokenServiceCall.Send(http, Request(key, where), Name, clock, cancellation).ConfigureAwait(false);
        return outcome is UpstreamOutcome<TokenServiceAnswer>.Found { Value: var answer } ? Read(answer) : outcome.As<RegistryCredential>();
    }

    private HttpRequestMessage Request(AwsKey key, string where)
    {
        var body = Encoding.UTF8.GetBytes("{}");
        var request = new HttpRequestMessage(HttpMethod.Post, service) { Content = new ByteArrayContent(body) };
        request.Content.Headers.ContentType = new MediaTypeHeaderValue(MediaType);
        request.Headers.Host = service.Authority;
        request.Headers.Add("X-Amz-Target", Target);
        AwsSignature.Sign(request, body, key, "ecr", where, clock.GetUtcNow());
        return request;
    }

    private UpstreamOutcome<RegistryCredential> Read(TokenServiceAnswer answer)
    {
        if (answer.Status != HttpStatusCode.OK)
        {
            return Refused(answer);
        }

        if (answer.Body is not { } body || !body.TryGetProperty("authorizationData", out var list) || list.ValueKind != JsonValueKind.Array || list.GetArrayLength() == 0
            || list[0] is not { ValueKind: JsonValueKind.Object } first || !first.TryGetProperty("authorizationToken", out var token) || token.ValueKind != JsonValueKind.String
            || !token.TryGetBytesFromBase64(out var bytes) || Encoding.UTF8.GetString(bytes).Split(':', 2) is not [{ Length: > 0 } name, { Length: > 0 } password]
            || !first.TryGetProperty("expiresAt", out var end) || end.ValueKind != JsonValueKind.Number || !end.TryGetDouble(out var seconds))
        {
            return TokenServiceCall.Nonsense($"{Name} sent no token");
        }

        var left = seconds - (clock.GetUtcNow() - DateTimeOffset.UnixEpoch).TotalSeconds;
        return left > 0
            ? new UpstreamOutcome<RegistryCredential>.Found(new RegistryCredential(name, password, TimeSpan.FromSeconds(Math.Min(left, LongestLife.TotalSeconds))))
            : TokenServiceCall.Nonsense($"{Name} sent a token that is over already{Clock(answer) ?? ""}");
    }

    /// <summary>The service's words are not repeated: of a wrong signature it shows all that was signed.</summary>
    private UpstreamOutcome<RegistryCredential>.Denied Refused(TokenServiceAnswer answer)
    {
        var code = answer.Word("__type")?.Split('#')[^1];
        return new UpstreamOutcome<RegistryCredential>.Denied($"{Name} refuses the access key ({(int)answer.Status}{(code is null ? "" : $", {code}")}){Clock(answer) ?? Hint(code)}");
    }

    private string? Clock(TokenServiceAnswer answer) =>
        answer.Date is { } theirs && clock.GetUtcNow() - theirs is var off && off.Duration() > Skew
            ? $": the clock of this machine is {off.Duration().TotalMinutes:0} minutes {(off > TimeSpan.Zero ? "ahead of" : "behind")} its own" : null;

    private static string Hint(string? code) => code switch
    {
        "UnrecognizedClientException" or "InvalidClientTokenId" => ": it knows no such key",
        "InvalidSignatureException" or "SignatureDoesNotMatch" => ": the secret is not the key's",
        "ExpiredTokenException" or "ExpiredToken" => ": the key has run out",
        "AccessDeniedException" => ": it may not ecr:GetAuthorizationToken",
        _ => "",
    };
}
