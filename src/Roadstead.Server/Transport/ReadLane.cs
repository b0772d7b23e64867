using System.Net.Sockets;

namespace Roadstead.Server.Transport;

/// <summary>
/// Whether the next request of a connection in plain HTTP is begun on the thread that sees it come: from an answer that nothing could hold up until a request that is any other.
/// </summary>
/// <remarks>
/// A connection begins without, so that one which pulls blobs alone never changes. Whatever may block, as the disk, the database and upstream, is done after <see cref="Leave"/>; and what waits for the client
/// meanwhile, for its body or for room in its socket, is handed over on a thread of the pool (<see cref="Off"/>), for an event that was seen just before the change may still be told on the other.
/// Used by the one request that a connection has under way.
/// </remarks>
internal sealed class ReadLane(Socket socket)
{
    // A client that sends requests without waiting for answers must not have the thread for itself.
    private const int InTurn = 64;

    private int _answers;

    /// <summary>The next request is begun on the thread that sees it come.</summary>
    public bool IsInline { get; private set; }

    /// <summary>Asks whether a request that nothing can hold up is to be answered on the thread where it is; the next one will be begun without a change of threads then.</summary>
    /// <returns>False if others on this thread are to have their turn first: <see cref="Leave"/>.</returns>
    public bool TryStay()
    {
        if (++_answers % InTurn == 0 || !InlineSockets.CanBe)
        {
            return false;
        }

        if (!IsInline)
        {
            InlineSockets.Set(socket, IsInline = true);
        }

        return true;
    }

    /// <summary>To be awaited before whatever may block.</summary>
    public ThreadHop Leave()
    {
        var isNeeded = IsInline;
        if (isNeeded)
        {
            InlineSockets.Set(socket, IsInline = false);
        }

        return new ThreadHop(isNeeded);
    }

    /// <summary>To be awaited after a wait for the client, before whatever may block.</summary>
    public static ThreadHop Off() => new(!Thread.CurrentThread.IsThreadPoolThread);
}
