using System.Diagnostics.CodeAnalysis;

namespace Roadstead.Server.Configuration;

/// <summary>
/// An http or https URL of scheme and authority only; the host as in <see cref="HostName"/>, or * or + where a wildcard
/// is allowed. No fault repeats the text: it may carry a password.
/// </summary>
internal sealed record BaseUrl(string Scheme, string Host, int Port)
{
    public bool IsWildcard => Host is "*" or "+";

    /// <summary>A Uri cannot hold a wildcard: the unspecified address stands for it.</summary>
    public Uri ToUri() => new($"{Scheme}://{(IsWildcard ? "[::]" : Host)}:{Port}");

    public static bool TryParse(string text, [NotNullWhen(true)] out Uri? result, [NotNullWhen(false)] out string? fault)
    {
        result = null;
        if (!TryRead(text, allowWildcard: false, out var url, out fault))
        {
            return false;
        }

        if (url.Port == 0)
        {
            fault = "has port 0";
            return false;
        }

        result = url.ToUri();
        return true;
    }

    /// <summary>For <c>listen</c>: the host may be a wildcard and the port 0.</summary>
    public static bool TryParseListen(string text, [NotNullWhen(true)] out BaseUrl? result, [NotNullWhen(false)] out string? fault) =>
        TryRead(text, allowWildcard: true, out result, out fault);

    private static bool TryRead(
        string text, bool allowWildcard, [NotNullWhen(true)] out BaseUrl? result, [NotNullWhen(false)] out string? fault)
    {
        result = null;
        var separator = text.IndexOf("://", StringComparison.Ordinal);
        var scheme = separator < 0 ? "" : text[..separator].ToLowerInvariant();
        if (scheme is not ("http" or "https"))
        {
            fault = "must begin with http:// or https://";
            return false;
        }

        var rest = text[(separator + 3)..];
        var end = rest.IndexOfAny(['/', '?', '#', '\\']);
        var authority = end < 0 ? rest : rest[..end];
        fault = RestFault(authority, end < 0 ? "" : rest[end..]);
        if (fault is not null)
        {
            return false;
        }

        var wildcard = allowWildcard && authority is (['*' or '+'] or ['*' or '+', ':', ..]);
        if (!HostName.TryParse(wildcard ? string.Concat("localhost", authority.AsSpan(1)) : authority, out var host, out fault))
        {
            return false;
        }

        result = new BaseUrl(scheme, wildcard ? authority[..1] : host.Host, host.Port ?? (scheme == "https" ? 443 : 80));
        return true;
    }

    private static string? RestFault(string authority, string rest) => rest switch
    {
        _ when authority.Contains('@', StringComparison.Ordinal) => "must not carry a user name or password",
        "" or "/" => null,
        _ when rest.Contains('?', StringComparison.Ordinal) => "must not have a query",
        _ when rest.Contains('#', StringComparison.Ordinal) => "must not have a fragment",
        _ => "must not have a path; scheme, host and port only",
    };
}
