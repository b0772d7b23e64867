using System.IO.Pipelines;
using Microsoft.AspNetCore.Connections;
using Microsoft.AspNetCore.Connections.Features;

namespace Roadstead.Server.Transport;

/// <summary>Gives connections in plain HTTP a <see cref="SocketOutput"/> in place of Kestrel's own pipe, and their requests the way to it as a feature.</summary>
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
