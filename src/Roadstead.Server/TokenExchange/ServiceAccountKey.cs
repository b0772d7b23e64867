using System.Diagnostics.CodeAnalysis;
using System.Security.Cryptography;
using System.Text.Json;

namespace Roadstead.Server.TokenExchange;

/// <summary>The JSON key of a service account of Google's.</summary>
/// <param name="Email">Whose key it is.</param>
/// <param name="Id">The key's own name.</param>
/// <param name="Pem">The key: it signs, and is sent to nobody.</param>
/// <param name="Audience">Where it says that tokens are given.</param>
/// <remarks>cloud.google.com/iam/docs/keys-create-delete ("Creating service account keys").</remarks>
internal sealed record ServiceAccountKey(string Email, string Id, string Pem, string Audience)
{
    /// <summary>Reads one; the fault continues a sentence that begins with its key, and shows nothing of it.</summary>
    public static bool TryParse(string text, [NotNullWhen(true)] out ServiceAccountKey? key, [NotNullWhen(false)] out string? fault)
    {
        key = Read(text);
        fault = key is null ? "holds no JSON key of a service account (client_email, private_key_id, private_key, token_uri)" : null;
        return key is not null;
    }

    /// <summary>Where a token is asked for, as the key says; null where that is not Google's: whoever hands out a key must not say whom it is shown to.</summary>
    public Uri? Service => Uri.TryCreate(Audience, UriKind.Absolute, out var url) && url.Scheme == Uri.UriSchemeHttps && url.UserInfo.Length == 0
        && (url.Host == "accounts.google.com" || url.Host.EndsWith(".googleapis.com", StringComparison.Ordinal)) ? url : null;

    /// <summary>A record would print its members.</summary>
    public override string ToString() => $"key of {Email}";

    private static ServiceAccountKey? Read(string text)
    {
        try
        {
            using var document = JsonDocument.Parse(text);
            string Member(string name) => document.RootElement.TryGetProperty(name, out var value) ? value.GetString() ?? "" : "";
            var read = new ServiceAccountKey(Member("client_email"), Member("private_key_id"), Member("private_key"), Member("token_uri"));
            if (read.Email.Any(letter => !char.IsAsciiLetterOrDigit(letter) && letter is not ('@' or '.' or '-' or '_')) || new[] { read.Email, read.Id, read.Pem, read.Audience }.Contains(""))
            {
                return null;
            }

            using var rsa = RSA.Create();
            rsa.ImportFromPem(read.Pem);
            return read;
        }
        catch (Exception exception) when (exception is JsonException or InvalidOperationException or ArgumentException or CryptographicException)
        {
            return null;
        }
    }
}
