using System.Diagnostics;
using System.Globalization;
using System.Net.Sockets;
using System.Security.Cryptography;
using System.Text;
using Roadstead.Bench.Machine;

namespace Roadstead.Bench.Load;

/// <summary>What one GET over a new connection took.</summary>
/// <param name="FirstByte">From before the connection to the first byte of the body.</param>
/// <param name="LastByte">From before the connection to the last one.</param>
internal sealed record DownloadTimes(TimeSpan FirstByte, TimeSpan LastByte)
{
    /// <summary>Gets a blob and checks its digest.</summary>
    /// <exception cref="DishonestRunException">It was not answered 200 with the bytes of the digest.</exception>
    public static async Task<DownloadTimes> Of(Uri address, string path, string digest, CancellationToken cancellation)
    {
        var begun = Stopwatch.GetTimestamp();
        using var socket = new Socket(AddressFamily.InterNetwork, SocketType.Stream, ProtocolType.Tcp) { NoDelay = true };
        await socket.ConnectAsync(address.Host, address.Port, cancellation);
        await socket.SendAsync(Encoding.ASCII.GetBytes($"GET {path} HTTP/1.1\r\nHost: {address.Authority}\r\nConnection: close\r\n\r\n"), cancellation);

        using var hash = IncrementalHash.CreateHash(HashAlgorithmName.SHA256);
        var buffer = new byte[256 * 1024];
        var (head, read) = await ReadHead(socket, buffer, path, cancellation);
        var left = ContentLength(head, path);
        var at = head.Length;
        TimeSpan? first = null;
        while (true)
        {
            if (read > at)
            {
                first ??= Stopwatch.GetElapsedTime(begun);
                hash.AppendData(buffer, at, read - at);
                left -= read - at;
            }

            if (left <= 0)
            {
                break;
            }

            at = 0;
            read = await socket.ReceiveAsync(buffer, cancellation);
            if (read == 0)
            {
                throw new DishonestRunException($"{path}: the body ended {left} bytes before its length.");
            }
        }

        var last = Stopwatch.GetElapsedTime(begun);
        var got = "sha256:" + Convert.ToHexStringLower(hash.GetHashAndReset());
        return got == digest ? new DownloadTimes(first!.Value, last) : throw new DishonestRunException($"{path} has the digest {got}.");
    }

    /// <returns>The head up to its empty line, and how many bytes are in the buffer.</returns>
    private static async Task<(string Head, int Read)> ReadHead(Socket socket, byte[] buffer, string path, CancellationToken cancellation)
    {
        for (var read = 0; read < buffer.Length;)
        {
            var more = await socket.ReceiveAsync(buffer.AsMemory(read), cancellation);
            if (more == 0)
            {
                break;
            }

            read += more;
            if (buffer.AsSpan(0, read).IndexOf("\r\n\r\n"u8) is var end and >= 0)
            {
                return (Encoding.ASCII.GetString(buffer, 0, end + 4), read);
            }
        }

        throw new DishonestRunException($"{path}: no answer came.");
    }

    private static long ContentLength(string head, string path)
    {
        const string key = "\r\ncontent-length:";
        var at = head.IndexOf(key, StringComparison.OrdinalIgnoreCase);
        return head.StartsWith("HTTP/1.1 200 ", StringComparison.Ordinal) && at >= 0
            ? long.Parse(head[(at + key.Length)..head.IndexOf("\r\n", at + key.Length, StringComparison.Ordinal)], CultureInfo.InvariantCulture)
            : throw new DishonestRunException($"{path} was answered {head}");
    }
}
