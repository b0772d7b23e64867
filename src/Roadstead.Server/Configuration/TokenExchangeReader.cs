using System.Diagnostics.CodeAnalysis;
using System.Net;
using Roadstead.Oci.Client;
using Roadstead.Server.TokenExchange;

namespace Roadstead.Server.Configuration;

/// <summary>Reads the keys of an endpoint whose user name and password are given for others by a cloud's token service.</summary>
internal static class TokenExchangeReader
{
    private const string JsonKeyUser = "_json_key";

    private static readonly string[] Details = ["tokenUrl", "tenant"];

    public static EndpointOptions Read(MapNode map, ConfigurationReader reader, EndpointOptions endpoint)
    {
        var read = endpoint with
        {
            TokenExchange = reader.Value<string>(map, "tokenExchange", TryParseKind),
            TokenUrl = reader.Value<Uri>(map, "tokenUrl", TryParseUrl),
            Tenant = reader.Value<string>(map, "tenant", TryParseTenant),
        };
        if (read.TokenUrl is { } url && IPAddress.TryParse(url.DnsSafeHost, out var address) && DialGuard.Refusal(address, endpoint.AllowPrivateAddresses) is { } refusal)
        {
            Fault("tokenUrl", $"leads where no upstream is dialled: {refusal}");
        }

        foreach (var key in Details.Where(key => Has(key) && !Has("tokenExchange")))
        {
            Fault(key, "says nothing without tokenExchange");
        }

        switch (read.TokenExchange)
        {
            case TokenExchangeKind.Ecr when !Has("tokenUrl") && !read.Urls.All(url => EcrHost.TryParse(url.Host, out _)):
                Fault("tokenUrl", $"is missing: {(read.FallbackUrls.Count == 0 ? "url" : "a URL")} is no ECR registry's, as https://<account>.dkr.ecr.<region>.amazonaws.com, that says where its tokens are given");
                break;
            case TokenExchangeKind.Ecr when read.TokenUrl is { AbsolutePath: not "/" }:
                Fault("tokenUrl", "must not have a path: scheme, host and port of ECR's API only");
                break;
            case TokenExchangeKind.Gar:
                CheckServiceAccount();
                break;
            case TokenExchangeKind.Acr:
                CheckServicePrincipal();
                break;
        }

        return read;

        bool Has(string key) => map.Child(key) is not null;

        void Fault(string key, string message) => reader.Faults.Add(ConfigurationNode.ChildPath(map.Path, key), message);

        void CheckServiceAccount()
        {
            if (read.Username is not (null or JsonKeyUser))
            {
                Fault("username", $"must be {JsonKeyUser} or absent: the key says whose it is");
            }

            if (read.Password is not { Length: > 0 } text)
            {
                Fault("password", $"is missing: the JSON key of a service account{(reader.IsInline ? $"; {SecretPlaces.UsedOn}" : "")}");
            }
            else if (!ServiceAccountKey.TryParse(text, out var key, out var fault))
            {
                Fault("password", fault);
            }
            else if (!Has("tokenUrl") && key.Service is null)
            {
                Fault("tokenUrl", "is missing: the token_uri of the key is none of Google's, so it must be said that it is meant");
            }
        }

        void CheckServicePrincipal()
        {
            if (read.Username is null)
            {
                Fault("username", "is missing: the client id of a service principal");
            }

            if (!Has("tokenUrl") && !Has("tenant"))
            {
                Fault("tenant", "is missing: the directory of the service principal");
            }
        }
    }

    private static bool TryParseKind(string text, [NotNullWhen(true)] out string? result, [NotNullWhen(false)] out string? fault)
    {
        (result, fault) = (text, text is TokenExchangeKind.Ecr or TokenExchangeKind.Gar or TokenExchangeKind.Acr ? null : "must be ecr, gar or acr");
        return fault is null;
    }

    /// <summary>A URL as <see cref="BaseUrl"/>, which may have a path.</summary>
    private static bool TryParseUrl(string text, [NotNullWhen(true)] out Uri? result, [NotNullWhen(false)] out string? fault)
    {
        var path = text.IndexOf('/', Math.Max(text.IndexOf("://", StringComparison.Ordinal), 0) + 3);
        if (!BaseUrl.TryParse(path < 0 ? text : text[..path], out result, out fault))
        {
            return false;
        }

        if (path >= 0 && (text[path..].AsSpan().ContainsAny('?', '#', '\\') || !Uri.TryCreate(result, text[path..], out result)))
        {
            fault = "must be scheme, host, port and path only";
        }

        return fault is null;
    }

    private static bool TryParseTenant(string text, [NotNullWhen(true)] out string? result, [NotNullWhen(false)] out string? fault)
    {
        (result, fault) = (text, text.All(letter => char.IsAsciiLetterOrDigit(letter) || letter is '-' or '.') && !text.Contains("..", StringComparison.Ordinal) ? null : "must be a directory's id or domain");
        return fault is null;
    }
}
