using System.Diagnostics.CodeAnalysis;
using System.Globalization;
using System.Net;
using Roadstead.Oci.Client;
using Roadstead.Server.Tls;
using Roadstead.Server.TokenExchange;

namespace Roadstead.Server.Configuration;

/// <summary>Reads one entry of <c>endpoints</c>.</summary>
internal static class EndpointReader
{
    /// <summary>Stands where a URL could not be read; options with a fault are never used.</summary>
    private static readonly Uri NoUrl = new("https://invalid.invalid");

    private static readonly EndpointOptions Unread = new() { Name = "", Registry = "", Url = NoUrl };

    public static EndpointOptions Read(ConfigurationNode node, ConfigurationReader reader)
    {
        if (node is not MapNode map)
        {
            return Unread;
        }

        var registry = reader.Required<string>(map, "registry", RegistryKey.TryParse) ?? "";
        if (registry.Length > 0 && !Oci.RegistryName.LooksLikeHost(registry))
        {
            reader.Faults.Warn(ConfigurationNode.ChildPath(map.Path, "registry"), "has neither a dot nor a port, so no image reference can name it");
        }

        var endpoint = Unread with
        {
            Name = Name(map, reader),
            Registry = registry,
            Url = reader.Required<Uri>(map, "url", BaseUrl.TryParse) ?? NoUrl,
            FallbackUrls = reader.Values<Uri>(map, "fallbackUrls", BaseUrl.TryParse),
            CaCertificate = reader.Pem(map, "caCertificate", PemPair.CertificateFault),
            ClientCertificate = reader.Pem(map, "clientCertificate", PemPair.CertificateFault),
            ClientKey = reader.Pem(map, "clientKey", key => PemPair.KeyFault(null, key)),
            InsecureSkipVerify = reader.Flag(map, "insecureSkipVerify", false),
            AllowPrivateAddresses = reader.Flag(map, "allowPrivateAddresses", false),
            TokenHosts = reader.Values<string>(map, "tokenHosts", TryParseTokenHost),
            ConnectTimeout = reader.Value(map, "connectTimeout", Duration.TryParseTimeout, Unread.ConnectTimeout),
            HeaderTimeout = reader.Value(map, "headerTimeout", Duration.TryParseTimeout, Unread.HeaderTimeout),
            IdleTimeout = reader.Value(map, "idleTimeout", Duration.TryParseTimeout, Unread.IdleTimeout),
            MinBodyRate = reader.Value(map, "minBodyRate", LimitsReader.Size(1, 1024 * 1024 * 1024), Unread.MinBodyRate),
            MaxBodies = reader.Value(map, "maxBodies", LimitsReader.Count(1, 10_000), Unread.MaxBodies),
            RevalidationTimeout = reader.Value(map, "revalidationTimeout", Duration.TryParseTimeout, Unread.RevalidationTimeout),
            RateLimitReserve = reader.Value(map, "rateLimitReserve", TryParseCount, Unread.RateLimitReserve),
        };
        CheckAddress(map, reader, endpoint);
        CheckClientCertificate(map, reader, endpoint);
        return ProxyReader.Read(map, reader, TokenExchangeReader.Read(map, reader, Credential(map, reader, endpoint)));
    }

    /// <summary>What an address says by itself is told now, and not with each pull; what a name leads to shows when it is dialled.</summary>
    private static void CheckAddress(MapNode map, ConfigurationReader reader, EndpointOptions endpoint)
    {
        foreach (var (place, url) in endpoint.Urls.Index())
        {
            var key = ConfigurationNode.ChildPath(map.Path, place == 0 ? "url" : "fallbackUrls");
            if (IPAddress.TryParse(url.DnsSafeHost, out var address) && DialGuard.Refusal(address, endpoint.AllowPrivateAddresses) is { } refusal)
            {
                reader.Faults.Add(key, $"{(place == 0 ? "" : $"{url.Authority} ")}leads where no upstream is dialled: {refusal}");
            }

            if (endpoint.Urls.Take(place).Contains(url))
            {
                reader.Faults.Add(key, $"{url.Authority} is named already");
            }
        }
    }

    private static EndpointOptions Credential(MapNode map, ConfigurationReader reader, EndpointOptions endpoint)
    {
        var hasName = map.Child("username") is not null;
        var hasPassword = map.Child("password") is not null || map.Child("passwordFile") is not null;

        // A key of Google's says itself whose it is, and has many lines.
        var isKey = (map.Child("tokenExchange") as ScalarNode)?.Text == TokenExchangeKind.Gar;
        if (hasName != hasPassword && (hasName || !isKey))
        {
            reader.Faults.Add(
                ConfigurationNode.ChildPath(map.Path, hasName ? "password" : "username"),
                !hasName ? "is missing beside the password"
                : reader.IsInline ? $"is missing beside username; {SecretPlaces.UsedOn}"
                : "is missing beside username; give password or passwordFile");
        }

        // Kept even where the other half is at fault: a project must say whether it is public either way.
        return endpoint with
        {
            Username = hasName ? reader.Value<string>(map, "username", TryParseUsername) ?? "" : null,
            Password = hasPassword ? (isKey ? reader.Secret(map, "password") : reader.Password(map, "password")) ?? "" : null,
        };
    }

    /// <summary>A name that is spelled wrong is kept: projects that name it have no fault of their own.</summary>
    private static string Name(MapNode map, ConfigurationReader reader) =>
        reader.Required<string>(map, "name", PathName.TryParse) ?? (map.Child("name") as ScalarNode)?.Text ?? "";

    private static void CheckClientCertificate(MapNode map, ConfigurationReader reader, EndpointOptions endpoint)
    {
        var (certificate, key) = (ConfigurationNode.ChildPath(map.Path, "clientCertificate"), ConfigurationNode.ChildPath(map.Path, "clientKey"));
        if (reader.Faults.Concerns(certificate) || reader.Faults.Concerns(key))
        {
            return;
        }

        if ((map.Child("clientCertificate") is null) != (map.Child("clientKey") is null))
        {
            var isKey = map.Child("clientKey") is null;
            reader.Faults.Add(
                isKey ? key : certificate,
                !isKey ? "is missing beside clientKey"
                : reader.IsInline ? $"is missing beside clientCertificate; {SecretPlaces.UsedOn}"
                : "is missing beside clientCertificate");
        }
        else if (endpoint is { ClientCertificate: { } pem, ClientKey: { } keyPem } && PemPair.KeyFault(pem, keyPem, "clientCertificate") is { } fault)
        {
            reader.Faults.Add(key, fault);
        }
    }

    private static bool TryParseTokenHost(string text, [NotNullWhen(true)] out string? result, [NotNullWhen(false)] out string? fault)
    {
        result = null;
        if (!HostName.TryParse(text, out var host, out fault))
        {
            return false;
        }

        fault = host.Port is null ? null : "must be a host without a port";
        result = host.Host;
        return fault is null;
    }

    private static bool TryParseCount(string text, out int result, out string? fault)
    {
        fault = int.TryParse(text, NumberStyles.None, CultureInfo.InvariantCulture, out result) ? null : "must be a whole number, 0 or more";
        return fault is null;
    }

    /// <summary>https://www.rfc-editor.org/rfc/rfc7617#section-2: a colon would end the name early.</summary>
    internal static bool TryParseUsername(string text, out string? result, out string? fault)
    {
        result = text;
        fault = text.Contains(':', StringComparison.Ordinal) ? "must not contain a colon" : null;
        return fault is null;
    }
}
