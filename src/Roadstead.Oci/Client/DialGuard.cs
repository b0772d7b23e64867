using System.Net;
using System.Net.Sockets;

namespace Roadstead.Oci.Client;

/// <summary>The address that a dial would reach is one that upstreams must not have.</summary>
public sealed class DialRefusedException(string message) : IOException(message);

/// <summary>Connects only to addresses that an upstream may have, checked on what is really dialled, whatever name led there.</summary>
/// <remarks>Server-side request forgery by names, redirects and rebinding: a check of the URL's text would miss all three.</remarks>
public static class DialGuard
{
    private static readonly IPNetwork[] Private =
    [
        IPNetwork.Parse("127.0.0.0/8"), IPNetwork.Parse("::1/128"),
        IPNetwork.Parse("10.0.0.0/8"), IPNetwork.Parse("172.16.0.0/12"), IPNetwork.Parse("192.168.0.0/16"),
        IPNetwork.Parse("100.64.0.0/10"), IPNetwork.Parse("fc00::/7"), IPNetwork.Parse("fec0::/10"),
    ];

    // Link-local holds most clouds' metadata services; two stand in private ranges; the rest, Teredo's tunnels among it, never is a registry.
    private static readonly IPNetwork[] Never =
    [
        IPNetwork.Parse("169.254.0.0/16"), IPNetwork.Parse("fe80::/10"),
        IPNetwork.Parse("fd00:ec2::254/128"), IPNetwork.Parse("100.100.100.200/32"),
        IPNetwork.Parse("0.0.0.0/8"), IPNetwork.Parse("::/128"), IPNetwork.Parse("224.0.0.0/4"), IPNetwork.Parse("240.0.0.0/4"), IPNetwork.Parse("ff00::/8"),
        IPNetwork.Parse("2001::/32"),
    ];

    // IPv6 addresses that stand for an IPv4 one, and at which byte it begins: mapped, compatible, translated (RFC 2765, 6052, 8215), 6to4.
    private static readonly (IPNetwork Network, int At)[] Carriers =
    [
        (IPNetwork.Parse("::ffff:0:0/96"), 12), (IPNetwork.Parse("::/96"), 12), (IPNetwork.Parse("::ffff:0:0:0/96"), 12),
        (IPNetwork.Parse("64:ff9b::/96"), 12), (IPNetwork.Parse("64:ff9b:1::/48"), 12), (IPNetwork.Parse("2002::/16"), 2),
    ];

    /// <summary>Null if <paramref name="address"/> may be dialled, else what it is.</summary>
    public static string? Refusal(IPAddress address, bool allowPrivate)
    {
        ArgumentNullException.ThrowIfNull(address);
        var plain = Unwrap(address);
        if (Never.Any(network => network.Contains(plain)))
        {
            return $"{address} is link-local, a metadata service, or no host's address";
        }

        return !allowPrivate && Private.Any(network => network.Contains(plain))
            ? $"{address} is a private address, and the endpoint does not set allowPrivateAddresses"
            : null;
    }

    /// <summary>Resolves and connects to whichever permitted address answers first.</summary>
    /// <exception cref="DialRefusedException">No address may be dialled.</exception>
    /// <exception cref="SocketException">None could be reached, or the name is unknown.</exception>
    public static async ValueTask<Stream> Connect(DnsEndPoint target, bool allowPrivate, CancellationToken cancellation)
    {
        ArgumentNullException.ThrowIfNull(target);
        var addresses = IPAddress.TryParse(target.Host, out var literal) ? [literal] : await Dns.GetHostAddressesAsync(target.Host, cancellation).ConfigureAwait(false);
        var permitted = addresses.Where(address => Refusal(address, allowPrivate) is null).Select(address => new IPEndPoint(address, target.Port)).ToList();
        if (permitted.Count == 0)
        {
            throw addresses.Length == 0
                ? new SocketException((int)SocketError.HostNotFound)
                : new DialRefusedException($"its host leads where no upstream may: {Refusal(addresses[0], allowPrivate)}");
        }

        return new NetworkStream(await DialRace.Run(permitted, cancellation).ConfigureAwait(false), ownsSocket: true);
    }

    /// <summary>The IPv4 address that an IPv6 address stands for.</summary>
    private static IPAddress Unwrap(IPAddress address)
    {
        if (address.AddressFamily != AddressFamily.InterNetworkV6 || address.Equals(IPAddress.IPv6Loopback))
        {
            return address;
        }

        var carrier = Array.FindIndex(Carriers, carrier => carrier.Network.Contains(address));
        return carrier < 0 ? address : new IPAddress(address.GetAddressBytes().AsSpan(Carriers[carrier].At, 4));
    }
}
