using System.Net.Sockets;
using Microsoft.AspNetCore.Connections.Features;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Http.Features;

namespace Roadstead.Testing.Upstream;

/// <summary>
/// Puts an answer on the wire. The host's sockets run with a buffer of nothing, so that a flush returns when the kernel has
/// the bytes: only then may the socket be closed, reset or written to behind the server's back.
/// </summary>
internal static class ResponseWriter
{
    private const int Piece = 64 * 1024;

    // For a peer that never closes its side.
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(5);

    public static async Task Write(HttpContext context, RecordedRequest request, FakeResponse response, Func<Task> thawed)
    {
        var gone = context.RequestAborted;
        request.Answer(response.Status);
        if (response.Raw is not null)
        {
            await Socket(context).SendAsync(response.Raw, gone);
            await End(context, BodyEnd.Close);
            return;
        }

        context.Response.StatusCode = response.Status;
        foreach (var (name, value) in response.Headers)
        {
            context.Response.Headers.Append(name, value);
        }

        if (response.DeclaresLength && response.Status is not (204 or 304))
        {
            context.Response.ContentLength = response.Body.Length;
        }

        await context.Response.StartAsync(gone);
        if (HttpMethods.IsHead(request.Method))
        {
            return;
        }

        await context.Response.Body.FlushAsync(gone);
        var sent = 0;
        foreach (var happening in response.Events.Where(happening => happening.Offset <= response.Body.Length))
        {
            await Send((int)happening.Offset);
            if (happening.Gate is not null)
            {
                await happening.Gate.Pass(gone);
            }

            if (happening.End is { } end)
            {
                await End(context, end);
                return;
            }
        }

        await Send(response.Body.Length);
        await context.Response.CompleteAsync();
        if (response.BeyondDeclared.Length > 0)
        {
            await Socket(context).SendAsync(response.BeyondDeclared, gone);
            await End(context, BodyEnd.Close);
        }

        async Task Send(int end)
        {
            while (sent < end)
            {
                await thawed();
                var size = Math.Min(Piece, end - sent);
                await context.Response.Body.WriteAsync(response.Body.AsMemory(sent, size), gone);
                await context.Response.Body.FlushAsync(gone);
                sent += size;
                request.Sent(size);
            }
        }
    }

    private static async Task End(HttpContext context, BodyEnd end)
    {
        var socket = Socket(context);
        if (end == BodyEnd.Close)
        {
            // Disposing of a socket with a receive under way resets the connection, and what the peer has not read is lost with it: it goes first.
            socket.Shutdown(SocketShutdown.Send);
            await Task.Delay(Patience, context.RequestAborted).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        }
        else
        {
            // Closing with nothing left to linger for is how a socket sends RST.
            socket.LingerState = new LingerOption(enable: true, seconds: 0);
            socket.Close();
        }

        context.Abort();
    }

    private static Socket Socket(HttpContext context) => context.Features.GetRequiredFeature<IConnectionSocketFeature>().Socket;
}
