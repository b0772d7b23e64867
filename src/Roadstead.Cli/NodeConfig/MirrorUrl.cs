using System.Diagnostics.CodeAnalysis;

namespace Roadstead.Cli.NodeConfig;

/// <summary>The mirror's scheme and authority. The authority stays as it was written: containers/image needs the dot or port that a <see cref="Uri"/> would drop.</summary>
/// <param name="Scheme">http or https.</param>
/// <param name="Authority">Host with an optional port, in lower case.</param>
public sealed record MirrorUrl(string Scheme, string Authority)
{
    public bool IsPlain => Scheme == "http";

    public string Host => IsIPv6 ? Authority[..(Authority.IndexOf(']', StringComparison.Ordinal) + 1)] : Authority.Split(':')[0];

    /// <summary>Its host is an IPv6 address, as <c>[::1]:5000</c>.</summary>
    public bool IsIPv6 => Authority.StartsWith('[');

    public bool IsLoopback => new Uri(ToString()).IsLoopback;

    /// <summary>The same port at another host.</summary>
    public MirrorUrl At(string host) => this with { Authority = host + Authority[Host.Length..] };

    /// <summary>As registries.conf has a location: <c>mirror.example:5000/dockerhub</c>.</summary>
    public string Location(RegistryMirror registry) => $"{Authority}/{registry.Project}";

    /// <summary>As Docker has a mirror: <c>https://mirror.example:5000/dockerhub</c>.</summary>
    public string ProjectUrl(RegistryMirror registry) => $"{this}/{registry.Project}";

    /// <summary>As containerd has it, where repositories begin: <c>https://mirror.example:5000/v2/dockerhub</c>.</summary>
    public string ApiUrl(RegistryMirror registry) => $"{this}/v2/{registry.Project}";

    /// <summary>Reads a URL of scheme and authority only.</summary>
    /// <param name="fault">What is wrong with it, to be put after its name; never repeats the text, which may carry a password.</param>
    public static bool TryParse(string text, [NotNullWhen(true)] out MirrorUrl? url, [NotNullWhen(false)] out string? fault)
    {
        url = null;
        var separator = text.IndexOf("://", StringComparison.Ordinal);
        var scheme = separator < 0 ? "" : text[..separator].ToLowerInvariant();
        var rest = separator < 0 ? "" : text[(separator + 3)..].TrimEnd('/').ToLowerInvariant();
        fault = scheme is not ("http" or "https") ? "must begin with http:// or https://"
            : rest.Contains('@', StringComparison.Ordinal) ? "must not carry a user name or password; --username and --password-file are for these"
            : rest.IndexOfAny(['/', '?', '#', '\\']) >= 0 ? "must be scheme, host and port only; the path of each project is put behind it"
            : !Uri.TryCreate($"{scheme}://{rest}", UriKind.Absolute, out var uri) || uri.Host.Length == 0 || rest.Any(c => c is '_' or '%' or '"' or > '~' or <= ' ') ? "has no valid host and port"
            : null;
        if (fault is not null)
        {
            return false;
        }

        url = new MirrorUrl(scheme, rest);
        return true;
    }

    public override string ToString() => $"{Scheme}://{Authority}";
}
