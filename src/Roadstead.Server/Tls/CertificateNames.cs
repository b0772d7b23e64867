using System.Net;
using System.Net.NetworkInformation;
using System.Net.Sockets;
using System.Security.Cryptography.X509Certificates;
using Roadstead.Server.Configuration;

namespace Roadstead.Server.Tls;

/// <summary>The names and addresses under which clients may call this server.</summary>
internal sealed record CertificateNames(IReadOnlySet<string> Hosts, IReadOnlySet<IPAddress> Addresses)
{
    /// <param name="options">Gives publicUrl, the hosts to listen on and those of projects.</param>
    /// <param name="machineHost">The machine's host name.</param>
    /// <param name="machineAddresses">Of its network interfaces; loopback and link-local ones are passed over.</param>
    public static CertificateNames Of(RoadsteadOptions options, string machineHost, IEnumerable<IPAddress> machineAddresses)
    {
        var hosts = new HashSet<string>(StringComparer.OrdinalIgnoreCase);
        var addresses = new HashSet<IPAddress> { IPAddress.Loopback, IPAddress.IPv6Loopback };
        var urls = options.Listen.Select(entry => entry.Url).Concat(options.PublicUrl is { } publicUrl ? [publicUrl] : []);
        var named = options.Projects.SelectMany(project => project.Hosts).Select(host => new Uri($"http://{host}").IdnHost);
        foreach (var host in urls.Select(url => url.IdnHost).Concat(named).Append("localhost").Append(machineHost))
        {
            if (!IPAddress.TryParse(host, out var address))
            {
                // A machine may be called anything; what is no DNS name cannot stand in a certificate.
                _ = HostName.TryParse(host, out var name, out _) && hosts.Add(name.Host);
            }
            else if (!address.Equals(IPAddress.Any) && !address.Equals(IPAddress.IPv6Any))
            {
                addresses.Add(address);
            }
        }

        addresses.UnionWith(machineAddresses.Where(address => !IPAddress.IsLoopback(address) && !address.IsIPv6LinkLocal));
        return new CertificateNames(hosts, addresses);
    }

    public static IEnumerable<IPAddress> OfMachine() =>
        from card in NetworkInterface.GetAllNetworkInterfaces()
        where card.OperationalStatus is OperationalStatus.Up or OperationalStatus.Unknown
        from address in card.GetIPProperties().UnicastAddresses
        where address.Address.AddressFamily is AddressFamily.InterNetwork or AddressFamily.InterNetworkV6
        select address.Address;

    public bool AreCoveredBy(X509Certificate2 certificate) =>
        certificate.Extensions.OfType<X509SubjectAlternativeNameExtension>().FirstOrDefault() is { } names
        && Hosts.IsSubsetOf(names.EnumerateDnsNames().ToHashSet(StringComparer.OrdinalIgnoreCase))
        && Addresses.IsSubsetOf(names.EnumerateIPAddresses().ToHashSet());

    public X509Extension ToExtension()
    {
        var names = new SubjectAlternativeNameBuilder();
        foreach (var host in Hosts)
        {
            names.AddDnsName(host);
        }

        foreach (var address in Addresses)
        {
            names.AddIpAddress(address);
        }

        return names.Build();
    }
}
