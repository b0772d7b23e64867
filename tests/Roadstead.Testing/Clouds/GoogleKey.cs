using System.Buffers.Text;
using System.Security.Cryptography;
using System.Text;
using System.Text.Json;
using System.Web;
using Roadstead.Testing.Upstream;

namespace Roadstead.Testing.Clouds;

/// <summary>A service account's key, and the check of what was signed with it.</summary>
public sealed class GoogleKey : IDisposable
{
    private const string Email = "puller@project.iam.gserviceaccount.com";

    private readonly RSA rsa = RSA.Create(2048);

    /// <summary>As Google gives it to whoever made it.</summary>
    public string Json(string tokenUri) => JsonSerializer.Serialize(new Dictionary<string, string>
    {
        ["type"] = "service_account", ["client_email"] = Email, ["private_key_id"] = "key-1", ["private_key"] = rsa.ExportPkcs8PrivateKeyPem(), ["token_uri"] = tokenUri,
    });

    /// <summary>True if the request is a service account's for a token, by RFC 7523.</summary>
    public bool Admits(RecordedRequest request, string audience)
    {
        var form = HttpUtility.ParseQueryString(request.Body);
        if (form["grant_type"] != "urn:ietf:params:oauth:grant-type:jwt-bearer" || form["assertion"]?.Split('.') is not [var header, var claims, var signature])
        {
            return false;
        }

        using var read = JsonDocument.Parse(Base64Url.DecodeFromChars(claims));
        using var head = JsonDocument.Parse(Base64Url.DecodeFromChars(header));
        string Text(string name) => read.RootElement.GetProperty(name).GetString()!;
        long Number(string name) => read.RootElement.GetProperty(name).GetInt64();
        var now = TimeProvider.System.GetUtcNow().ToUnixTimeSeconds();
        return rsa.VerifyData(Encoding.ASCII.GetBytes($"{header}.{claims}"), Base64Url.DecodeFromChars(signature), HashAlgorithmName.SHA256, RSASignaturePadding.Pkcs1)
            && head.RootElement.GetProperty("alg").GetString() == "RS256" && Text("iss") == Email && Text("aud") == audience && Text("scope").StartsWith("https://www.googleapis.com/auth/", StringComparison.Ordinal)
            && Math.Abs(Number("iat") - now) < 60 && Number("exp") - Number("iat") <= 3600;
    }

    public void Dispose() => rsa.Dispose();
}
