using System.Net.Sockets;
using Grpc.Core;
using Grpc.Net.Client;

namespace Roadstead.Cli.NodeVerify;

/// <summary>The way to a runtime that speaks the Container Runtime Interface.</summary>
internal static class CriChannel
{
    // As much as the kubelet takes: a node's containers come in one message, with all their labels.
    private const int MaxMessage = 16 * 1024 * 1024;

    /// <param name="socket">Where it is on this machine.</param>
    public static GrpcChannel Open(string socket) => GrpcChannel.ForAddress("http://localhost", new GrpcChannelOptions
    {
        HttpHandler = new SocketsHttpHandler { UseProxy = false, ConnectCallback = (_, cancellation) => Connect(socket, cancellation) },
        DisposeHttpClient = true,
        ThrowOperationCanceledOnCancellation = true,
        MaxReceiveMessageSize = MaxMessage,
    });

    /// <summary>True if nobody listens there.</summary>
    public static bool IsAway(RpcException exception) => Innermost(exception) is SocketException;

    /// <summary>What went wrong, for the operator.</summary>
    public static string Fault(RpcException exception) => Innermost(exception) is SocketException met ? met.Message : exception.Status.Detail;

    private static async ValueTask<Stream> Connect(string path, CancellationToken cancellation)
    {
        var socket = new Socket(AddressFamily.Unix, SocketType.Stream, ProtocolType.Unspecified);
        try
        {
            await socket.ConnectAsync(new UnixDomainSocketEndPoint(path), cancellation).ConfigureAwait(false);
            return new NetworkStream(socket, ownsSocket: true);
        }
        catch
        {
            socket.Dispose();
            throw;
        }
    }

    // What the transport met stands innermost; around it are words of gRPC's own.
    private static Exception? Innermost(RpcException exception)
    {
        Exception? at = exception.Status.DebugException;
        while (at?.InnerException is { } inner)
        {
            at = inner;
        }

        return at;
    }
}
