using System.Globalization;
using System.Net;
using System.Net.Sockets;

namespace Roadstead.Cli.NodeVerify;

/// <summary>An address of this machine at which no mirror is, for as long as this object lives.</summary>
internal sealed class DeadHost : IDisposable
{
    // The queue takes one connection more than its length; what comes after that gets no answer to its SYN.
    private const int Enough = 8;

    private readonly List<Socket> _sockets = [];

    private DeadHost()
    {
    }

    /// <summary>As <c>127.0.0.1:40001</c>.</summary>
    public string Authority { get; private init; } = "";

    /// <summary>Connections are refused at once, as by a machine whose process is down. The port stays taken, so that nobody else comes to listen there.</summary>
    public static DeadHost Refusing()
    {
        var socket = Bound();
        var host = new DeadHost { Authority = AddressOf(socket) };
        host._sockets.Add(socket);
        return host;
    }

    /// <summary>Connections get no answer, as from a machine that is gone: a listener whose queue is full.</summary>
    public static DeadHost Silent()
    {
        var listener = Bound();
        listener.Listen(0);
        var host = new DeadHost { Authority = AddressOf(listener) };
        host._sockets.Add(listener);
        for (var count = 0; count < Enough; count++)
        {
            var socket = new Socket(AddressFamily.InterNetwork, SocketType.Stream, ProtocolType.Tcp) { Blocking = false };
            host._sockets.Add(socket);
            try
            {
                socket.Connect(listener.LocalEndPoint!);
            }
            catch (SocketException exception) when (exception.SocketErrorCode is SocketError.WouldBlock or SocketError.InProgress)
            {
                // It is under way, or waits for ever, which is what it is for.
            }
        }

        return host;
    }

    public void Dispose() => _sockets.ForEach(socket => socket.Dispose());

    private static Socket Bound()
    {
        var socket = new Socket(AddressFamily.InterNetwork, SocketType.Stream, ProtocolType.Tcp);
        socket.Bind(new IPEndPoint(IPAddress.Loopback, 0));
        return socket;
    }

    private static string AddressOf(Socket socket) => string.Create(CultureInfo.InvariantCulture, $"127.0.0.1:{((IPEndPoint)socket.LocalEndPoint!).Port}");
}
