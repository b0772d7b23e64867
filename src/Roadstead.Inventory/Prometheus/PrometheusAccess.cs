using System.Diagnostics.CodeAnalysis;
using System.Net.Http.Headers;
using System.Net.Security;
using System.Security.Cryptography.X509Certificates;
using System.Text;
using System.Text.RegularExpressions;

namespace Roadstead.Inventory.Prometheus;

/// <summary>Which Prometheus is asked, as whom, and how far back. Its secrets are never shown.</summary>
/// <param name="Url">Below which its API is; <c>/api/v1/query</c> is added.</param>
public sealed partial record PrometheusAccess(Uri Url)
{
    /// <summary>What is shown as a bearer; null: nothing is.</summary>
    public string? BearerToken { get; init; }

    /// <summary>Whom to log in as; null: nobody.</summary>
    public string? Username { get; init; }

    /// <summary>The password; null: none.</summary>
    public string? Password { get; init; }

    /// <summary>Certificates to trust instead of the machine's, as PEM; null: the machine's.</summary>
    public string? CaPem { get; init; }

    /// <summary>How far back, in Prometheus's own words, as <c>14d</c>; null: what runs now.</summary>
    public string? Since { get; init; }

    /// <summary>Reads a URL that an operator typed.</summary>
    /// <param name="text">What was typed.</param>
    /// <param name="url">The URL.</param>
    /// <param name="fault">What is wrong with it; continues a sentence that begins with it.</param>
    public static bool TryParseUrl(string text, [NotNullWhen(true)] out Uri? url, [NotNullWhen(false)] out string? fault)
    {
        fault = !Uri.TryCreate(text, UriKind.Absolute, out url) || url is not { Scheme: "http" or "https", Host.Length: > 0 } ? "is no URL of http:// or https://"
            : url.UserInfo.Length > 0 ? "has a name or password in it, which would be shown with it; they are given beside it"
            : url.Query.Length > 0 || url.Fragment.Length > 0 ? "has a query; it is the URL below which /api/v1/query is"
            : null;
        return fault is null;
    }

    /// <summary>Whether a time span is one of Prometheus's, as <c>14d</c> or <c>1h30m</c>.</summary>
    public static bool IsTimeSpan(string text) => Span().IsMatch(text);

    /// <summary>No secret stands in it.</summary>
    public override string ToString() => Url.ToString();

    internal HttpClient Open(string agent)
    {
        var handler = new SocketsHttpHandler { AllowAutoRedirect = false, ConnectTimeout = TimeSpan.FromSeconds(10), AutomaticDecompression = System.Net.DecompressionMethods.GZip };
        if (CaPem is not null)
        {
            var policy = new X509ChainPolicy { TrustMode = X509ChainTrustMode.CustomRootTrust, RevocationMode = X509RevocationMode.NoCheck };
            policy.CustomTrustStore.ImportFromPem(CaPem);
            handler.SslOptions = new SslClientAuthenticationOptions { CertificateChainPolicy = policy };
        }

        // A history of weeks may take Prometheus as long as it gives itself, which is two minutes.
        var http = new HttpClient(handler) { Timeout = TimeSpan.FromMinutes(2.5) };
        http.DefaultRequestHeaders.TryAddWithoutValidation("User-Agent", agent);
        http.DefaultRequestHeaders.Authorization = BearerToken is not null ? new AuthenticationHeaderValue("Bearer", BearerToken)
            : Username is not null ? new AuthenticationHeaderValue("Basic", Convert.ToBase64String(Encoding.UTF8.GetBytes($"{Username}:{Password}")))
            : null;
        return http;
    }

    // https://prometheus.io/docs/prometheus/latest/querying/basics/#float-literals-and-time-durations.
    [GeneratedRegex("^(?=.)([0-9]+y)?([0-9]+w)?([0-9]+d)?([0-9]+h)?([0-9]+m)?([0-9]+s)?([0-9]+ms)?$")]
    private static partial Regex Span();
}
