using System.Net.Sockets;
using System.Security.Authentication;

namespace Roadstead.Oci.Client;

/// <summary>Turns what the framework throws at a network fault into words.</summary>
internal static class UpstreamFaults
{
    /// <summary>The fault behind <paramref name="exception"/>; null if it is none of the network's, or the caller's own cancellation.</summary>
    /// <param name="exception">What was thrown.</param>
    /// <param name="whom">Whom was asked, for the message.</param>
    /// <param name="budget">The token that ends with the time for an answer.</param>
    public static UpstreamFault? Describe(Exception exception, string whom, CancellationToken budget)
    {
        for (var inner = exception; inner is not null; inner = inner.InnerException)
        {
            if (inner is DialRefusedException)
            {
                return new UpstreamFault(UpstreamFaultKind.Nonsense, $"{whom} is not dialled: {inner.Message}");
            }

            if (inner is ProxyFaultException proxy)
            {
                return new UpstreamFault(proxy.Kind, $"{whom}: {proxy.Message}");
            }

            if (inner is SocketException { SocketErrorCode: SocketError.TooManyOpenSockets or SocketError.NoBufferSpaceAvailable })
            {
                // Ours, and no word of the upstream's.
                return new UpstreamFault(UpstreamFaultKind.Busy, $"{whom} is not dialled: this process may open no more files (LimitNOFILE=, ulimit -n)");
            }
        }

        return exception switch
        {
            OperationCanceledException when exception.InnerException is TimeoutException =>
                new UpstreamFault(UpstreamFaultKind.TimedOut, $"{whom} takes no connection in time"),
            OperationCanceledException when budget.IsCancellationRequested =>
                new UpstreamFault(UpstreamFaultKind.TimedOut, $"{whom} did not answer in time"),
            HttpRequestException { HttpRequestError: HttpRequestError.NameResolutionError } =>
                new UpstreamFault(UpstreamFaultKind.Unreachable, $"{whom}: the host name is unknown"),
            HttpRequestException { HttpRequestError: HttpRequestError.SecureConnectionError } =>
                new UpstreamFault(UpstreamFaultKind.Nonsense, $"{whom}: TLS failed: {Innermost(exception)}"),
            AuthenticationException => new UpstreamFault(UpstreamFaultKind.Nonsense, $"{whom}: TLS failed: {Innermost(exception)}"),
            HttpRequestException { HttpRequestError: HttpRequestError.ConnectionError } =>
                new UpstreamFault(UpstreamFaultKind.Unreachable, $"{whom} cannot be reached: {Innermost(exception)}"),

            // The framework quotes what it was sent, which is somebody else's.
            HttpRequestException { HttpRequestError: HttpRequestError.InvalidResponse } => new UpstreamFault(UpstreamFaultKind.Nonsense, $"{whom} answers with what is no HTTP"),
            HttpRequestException or IOException => new UpstreamFault(UpstreamFaultKind.Nonsense, $"{whom} broke off its answer: {Innermost(exception)}"),
            _ => null,
        };
    }

    /// <summary>An answer that a registry does not give.</summary>
    public static UpstreamOutcome<T> Nonsense<T>(string message) => new UpstreamOutcome<T>.Unavailable(new UpstreamFault(UpstreamFaultKind.Nonsense, message));

    private static string Innermost(Exception exception) => exception.GetBaseException().Message;
}
