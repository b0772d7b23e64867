using System.IO.Pipelines;
using Microsoft.AspNetCore.Connections;
using Microsoft.AspNetCore.Connections.Features;

namespace Roadstead.Server.Transport;

/// <summary>Gives connections in plain HTTP a <see cref="SocketOutput"/> in place of Kestrel's own pipe, and their requests the way to it as a feature.</summary>
internal static class DirectTransport
{
    // linux/in.h, linux/tcp.h
    private const int Tcp = 6;
    private const int NotSentLowAt = 25;

    // So much waits in the kernel beyond what is on its way to the client. Left to itself it takes megabytes for each, and a thousand clients that stall took all of the
    // machine's memory for TCP, where it resets the connections of others.
    private const int MostNotSent = 128 * 1024;

    public static ConnectionDelegate Use(ConnectionDelegate next) => async connection =>
    {
        var transport = connection.Transport;
        if (connection.Features.Get<IConnectionSocketFeature>()?.Socket is { } socket)
        {
            // sendfile(2) has no flag of its own for it.
            socket.Blocking = false;
            socket.SetRawSocketOption(Tcp, NotSentLowAt, BitConverter.GetBytes(MostNotSent));
            var output = new SocketOutput(connection, socket, transport.Output);
            connection.Transport = new Duplex(transport.Input, output);
            connection.Features.Set(output);
        }

        try
        {
            await next(connection).ConfigureAwait(false);
        }
        finally
        {
            connection.Transport = transport;
        }
    };

    private sealed record Duplex(PipeReader Input, PipeWriter Output) : IDuplexPipe;
}
