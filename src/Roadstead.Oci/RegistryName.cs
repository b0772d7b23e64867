using System.Buffers;
using System.Diagnostics.CodeAnalysis;
using System.Globalization;

namespace Roadstead.Oci;

/// <summary>The name of a registry in image references: a host with an optional port, as <c>docker.io</c>.</summary>
/// <remarks>
/// Docker Hub's other host names mean <c>docker.io</c>, as its clients have it. OCI distribution specification, "Registry Proxying".
/// </remarks>
public readonly record struct RegistryName
{
    /// <summary>Docker Hub, whose one-part repository names mean <c>library/…</c>.</summary>
    public static readonly RegistryName DockerHub = new("docker.io");

    /// <summary>
    /// No registry, and never one (RFC 2606, section 2): the name by which a node pulls past a dead mirror, to measure what that costs. A server takes its <c>ns</c> for none.
    /// </summary>
    public static readonly RegistryName Measuring = new("verify.roadstead.invalid");

    private static readonly SearchValues<char> LabelCharacters = SearchValues.Create("ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-");
    private static readonly SearchValues<char> HexDigits = SearchValues.Create("0123456789abcdefABCDEF");
    private readonly string? _text;

    private RegistryName(string text) => _text = text;

    /// <summary>Reads <c>host</c> or <c>host:port</c>; upper case is folded, since host names ignore it.</summary>
    public static bool TryParse([NotNullWhen(true)] string? text, out RegistryName name)
    {
        name = default;
        if (string.IsNullOrEmpty(text) || text.Length > 255)
        {
            return false;
        }

        var host = text.AsSpan();
        var colon = host.IndexOf(':');
        if (colon >= 0)
        {
            // The framework's parser takes a number with NULs behind it; with zeros before it, one registry would have two names.
            var port = host[(colon + 1)..];
            if (port.StartsWith('0') || port.ContainsAnyExceptInRange('0', '9') || !ushort.TryParse(port, NumberStyles.None, CultureInfo.InvariantCulture, out _))
            {
                return false;
            }

            host = host[..colon];
        }

        foreach (var label in host.Split('.'))
        {
            if (!IsLabel(host[label]))
            {
                return false;
            }
        }

        // RFC 1123 section 2.1: a host whose last label is a number is an address, and 2852039166 or 0xa9fea9fe is one in disguise.
        if (IsNumber(host[(host.LastIndexOf('.') + 1)..]) && !IsDottedAddress(host))
        {
            return false;
        }

        var folded = text.ToLowerInvariant();
        name = folded is "index.docker.io" or "registry-1.docker.io" ? DockerHub : new RegistryName(folded);
        return true;
    }

    /// <summary>Reads a name that is known to be valid.</summary>
    /// <exception cref="FormatException">It is not.</exception>
    public static RegistryName Parse(string text) =>
        TryParse(text, out var name) ? name : throw new FormatException($"'{text}' is not the name of a registry.");

    /// <summary>True if <paramref name="component"/> can only be a host: it has a dot or a port, or is <c>localhost</c>.</summary>
    public static bool LooksLikeHost(string component)
    {
        ArgumentNullException.ThrowIfNull(component);
        return component.AsSpan().ContainsAny('.', ':') || component == "localhost";
    }

    private static bool IsDottedAddress(ReadOnlySpan<char> host) =>
        host.Count('.') == 3 && System.Net.IPAddress.TryParse(host, out var address) && host.SequenceEqual(address.ToString());

    // https://url.spec.whatwg.org/#ends-in-a-number-checker
    private static bool IsNumber(ReadOnlySpan<char> label) =>
        !label.ContainsAnyExceptInRange('0', '9') || (label.StartsWith("0x", StringComparison.OrdinalIgnoreCase) && !label[2..].ContainsAnyExcept(HexDigits));

    private static bool IsLabel(ReadOnlySpan<char> label) =>
        label.Length is > 0 and <= 63 && label[0] != '-' && label[^1] != '-'
        && !label.ContainsAnyExcept(LabelCharacters);

    /// <summary>The name in lower case.</summary>
    public override string ToString() => _text ?? throw new InvalidOperationException("An empty name has no text.");
}
