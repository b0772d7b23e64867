namespace Roadstead.Server.Configuration;

/// <summary>Where an endpoint's secrets are sent: a saved one is used on only while it goes nowhere that it was not saved for.</summary>
internal static class SecretPlaces
{
    /// <summary>What to say of a secret that is missing, beside one that may be saved.</summary>
    public const string UsedOn = "a saved one is used on only while url stays the same, and with it whatever else says where it goes (fallbackUrls, tokenHosts, tokenExchange, tokenUrl, tenant, proxy)";

    /// <summary>True if the password and the key that were saved for one may go where those of the other go.</summary>
    public static bool AllKnown(EndpointOptions wanted, EndpointOptions saved) => Of(wanted).All(Of(saved).Contains);

    /// <summary>Whose a sealed secret is: whoever can change the row sends none elsewhere with it.</summary>
    public static string OwnerOf(EndpointOptions endpoint) =>
        // Without further places as the first release has it.
        string.Join('\0', ["endpoint", endpoint.Name, endpoint.Url.ToString(), .. endpoint.TokenExchange is null ? [] : Of(endpoint)[..1], .. Of(endpoint)[2..]]);

    /// <summary>The exchange first, for it decides what is sent at all; then the URLs.</summary>
    private static List<string> Of(EndpointOptions endpoint) =>
    [
        $"exchange {endpoint.TokenExchange}",
        .. endpoint.Urls.Select(url => $"url {url}"),
        .. Place("token", endpoint.TokenUrl),
        .. Place("proxy", endpoint.Proxy),
        .. endpoint.TokenHosts.Select(host => $"token host {host}"),
        .. endpoint.Tenant is { } tenant ? [$"tenant {tenant}"] : Array.Empty<string>(),
    ];

    private static string[] Place(string kind, Uri? url) => url is null ? [] : [$"{kind} {url}"];
}
