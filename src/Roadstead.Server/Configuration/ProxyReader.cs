using System.Diagnostics.CodeAnalysis;
using System.Net;
using Roadstead.Oci.Client;

namespace Roadstead.Server.Configuration;

/// <summary>Reads the proxy that an endpoint is asked by.</summary>
internal static class ProxyReader
{
    public static EndpointOptions Read(MapNode map, ConfigurationReader reader, EndpointOptions endpoint)
    {
        var url = reader.Value<Uri>(map, "proxy", TryParseProxy);
        var hasName = map.Child("proxyUsername") is not null;
        var hasPassword = map.Child("proxyPassword") is not null || map.Child("proxyPasswordFile") is not null;
        if (url is not null && IPAddress.TryParse(url.DnsSafeHost, out var address) && DialGuard.Refusal(address, allowPrivate: true) is { } refusal)
        {
            Fault("proxy", $"leads where nothing is dialled: {refusal}");
        }

        if ((hasName || hasPassword) && map.Child("proxy") is null)
        {
            Fault(hasName ? "proxyUsername" : "proxyPassword", "says nothing without proxy");
        }
        else if (hasName != hasPassword)
        {
            Fault(
                hasName ? "proxyPassword" : "proxyUsername",
                !hasName ? "is missing beside proxyPassword"
                : reader.IsInline ? "is missing beside proxyUsername; a saved one is used on only while proxy stays the same"
                : "is missing beside proxyUsername; give proxyPassword or proxyPasswordFile");
        }

        return endpoint with
        {
            Proxy = url,
            ProxyUsername = hasName ? reader.Value<string>(map, "proxyUsername", EndpointReader.TryParseUsername) ?? "" : null,
            ProxyPassword = hasPassword ? reader.Password(map, "proxyPassword") ?? "" : null,
        };

        void Fault(string key, string message) => reader.Faults.Add(ConfigurationNode.ChildPath(map.Path, key), message);
    }

    private static bool TryParseProxy(string text, [NotNullWhen(true)] out Uri? result, [NotNullWhen(false)] out string? fault)
    {
        if (BaseUrl.TryParse(text, out result, out fault) && result.Scheme != Uri.UriSchemeHttp)
        {
            fault = "must begin with http://: the way to the proxy is plain, and HTTPS goes through it";
        }

        return fault is null;
    }
}
