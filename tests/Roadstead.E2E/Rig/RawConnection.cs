using System.Net.Sockets;
using System.Text;

namespace Roadstead.E2E.Rig;

/// <summary>An answer as its bytes came, up to the end of the connection.</summary>
internal sealed record RawAnswer(int Status, string Head, byte[] Body, bool WasReset)
{
    public string? Header(string name) => Head.Split("\r\n")
        .Where(line => line.StartsWith(name + ":", StringComparison.OrdinalIgnoreCase))
        .Select(line => line[(name.Length + 1)..].Trim())
        .FirstOrDefault();
}

/// <summary>A socket that speaks just enough HTTP to see what a fake puts on the wire, without a client's judgement.</summary>
internal sealed class RawConnection : IDisposable
{
    private readonly Socket socket = new(AddressFamily.InterNetwork, SocketType.Stream, ProtocolType.Tcp);

    public int Available => socket.Available;

    public static async Task<RawConnection> Open(Uri address)
    {
        var connection = new RawConnection();
        await connection.socket.ConnectAsync(address.Host, address.Port, TestContext.Current.CancellationToken);
        return connection;
    }

    public async Task<RawAnswer> Exchange(string request, params string[] headers)
    {
        await Send(request, headers);
        return await Receive();
    }

    /// <summary>Sends a request line of method and path, with headers.</summary>
    public async Task Send(string request, params string[] headers)
    {
        // Without it, an answer ends where its length says, and Receive waits for the end of the connection.
        string[] closing = headers.Contains("Connection: keep-alive") ? [] : ["Connection: close"];
        string[] lines = [$"{request} HTTP/1.1", "Host: test", .. closing, .. headers, "", ""];
        await socket.SendAsync(Encoding.Latin1.GetBytes(string.Join("\r\n", lines)), TestContext.Current.CancellationToken);
    }

    /// <summary>Reads to the end of the connection, however it ends.</summary>
    public async Task<RawAnswer> Receive()
    {
        var received = new MemoryStream();
        var buffer = new byte[64 * 1024];
        var reset = false;
        try
        {
            using var patience = CancellationTokenSource.CreateLinkedTokenSource(TestContext.Current.CancellationToken);
            patience.CancelAfter(TimeSpan.FromSeconds(20));
            while (await socket.ReceiveAsync(buffer, patience.Token) is > 0 and var count)
            {
                received.Write(buffer, 0, count);
            }
        }
        catch (SocketException fault) when (fault.SocketErrorCode == SocketError.ConnectionReset)
        {
            reset = true;
        }

        var bytes = received.ToArray();
        var end = bytes.AsSpan().IndexOf("\r\n\r\n"u8);
        var head = end < 0 ? "" : Encoding.Latin1.GetString(bytes, 0, end);
        var status = head.Length > 12 ? int.Parse(head.AsSpan(9, 3), System.Globalization.CultureInfo.InvariantCulture) : 0;
        return new RawAnswer(status, head, end < 0 ? [] : bytes[(end + 4)..], reset);
    }

    public void Dispose() => socket.Dispose();
}
