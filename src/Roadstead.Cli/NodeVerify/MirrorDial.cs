using System.Net.Security;
using System.Net.Sockets;
using System.Security.Authentication;
using System.Security.Cryptography.X509Certificates;
using System.Text;
using Roadstead.Cli.NodeConfig;

namespace Roadstead.Cli.NodeVerify;

/// <summary>Dials the mirror from this machine, and says exactly where that ends.</summary>
/// <param name="patience">For the connection, and again for what is said over it.</param>
internal sealed class MirrorDial(MirrorUrl url, MirrorTrust trust, TimeSpan patience)
{
    private readonly Uri _uri = new(url.ToString());

    /// <summary>Null: it is reached, and speaks what it should.</summary>
    public async Task<VerifyCause?> Fault(CancellationToken cancellation)
    {
        try
        {
            using var tcp = await Connect(cancellation).ConfigureAwait(false);
            return url.IsPlain ? await PlainFault(tcp, cancellation).ConfigureAwait(false) : await TlsFault(tcp, cancellation).ConfigureAwait(false);
        }
        catch (SocketException exception)
        {
            return Unreached(exception);
        }
        catch (OperationCanceledException) when (!cancellation.IsCancellationRequested)
        {
            return Silent();
        }
    }

    private async Task<TcpClient> Connect(CancellationToken cancellation)
    {
        var tcp = new TcpClient();
        try
        {
            using var budget = Budget(cancellation);
            await tcp.ConnectAsync(_uri.DnsSafeHost, _uri.Port, budget.Token).ConfigureAwait(false);
            return tcp;
        }
        catch
        {
            tcp.Dispose();
            throw;
        }
    }

    private async Task<VerifyCause?> PlainFault(TcpClient tcp, CancellationToken cancellation)
    {
        if (await Answer(tcp, cancellation).ConfigureAwait(false) is { } answer && answer.StartsWith("HTTP/", StringComparison.Ordinal) && !answer.Contains("HTTPS", StringComparison.Ordinal))
        {
            return null;
        }

        return await SpeaksTls(cancellation).ConfigureAwait(false)
            ? new VerifyCause(CauseKind.HttpsSpoken, $"{url} speaks HTTPS, and the node is configured for plain HTTP.", $"Use https://{url.Authority} with the server's CA: roadstead node install --mirror https://{url.Authority} --ca FILE.", url.ToString())
            : new VerifyCause(CauseKind.MirrorFaulty, $"{url} does not speak HTTP.", "Is it the server's port? Look at listen in its configuration.", url.ToString());
    }

    private async Task<VerifyCause?> TlsFault(TcpClient tcp, CancellationToken cancellation)
    {
        VerifyCause? fault = null;
        var stream = new SslStream(tcp.GetStream(), leaveInnerStreamOpen: false, (_, certificate, chain, errors) =>
        {
            fault = certificate is X509Certificate2 leaf ? trust.Fault(leaf, chain, errors, url.ToString()) : null;
            return fault is null && certificate is not null;
        });
        await using var _ = stream.ConfigureAwait(false);
        try
        {
            using var budget = Budget(cancellation);
            await stream.AuthenticateAsClientAsync(new SslClientAuthenticationOptions { TargetHost = _uri.DnsSafeHost }, budget.Token).ConfigureAwait(false);
            return null;
        }
        catch (Exception exception) when (exception is AuthenticationException or IOException)
        {
            return fault ?? (await SpeaksPlain(cancellation).ConfigureAwait(false)
                ? new VerifyCause(CauseKind.PlainHttpSpoken, $"{url} speaks plain HTTP, and the node is configured for HTTPS.", "Give the server's listen entry https (tls: auto makes a certificate), or use http:// with --insecure.", url.ToString())
                : new VerifyCause(CauseKind.MirrorUnreachable, $"TLS with {url} fails before a certificate is shown.", "Look for a proxy or firewall between, and at the server's tls.", url.ToString(), exception.Message));
        }
    }

    private async Task<bool> SpeaksTls(CancellationToken cancellation)
    {
        try
        {
            using var tcp = await Connect(cancellation).ConfigureAwait(false);
#pragma warning disable CA5359 // Only whether it speaks TLS is asked; nothing is sent.
            var stream = new SslStream(tcp.GetStream(), leaveInnerStreamOpen: false, (_, _, _, _) => true);
#pragma warning restore CA5359
            await using var _ = stream.ConfigureAwait(false);
            using var budget = Budget(cancellation);
            await stream.AuthenticateAsClientAsync(new SslClientAuthenticationOptions { TargetHost = _uri.DnsSafeHost }, budget.Token).ConfigureAwait(false);
            return true;
        }
        catch (Exception exception) when (exception is AuthenticationException or IOException or SocketException)
        {
            return false;
        }
    }

    private async Task<bool> SpeaksPlain(CancellationToken cancellation)
    {
        try
        {
            using var tcp = await Connect(cancellation).ConfigureAwait(false);
            return await Answer(tcp, cancellation).ConfigureAwait(false) is { } answer && answer.StartsWith("HTTP/", StringComparison.Ordinal);
        }
        catch (SocketException)
        {
            return false;
        }
    }

    /// <summary>The beginning of what comes back over plain HTTP; null: the connection ended.</summary>
    private async Task<string?> Answer(TcpClient tcp, CancellationToken cancellation)
    {
        try
        {
            using var budget = Budget(cancellation);
            var stream = tcp.GetStream();
            await stream.WriteAsync(Encoding.ASCII.GetBytes($"GET /v2/ HTTP/1.1\r\nHost: {url.Authority}\r\nConnection: close\r\n\r\n"), budget.Token).ConfigureAwait(false);
            var buffer = new byte[1024];
            var count = await stream.ReadAtLeastAsync(buffer, buffer.Length, throwOnEndOfStream: false, budget.Token).ConfigureAwait(false);
            return count == 0 ? null : Encoding.ASCII.GetString(buffer, 0, count);
        }
        catch (IOException)
        {
            return null;
        }
    }

    private CancellationTokenSource Budget(CancellationToken cancellation)
    {
        var budget = CancellationTokenSource.CreateLinkedTokenSource(cancellation);
        budget.CancelAfter(patience);
        return budget;
    }

    private VerifyCause Unreached(SocketException exception) => exception.SocketErrorCode switch
    {
        SocketError.ConnectionRefused => new VerifyCause(CauseKind.MirrorRefused, $"Nothing listens at {url}: the connection is refused.", "Start the server, or correct its port (listen in its configuration, --mirror here).", url.ToString()),
        SocketError.HostNotFound or SocketError.NoData or SocketError.TryAgain => new VerifyCause(CauseKind.MirrorNameUnknown, $"This node does not know the name {url.Host}.",
            "Put it into the DNS that nodes ask (not the cluster's), or into /etc/hosts, or use an address (--mirror).", url.ToString(), exception.Message),
        SocketError.TimedOut => Silent(),
        _ => new VerifyCause(CauseKind.MirrorUnreachable, $"{url} cannot be reached.", "Look at the route and the firewalls between this node and the server.", url.ToString(), exception.Message),
    };

    private VerifyCause Silent() => new(CauseKind.MirrorTimedOut, $"{url} does not answer within {patience.TotalSeconds:0} s.", "Is the host up, and does a firewall between drop packets?", url.ToString());
}
