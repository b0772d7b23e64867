using System.IO.Pipelines;
using Microsoft.AspNetCore.Connections;
using Microsoft.AspNetCore.Connections.Features;

namespace Roadstead.Server.Transport;

/// <summary>Gives connections in plain HTTP a <see cref="SocketOutput"/> and a <see cref="LaneInput"/> in place of Kestrel's own pipes, and their requests the way to both as features.</summary>
internal static class DirectTransport
{
    public static ConnectionDelegate Use(ConnectionDelegate next, UnsentShare share) => async connection =>
    {
        var transport = connection.Transport;
        if (connection.Features.Get<IConnectionSocketFeature>()?.Socket is { } socket)
        {
            // sendfile(2) has no flag of its own for it.
            socket.Blocking = false;
            var output = new SocketOutput(connection, socket, transport.Output, share);
            var lane = new ReadLane(socket);
            connection.Transport = new Duplex(new LaneInput(transport.Input, lane), output);
            connection.Features.Set(output);
            connection.Features.Set(lane);
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
