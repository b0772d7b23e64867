using System.Net;
using System.Net.NetworkInformation;
using System.Net.Sockets;
using Roadstead.Server.Configuration;

namespace Roadstead.Server.Projects;

/// <summary>Whether a URL leads back to this server: an endpoint that asked itself would never have an answer.</summary>
internal static class OwnAddress
{
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(2);

    /// <summary>What the URL says by itself: the server's own name, or an address and port that it listens on.</summary>
    public static bool LeadsBack(Uri url, RoadsteadOptions options)
    {
        if (options.PublicUrl is { } own && own.Port == url.Port && own.IdnHost.Equals(url.IdnHost, StringComparison.OrdinalIgnoreCase))
        {
            return true;
        }

        return url.IdnHost == "localhost" ? IsListened(IPAddress.Loopback, url.Port, options) || IsListened(IPAddress.IPv6Loopback, url.Port, options)
            : IPAddress.TryParse(url.DnsSafeHost, out var address) && IsListened(address, url.Port, options);
    }

    /// <summary>What is wrong with an endpoint whose URLs lead back, by their names too; null where none does.</summary>
    public static async Task<ConfigurationFault?> FaultOf(EndpointOptions endpoint, RoadsteadOptions options, CancellationToken cancellation)
    {
        foreach (var url in endpoint.Urls)
        {
            if (await LeadsBackByName(url, options, cancellation).ConfigureAwait(false))
            {
                return new ConfigurationFault(url == endpoint.Url ? "url" : "fallbackUrls", "leads back to this server");
            }
        }

        return endpoint.Proxy is { } proxy && await LeadsBackByName(proxy, options, cancellation).ConfigureAwait(false) ? new ConfigurationFault("proxy", "leads back to this server") : null;
    }

    /// <summary>As above, and by the addresses that its name has now; a name that has none leads nowhere yet.</summary>
    private static async Task<bool> LeadsBackByName(Uri url, RoadsteadOptions options, CancellationToken cancellation)
    {
        if (LeadsBack(url, options))
        {
            return true;
        }

        if (url.HostNameType != UriHostNameType.Dns || !options.Listen.Any(listen => listen.Url.Port == url.Port))
        {
            return false;
        }

        try
        {
            var addresses = await Dns.GetHostAddressesAsync(url.IdnHost, cancellation).WaitAsync(Patience, cancellation).ConfigureAwait(false);
            return addresses.Any(address => IsListened(address, url.Port, options));
        }
        catch (Exception exception) when (exception is SocketException or TimeoutException)
        {
            return false;
        }
    }

    private static bool IsListened(IPAddress address, int port, RoadsteadOptions options) => options.Listen.Any(listen => listen.Url.Port == port && (
        listen.AnyAddress || (IPAddress.TryParse(listen.Url.DnsSafeHost, out var any) && (any.Equals(IPAddress.Any) || any.Equals(IPAddress.IPv6Any))) ? IsOfThisMachine(address)
        : listen.Url.Host == "localhost" ? address.Equals(IPAddress.Loopback) || address.Equals(IPAddress.IPv6Loopback)
        : IPAddress.TryParse(listen.Url.DnsSafeHost, out var own) && own.Equals(address)));

    private static bool IsOfThisMachine(IPAddress address) =>
        IPAddress.IsLoopback(address) || NetworkInterface.GetAllNetworkInterfaces().Any(network => network.GetIPProperties().UnicastAddresses.Any(own => own.Address.Equals(address)));
}
