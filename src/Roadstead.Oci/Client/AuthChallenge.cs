using System.Net.Http.Headers;

namespace Roadstead.Oci.Client;

/// <summary>What a registry asks of those whom it does not know.</summary>
/// <param name="Realm">The token service's URL; null for Basic.</param>
/// <param name="Service">The name under which the token service knows the registry; null where none is given.</param>
/// <param name="Scope">What the token must allow; null where the challenge does not say.</param>
/// <remarks>RFC 9110 section 11; the distribution project's token authentication specification.</remarks>
public sealed record AuthChallenge(Uri? Realm, string? Service, string? Scope)
{
    /// <summary>True if a user name and password are wanted rather than a token.</summary>
    public bool IsBasic => Realm is null;

    /// <summary>Reads the first Bearer or Basic challenge; null where there is none that can be met.</summary>
    public static AuthChallenge? Read(HttpHeaderValueCollection<AuthenticationHeaderValue> headers)
    {
        ArgumentNullException.ThrowIfNull(headers);
        foreach (var header in headers)
        {
            if (header.Scheme.Equals("Bearer", StringComparison.OrdinalIgnoreCase))
            {
                var parameters = ReadParameters(header.Parameter);
                if (parameters.TryGetValue("realm", out var realm) && Uri.TryCreate(realm, UriKind.Absolute, out var url)
                    && (url.Scheme == Uri.UriSchemeHttps || url.Scheme == Uri.UriSchemeHttp))
                {
                    return new AuthChallenge(url, parameters.GetValueOrDefault("service"), parameters.GetValueOrDefault("scope"));
                }
            }
            else if (header.Scheme.Equals("Basic", StringComparison.OrdinalIgnoreCase))
            {
                return new AuthChallenge(null, null, null);
            }
        }

        return null;
    }

    /// <summary>Reads <c>name="value"</c> or <c>name=value</c>, separated by commas; a quoted value may hold commas and escapes.</summary>
    internal static Dictionary<string, string> ReadParameters(string? text)
    {
        var parameters = new Dictionary<string, string>(StringComparer.OrdinalIgnoreCase);
        var rest = text.AsSpan();
        while (true)
        {
            rest = rest.TrimStart(" ,\t");
            var equals = rest.IndexOf('=');
            if (equals <= 0)
            {
                return parameters;
            }

            var name = rest[..equals].Trim().ToString();
            rest = rest[(equals + 1)..].TrimStart();
            parameters.TryAdd(name, rest.StartsWith("\"", StringComparison.Ordinal) ? ReadQuoted(ref rest) : ReadPlain(ref rest));
        }
    }

    private static string ReadPlain(ref ReadOnlySpan<char> rest)
    {
        var end = rest.IndexOf(',');
        var value = (end < 0 ? rest : rest[..end]).Trim().ToString();
        rest = end < 0 ? [] : rest[(end + 1)..];
        return value;
    }

    private static string ReadQuoted(ref ReadOnlySpan<char> rest)
    {
        var value = new System.Text.StringBuilder();
        var i = 1;
        for (; i < rest.Length && rest[i] != '"'; i++)
        {
            if (rest[i] == '\\' && i + 1 < rest.Length)
            {
                i++;
            }

            value.Append(rest[i]);
        }

        rest = i < rest.Length ? rest[(i + 1)..] : [];
        return value.ToString();
    }
}
