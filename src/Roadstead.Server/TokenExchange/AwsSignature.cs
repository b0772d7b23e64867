using System.Globalization;
using System.Security.Cryptography;
using Amazon.Runtime.Internal.Auth;

namespace Roadstead.Server.TokenExchange;

/// <summary>Signs a request to an API of AWS, by the SDK's own signer.</summary>
/// <remarks>docs.aws.amazon.com/IAM/latest/UserGuide/reference_sigv-create-signed-request.html (Signature Version 4).</remarks>
internal static class AwsSignature
{
    /// <param name="request">A request to a URL without path and query, with all its headers.</param>
    /// <param name="body">Its body.</param>
    /// <param name="key">Signs it.</param>
    /// <param name="service">As <c>ecr</c>.</param>
    /// <param name="region">As <c>eu-central-1</c>.</param>
    /// <param name="at">Now.</param>
    public static void Sign(HttpRequestMessage request, byte[] body, AwsKey key, string service, string region, DateTimeOffset at)
    {
        request.Headers.Add("X-Amz-Date", at.ToString("yyyyMMdd'T'HHmmss'Z'", CultureInfo.InvariantCulture));
        if (key.Session is { } session)
        {
            request.Headers.Add("X-Amz-Security-Token", session);
        }

        var headers = request.Headers.Concat(request.Content!.Headers.Where(header => header.Key == "Content-Type"))
            .ToDictionary(header => header.Key.ToLowerInvariant(), header => string.Join(',', header.Value).Trim(), StringComparer.Ordinal).OrderBy(header => header.Key, StringComparer.Ordinal).ToList();
        var names = string.Join(';', headers.Select(header => header.Key));
        var canonical = $"{request.Method}\n/\n\n{string.Concat(headers.Select(header => $"{header.Key}:{header.Value}\n"))}\n{names}\n{Convert.ToHexStringLower(SHA256.HashData(body))}";
        var signature = AWS4Signer.ComputeSignature(key.Id, key.Secret, region, at.UtcDateTime, service, names, canonical);
        request.Headers.TryAddWithoutValidation("Authorization", signature.ForAuthorizationHeader);
    }
}
