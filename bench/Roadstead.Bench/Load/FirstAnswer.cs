using System.Net.Sockets;
using System.Text;
using Roadstead.Bench.Content;
using Roadstead.Bench.Machine;

namespace Roadstead.Bench.Load;

/// <summary>Asks a server that is about to start until it answers.</summary>
internal static class FirstAnswer
{
    private static readonly TimeSpan Patience = TimeSpan.FromMinutes(2);

    /// <exception cref="DishonestRunException">It answered something else than 200.</exception>
    public static async Task Await(Uri address, string path, CancellationToken cancellation)
    {
        using var late = CancellationTokenSource.CreateLinkedTokenSource(cancellation);
        late.CancelAfter(Patience);
        while (true)
        {
            using var socket = new Socket(AddressFamily.InterNetwork, SocketType.Stream, ProtocolType.Tcp) { NoDelay = true };
            try
            {
                await socket.ConnectAsync(address.Host, address.Port, late.Token);
            }
            catch (SocketException fault) when (fault.SocketErrorCode == SocketError.ConnectionRefused)
            {
                await Task.Delay(1, late.Token);
                continue;
            }

            await socket.SendAsync(Encoding.ASCII.GetBytes($"GET {path} HTTP/1.1\r\nHost: {address.Authority}\r\nAccept: {BenchImage.Accept}\r\nConnection: close\r\n\r\n"), late.Token);
            var buffer = new byte[4096];
            var read = await socket.ReceiveAsync(buffer, late.Token);
            var answer = Encoding.ASCII.GetString(buffer, 0, read);
            if (!answer.StartsWith("HTTP/1.1 200 ", StringComparison.Ordinal))
            {
                throw new DishonestRunException($"{path} was answered {answer}");
            }

            return;
        }
    }
}
