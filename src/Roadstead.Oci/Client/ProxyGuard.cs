using System.Net;
using System.Net.Sockets;

namespace Roadstead.Oci.Client;

/// <summary>The proxy on the way to an upstream is at fault, or says what lies behind it is.</summary>
internal sealed class ProxyFaultException(UpstreamFaultKind kind, string message) : IOException(message)
{
    public UpstreamFaultKind Kind { get; } = kind;
}

/// <summary>
/// Keeps requests that go by a proxy from addresses that an upstream must not have, as far as their URLs name them: what a name leads to, the proxy alone knows. Tells the
/// proxy's faults from the registry's.
/// </summary>
internal sealed class ProxyGuard(bool allowPrivate, HttpMessageHandler inner) : DelegatingHandler(inner)
{
    /// <summary>Connects to the proxy, whose address is the operator's own word and may be private.</summary>
    public static async ValueTask<Stream> Connect(DnsEndPoint proxy, CancellationToken cancellation)
    {
        try
        {
            return await DialGuard.Connect(proxy, allowPrivate: true, cancellation).ConfigureAwait(false);
        }
        catch (Exception exception) when (exception is SocketException { SocketErrorCode: not (SocketError.TooManyOpenSockets or SocketError.NoBufferSpaceAvailable) } or DialRefusedException)
        {
            throw new ProxyFaultException(UpstreamFaultKind.Unreachable, $"the proxy cannot be reached: {exception.Message}");
        }
    }

    protected override async Task<HttpResponseMessage> SendAsync(HttpRequestMessage request, CancellationToken cancellationToken)
    {
        if (Refusal(request.RequestUri!) is { } refusal)
        {
            throw new DialRefusedException($"its host leads where no upstream may: {refusal}");
        }

        try
        {
            var response = await base.SendAsync(request, cancellationToken).ConfigureAwait(false);
            if (response.StatusCode != HttpStatusCode.ProxyAuthenticationRequired)
            {
                return response;
            }

            response.Dispose();
            throw Refused(HttpStatusCode.ProxyAuthenticationRequired);
        }
        catch (HttpRequestException exception) when (exception.HttpRequestError == HttpRequestError.ProxyTunnelError)
        {
            throw Refused(exception.StatusCode);
        }
        catch (OperationCanceledException exception) when (exception.InnerException is TimeoutException)
        {
            throw new ProxyFaultException(UpstreamFaultKind.TimedOut, "the proxy makes no connection in time");
        }
    }

    // Tinyproxy answers a wrong password with 401.
    private static ProxyFaultException Refused(HttpStatusCode? status) => new(UpstreamFaultKind.Unreachable, status is HttpStatusCode.ProxyAuthenticationRequired or HttpStatusCode.Unauthorized
        ? $"the proxy wants a user name and password, and does not take those of the endpoint ({(int)status}; proxyUsername, proxyPassword)"
        : $"the proxy makes no connection{(status is null ? "" : $" ({(int)status})")}");

    private string? Refusal(Uri url) =>
        IPAddress.TryParse(url.DnsSafeHost, out var address) ? DialGuard.Refusal(address, allowPrivate)
        : url.IdnHost == "localhost" || url.IdnHost.EndsWith(".localhost", StringComparison.Ordinal) ? DialGuard.Refusal(IPAddress.Loopback, allowPrivate)
        : null;
}
