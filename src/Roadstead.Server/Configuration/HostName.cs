using System.Diagnostics.CodeAnalysis;
using System.Globalization;
using System.Net;
using System.Net.Sockets;

namespace Roadstead.Server.Configuration;

/// <summary>
/// A host with an optional port, read strictly. <see cref="Uri"/> takes 2852039166, 0x7f.1 or full-width digits for
/// addresses; whoever reads the configuration does not, so such spellings are refused before a Uri is made. The host is in
/// lower case, an IPv6 address in brackets.
/// </summary>
internal sealed record HostName(string Host, int? Port)
{
    public static bool TryParse(string text, [NotNullWhen(true)] out HostName? result, [NotNullWhen(false)] out string? fault)
    {
        result = null;
        var (host, port) = Split(text);
        if (host.Contains(':', StringComparison.Ordinal) && !host.StartsWith('['))
        {
            fault = "has more than one colon; an IPv6 address needs brackets, as [::1]";
            return false;
        }

        int? number = null;
        if (port is not null)
        {
            if (port.Length is 0 or > 5 || !port.All(char.IsAsciiDigit) || int.Parse(port, CultureInfo.InvariantCulture) > 65535)
            {
                fault = "has a port that is no number up to 65535";
                return false;
            }

            number = int.Parse(port, CultureInfo.InvariantCulture);
        }

        // Before the case is folded: the Kelvin sign would become a k.
        fault = host.StartsWith('[') ? Ipv6Fault(host) : NameFault(host);
        if (fault is not null)
        {
            return false;
        }

        result = new HostName(host.ToLowerInvariant(), number);
        return true;
    }

    private static (string Host, string? Port) Split(string text)
    {
        var colon = text.LastIndexOf(':');
        return colon < 0 || colon < text.LastIndexOf(']') ? (text, null) : (text[..colon], text[(colon + 1)..]);
    }

    private static string? Ipv6Fault(string host)
    {
        // The framework takes zones, prefix lengths and further brackets for part of an address.
        if (!host.EndsWith(']') || !host[1..^1].All(c => char.IsAsciiHexDigit(c) || c is ':' or '.')
            || !IPAddress.TryParse(host.AsSpan(1, host.Length - 2), out var address)
            || address.AddressFamily != AddressFamily.InterNetworkV6)
        {
            return "has brackets around what is no IPv6 address";
        }

        return address.IsIPv4MappedToIPv6 ? "has an IPv4 address in IPv6 form; write it as four decimal numbers" : null;
    }

    private static string? NameFault(string host)
    {
        if (host.Length is 0 or > 253)
        {
            return host.Length == 0 ? "has no host" : "has a host of more than 253 characters";
        }

        if (!host.All(c => char.IsAsciiLetterOrDigit(c) || c is '.' or '-' or '_'))
        {
            return "has a host with characters other than letters, digits, dots and hyphens (an international name is written as xn--…)";
        }

        // An underscore is no letter of host names either, but some networks have it; where one begins a label, a Uri sees no name, or throws.
        var labels = host.Split('.');
        if (labels.Any(label => label.Length is 0 or > 63 || label[0] is '-' or '_' || label.EndsWith('-')))
        {
            return "has a host that is no host name";
        }

        // https://url.spec.whatwg.org/#ends-in-a-number-checker: only then does a parser see an address.
        var last = labels[^1];
        var numeric = last.All(char.IsAsciiDigit) || (last.StartsWith("0x", StringComparison.OrdinalIgnoreCase) && last.Skip(2).All(char.IsAsciiHexDigit));
        return !numeric || IsPlainIpv4(labels) ? null : "has a number for a host; write an IPv4 address as four decimal numbers";
    }

    private static bool IsPlainIpv4(string[] labels) => labels.Length == 4 && labels.All(label =>
        label.Length <= 3 && label.All(char.IsAsciiDigit) && (label.Length == 1 || label[0] != '0')
        && int.Parse(label, CultureInfo.InvariantCulture) <= 255);
}
