using System.Net;
using System.Net.Sockets;

namespace Roadstead.Oci.Client;

/// <summary>Connects to whichever of a host's addresses answers first, so that one of them, or IPv6 as a whole, may lead nowhere.</summary>
/// <remarks>RFC 8305 ("Happy Eyeballs"), sections 4 and 5.</remarks>
public static class DialRace
{
    // RFC 8305 section 8: the recommended delay between attempts.
    private static readonly TimeSpan Stagger = TimeSpan.FromMilliseconds(250);

    /// <summary>Tries the addresses one after the other, the next when one fails or takes longer than a moment.</summary>
    /// <param name="addresses">At least one, the preferred first.</param>
    /// <param name="cancellation">Ends all attempts.</param>
    /// <exception cref="SocketException">None could be reached.</exception>
    public static async Task<Socket> Run(IReadOnlyList<IPEndPoint> addresses, CancellationToken cancellation)
    {
        ArgumentNullException.ThrowIfNull(addresses);
        using var over = CancellationTokenSource.CreateLinkedTokenSource(cancellation);
        var running = new List<Task<Socket>>();
        var waiting = new Queue<IPEndPoint>(Alternate(addresses));
        try
        {
            while (true)
            {
                if (waiting.TryDequeue(out var next))
                {
                    running.Add(Dial(next, over.Token));
                }

                var moment = waiting.Count > 0 ? Task.Delay(Stagger, over.Token) : Task.Delay(Timeout.Infinite, over.Token);
                var first = await Task.WhenAny([.. running, moment]).ConfigureAwait(false);
                if (first is not Task<Socket> ended)
                {
                    cancellation.ThrowIfCancellationRequested();
                    continue;
                }

                running.Remove(ended);
                if (ended.IsCompletedSuccessfully || (running.Count == 0 && waiting.Count == 0))
                {
                    return await ended.ConfigureAwait(false);
                }
            }
        }
        finally
        {
            await over.CancelAsync().ConfigureAwait(false);
            foreach (var late in running)
            {
                _ = LetGo(late);
            }
        }
    }

    /// <summary>IPv6 and IPv4 by turns, in the order given within each.</summary>
    private static IEnumerable<IPEndPoint> Alternate(IReadOnlyList<IPEndPoint> addresses)
    {
        var family = addresses[0].AddressFamily;
        var preferred = new Queue<IPEndPoint>(addresses.Where(address => address.AddressFamily == family));
        var others = new Queue<IPEndPoint>(addresses.Where(address => address.AddressFamily != family));
        while (preferred.Count + others.Count > 0)
        {
            if (preferred.TryDequeue(out var one))
            {
                yield return one;
            }

            if (others.TryDequeue(out var other))
            {
                yield return other;
            }
        }
    }

    private static async Task<Socket> Dial(IPEndPoint address, CancellationToken cancellation)
    {
        var socket = new Socket(address.AddressFamily, SocketType.Stream, ProtocolType.Tcp) { NoDelay = true };
        try
        {
            await socket.ConnectAsync(address, cancellation).ConfigureAwait(false);
            return socket;
        }
        catch
        {
            socket.Dispose();
            throw;
        }
    }

    private static async Task LetGo(Task<Socket> late)
    {
        try
        {
            (await late.ConfigureAwait(false)).Dispose();
        }
        catch (Exception exception) when (exception is SocketException or OperationCanceledException)
        {
            // Another attempt won, or the caller left.
        }
    }
}
