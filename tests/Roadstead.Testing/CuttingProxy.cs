using System.Net;
using System.Net.Sockets;

namespace Roadstead.Testing;

/// <summary>Stands between a client and a server, counts what passes, and breaks or holds up connections when it is told to.</summary>
public sealed class CuttingProxy : IAsyncDisposable
{
    private readonly TcpListener listener = new(IPAddress.Loopback, 0);
    private readonly CancellationTokenSource stops = new();
    private readonly Uri server;
    private readonly Task accepting;
    private readonly TaskCompletionSource stalled = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private bool stalls;
    private long down;
    private long up;
    private long downLeft = long.MaxValue;
    private long upLeft = long.MaxValue;

    /// <param name="server">Plain HTTP.</param>
    public CuttingProxy(Uri server)
    {
        this.server = server;
        listener.Start();
        Address = new Uri($"http://{listener.LocalEndpoint}");
        accepting = Accept();
    }

    public Uri Address { get; }

    /// <summary>Bytes that the server sent.</summary>
    public long Down => Interlocked.Read(ref down);

    /// <summary>Bytes that clients sent.</summary>
    public long Up => Interlocked.Read(ref up);

    /// <summary>Breaks a connection once the server has sent so many bytes more, once.</summary>
    public void CutDownAfter(long bytes) => Interlocked.Exchange(ref downLeft, bytes);

    /// <summary>Lets nothing through any more once the server has sent so many bytes more.</summary>
    /// <returns>Complete when that is so.</returns>
    public Task StallDownAfter(long bytes)
    {
        stalls = true;
        CutDownAfter(bytes);
        return stalled.Task;
    }

    /// <summary>Breaks a connection once clients have sent so many bytes more, once.</summary>
    public void CutUpAfter(long bytes) => Interlocked.Exchange(ref upLeft, bytes);

    public async ValueTask DisposeAsync()
    {
        await stops.CancelAsync();
        listener.Stop();
        await accepting;
        stops.Dispose();
    }

    private async Task Accept()
    {
        var pumps = new List<Task>();
        try
        {
            while (true)
            {
                pumps.Add(Pump(await listener.AcceptTcpClientAsync(stops.Token)));
            }
        }
        catch (Exception exception) when (exception is OperationCanceledException or SocketException)
        {
            await Task.WhenAll(pumps);
        }
    }

    private async Task Pump(TcpClient client)
    {
        using var upstream = new TcpClient();
        using (client)
        {
            try
            {
                await upstream.ConnectAsync(server.Host, server.Port, stops.Token);
                await Task.WhenAny(
                    Copy(client.GetStream(), upstream.GetStream(), count => IsOver(ref up, ref upLeft, count)),
                    Copy(upstream.GetStream(), client.GetStream(), count => IsOver(ref down, ref downLeft, count)));
            }
            catch (Exception exception) when (exception is OperationCanceledException or SocketException)
            {
                // The server is gone.
            }
        }
    }

    private static bool IsOver(ref long passed, ref long left, int count)
    {
        Interlocked.Add(ref passed, count);
        if (Interlocked.Read(ref left) == long.MaxValue || Interlocked.Add(ref left, -count) > 0)
        {
            return false;
        }

        Interlocked.Exchange(ref left, long.MaxValue);
        return true;
    }

    private async Task Copy(NetworkStream from, NetworkStream to, Func<int, bool> isOver)
    {
        var buffer = new byte[16 * 1024];
        try
        {
            int count;
            while ((count = await from.ReadAsync(buffer, stops.Token)) > 0)
            {
                await to.WriteAsync(buffer.AsMemory(0, count), stops.Token);
                if (!isOver(count))
                {
                    continue;
                }

                if (!stalls)
                {
                    return;
                }

                stalled.TrySetResult();
                await Task.Delay(Timeout.Infinite, stops.Token);
            }
        }
        catch (Exception exception) when (exception is OperationCanceledException or IOException)
        {
            // One of the two is gone.
        }
    }
}
