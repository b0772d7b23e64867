using System.Globalization;
using System.Security.Cryptography;
using System.Text;
using System.Text.Json;
using Roadstead.Testing.Upstream;

namespace Roadstead.Testing.Clouds;

/// <summary>ECR's API, STS and the credentials of a container, as far as who wants a password for a registry asks them; every signature is checked by the specification alone.</summary>
/// <remarks>docs.aws.amazon.com/IAM/latest/UserGuide/reference_sigv-create-signed-request.html.</remarks>
public sealed class AwsStub : IAsyncDisposable
{
    public const string KeyId = "AKIDEXAMPLE";
    public const string Secret = "wJalrXUtnFEMI/K7MDENG+bPxRfiCYEXAMPLEKEY";

    /// <summary>Of keys that hold for a while: containers' and roles'.</summary>
    public const string Session = "canary-session-token";

    public const string Region = "eu-central-1";

    private const string EcrPath = "/";

    public AwsStub() => Host = new FakeHost("AWS stub", Answer);

    public FakeHost Host { get; }

    public Uri Address => Host.Address;

    /// <summary>The password that it hands out, for the user AWS.</summary>
    public string Password { get; set; } = "";

    /// <summary>How long a password holds.</summary>
    public TimeSpan Life { get; set; } = TimeSpan.FromHours(12);

    /// <summary>The answer to who is not let in; null: what the signature deserves.</summary>
    public string? Refuses { get; set; }

    /// <summary>Requests for a password that were let in.</summary>
    public Journal<RecordedRequest> Given { get; } = new("passwords given by the AWS stub");

    public static async Task<AwsStub> Start()
    {
        var stub = new AwsStub();
        await stub.Host.Start();
        return stub;
    }

    public ValueTask DisposeAsync() => Host.DisposeAsync();

    private FakeResponse Answer(RecordedRequest request) => request.Path switch
    {
        "/container" => Json(200, $$"""{"AccessKeyId": "{{KeyId}}", "SecretAccessKey": "{{Secret}}", "Token": "{{Session}}", "Expiration": "{{TimeProvider.System.GetUtcNow().AddHours(1):yyyy-MM-ddTHH:mm:ssZ}}"}"""),
        EcrPath when request.Body.Contains("AssumeRoleWithWebIdentity", StringComparison.Ordinal) => Role(request),
        EcrPath when request.Headers.GetValueOrDefault("X-Amz-Target") == "AmazonEC2ContainerRegistry_V20150921.GetAuthorizationToken" => GiveToken(request),
        _ => Json(404, """{"__type": "UnknownOperationException"}"""),
    };

    private FakeResponse GiveToken(RecordedRequest request)
    {
        if ((Refuses ?? FaultOf(request)) is { } refusal)
        {
            return Json(400, JsonSerializer.Serialize(new Dictionary<string, string> { ["__type"] = refusal, ["message"] = $"canary-body {request.Authorization}" }));
        }

        Given.Add(request);
        var token = Convert.ToBase64String(Encoding.UTF8.GetBytes($"AWS:{Password}"));
        var ends = (TimeProvider.System.GetUtcNow() + Life - DateTimeOffset.UnixEpoch).TotalSeconds;
        return Json(200, string.Create(CultureInfo.InvariantCulture, $$"""{"authorizationData": [{"authorizationToken": "{{token}}", "expiresAt": {{ends:0.000}}, "proxyEndpoint": "https://012345678901.dkr.ecr.eu-central-1.amazonaws.com"}]}"""));
    }

    private static FakeResponse Role(RecordedRequest request) => request.Body.Contains("WebIdentityToken=canary-identity", StringComparison.Ordinal)
        ? FakeResponse.Text(200, "text/xml", $"""
            <AssumeRoleWithWebIdentityResponse xmlns="https://sts.amazonaws.com/doc/2011-06-15/"><AssumeRoleWithWebIdentityResult><Credentials>
            <AccessKeyId>{KeyId}</AccessKeyId><SecretAccessKey>{Secret}</SecretAccessKey><SessionToken>{Session}</SessionToken><Expiration>{TimeProvider.System.GetUtcNow().AddHours(1):yyyy-MM-ddTHH:mm:ssZ}</Expiration>
            </Credentials></AssumeRoleWithWebIdentityResult><ResponseMetadata><RequestId>1</RequestId></ResponseMetadata></AssumeRoleWithWebIdentityResponse>
            """)
        : FakeResponse.Text(400, "text/xml", "<ErrorResponse><Error><Code>InvalidIdentityToken</Code><Message>canary-body</Message></Error></ErrorResponse>");

    /// <summary>Null where the signature is right, else AWS's word for what is wrong.</summary>
    private static string? FaultOf(RecordedRequest request)
    {
        const string Algorithm = "AWS4-HMAC-SHA256 ";
        if (request.Authorization is not { } authorization || !authorization.StartsWith(Algorithm, StringComparison.Ordinal))
        {
            return "MissingAuthenticationTokenException";
        }

        var parts = authorization[Algorithm.Length..].Split(", ").Select(part => part.Split('=', 2)).ToDictionary(part => part[0].Trim(), part => part[1]);
        if (parts["Credential"].Split('/') is not [var key, var day, Region, "ecr", "aws4_request"] || key != KeyId)
        {
            return "UnrecognizedClientException";
        }

        var stamp = request.Headers.GetValueOrDefault("X-Amz-Date") ?? "";
        if (!DateTimeOffset.TryParseExact(stamp, "yyyyMMdd'T'HHmmss'Z'", CultureInfo.InvariantCulture, DateTimeStyles.AssumeUniversal, out var at) || (TimeProvider.System.GetUtcNow() - at).Duration() > TimeSpan.FromMinutes(5)
            || !stamp.StartsWith(day, StringComparison.Ordinal))
        {
            return "InvalidSignatureException";
        }

        var signed = parts["SignedHeaders"].Split(';');
        if (!signed.SequenceEqual(signed.Order(StringComparer.Ordinal)) || !new[] { "host", "x-amz-date" }.All(signed.Contains)
            || request.Headers.Keys.Any(name => name.StartsWith("x-amz-", StringComparison.OrdinalIgnoreCase) && !signed.Contains(name.ToLowerInvariant())))
        {
            return "InvalidSignatureException";
        }

        var canonical = string.Join('\n', [
            request.Method, request.Path, request.Query,
            .. signed.Select(name => $"{name}:{request.Headers[name].Trim()}"), "",
            parts["SignedHeaders"], Hex(SHA256.HashData(Encoding.UTF8.GetBytes(request.Body))),
        ]);
        var toSign = $"AWS4-HMAC-SHA256\n{stamp}\n{day}/{Region}/ecr/aws4_request\n{Hex(SHA256.HashData(Encoding.UTF8.GetBytes(canonical)))}";
        var signing = new[] { day, Region, "ecr", "aws4_request", toSign }.Aggregate(Encoding.UTF8.GetBytes("AWS4" + Secret), (mac, text) => HMACSHA256.HashData(mac, Encoding.UTF8.GetBytes(text)));
        return Hex(signing) == parts["Signature"] ? null : "InvalidSignatureException";
    }

    private static string Hex(byte[] bytes) => Convert.ToHexStringLower(bytes);

    private static FakeResponse Json(int status, string body) => FakeResponse.Text(status, "application/x-amz-json-1.1", body);
}
