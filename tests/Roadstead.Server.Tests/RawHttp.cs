using System.Globalization;
using System.Net.Sockets;
using System.Text;

namespace Roadstead.Server.Tests;

/// <summary>Requests as no client library would send them.</summary>
internal static class RawHttp
{
    /// <param name="server">Whom to ask.</param>
    /// <param name="head">Request line and headers, without Host and the empty line.</param>
    /// <param name="body">What follows the empty line.</param>
    /// <param name="host">Null: no Host header.</param>
    /// <returns>The status and all that came; status 0 if the connection ended without an answer.</returns>
    public static async Task<(int Status, string Answer)> Send(Uri server, string head, string body = "", string? host = "mirror")
    {
        var stops = TestContext.Current.CancellationToken;
        using var client = new TcpClient();
        await client.ConnectAsync("127.0.0.1", server.Port, stops);
        var stream = client.GetStream();
        var sending = Write(stream, $"{head}\r\n{(host is null ? "" : $"Host: {host}\r\n")}Connection: close\r\n\r\n{body}");
        using var reader = new StreamReader(stream, Encoding.Latin1);
        var answer = await reader.ReadToEndAsync(stops);
        await sending;
        return (answer.Length == 0 ? 0 : int.Parse(answer.AsSpan("HTTP/1.1 ".Length, 3), CultureInfo.InvariantCulture), answer);
    }

    private static async Task Write(NetworkStream stream, string text)
    {
        try
        {
            await stream.WriteAsync(Encoding.Latin1.GetBytes(text), TestContext.Current.CancellationToken);
        }
        catch (IOException)
        {
            // It was answered, and the connection closed, before all of it was sent.
        }
    }
}
