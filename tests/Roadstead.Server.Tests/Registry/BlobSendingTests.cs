using System.Globalization;
using System.Net.Sockets;
using System.Security.Cryptography;
using System.Text;
using Roadstead.Testing.Images;

namespace Roadstead.Server.Tests.Registry;

/// <summary>How the bytes of held blobs get to a client, as its socket sees them.</summary>
public class BlobSendingTests
{
    private const int Size = 20_000_000;

    /// <summary>Each is far more than the buffers between take, so the server finds no room again and again.</summary>
    [Fact]
    public async Task A_client_with_small_buffers_gets_one_answer_after_the_other_on_its_connection()
    {
        await using var world = await World.Start();
        var blob = LayerForge.RandomBytes(Size);
        var path = $"dockerhub/library/app/blobs/{world.Upstream.AddBlob("library/app", blob)}";
        await world.Read(path);
        using var socket = new Socket(AddressFamily.InterNetwork, SocketType.Stream, ProtocolType.Tcp) { ReceiveBufferSize = 4096 };
        await socket.ConnectAsync(world.Server.Address.Host, world.Server.Address.Port, TestContext.Current.CancellationToken);
        await using var stream = new NetworkStream(socket);

        Assert.Equal(Hash(blob), Hash(await Ask(stream, "GET", path, "")));
        Assert.Empty(await Ask(stream, "HEAD", path, ""));
        Assert.Equal(Hash(blob.AsSpan(1_000_001)), Hash(await Ask(stream, "GET", path, "Range: bytes=1000001-\r\n")));
        Assert.Equal(blob[5..6], await Ask(stream, "GET", path, "Range: bytes=5-5\r\n"));
        Assert.Equal("{}", Encoding.ASCII.GetString(await Ask(stream, "GET", "", "")));
        Assert.Equal(Hash(blob), Hash(await Ask(stream, "GET", path, "")));
    }

    /// <summary>Its place on the server is free again: the line of its request is written.</summary>
    [Fact]
    public async Task A_client_that_leaves_in_the_midst_is_noticed()
    {
        await using var world = await World.Start();
        var path = $"dockerhub/library/app/blobs/{world.Upstream.AddBlob("library/app", LayerForge.RandomBytes(Size))}";
        await world.Read(path);
        using (var socket = new Socket(AddressFamily.InterNetwork, SocketType.Stream, ProtocolType.Tcp) { ReceiveBufferSize = 4096 })
        {
            await socket.ConnectAsync(world.Server.Address.Host, world.Server.Address.Port, TestContext.Current.CancellationToken);
            await using var stream = new NetworkStream(socket);
            await stream.WriteAsync(Encoding.ASCII.GetBytes($"GET /v2/{path} HTTP/1.1\r\nHost: x\r\nUser-Agent: leaver\r\n\r\n"), TestContext.Current.CancellationToken);
            await stream.ReadExactlyAsync(new byte[1000], TestContext.Current.CancellationToken);
        }

        var line = await world.Server.WaitForLog(line => line.Contains("agent=leaver", StringComparison.Ordinal));
        Assert.EndsWith("cut=\"the client left\"", line, StringComparison.Ordinal);
        Assert.DoesNotContain($"bytes={Size} ", line, StringComparison.Ordinal);
    }

    private static string Hash(ReadOnlySpan<byte> bytes) => Convert.ToHexStringLower(SHA256.HashData(bytes));

    private static async Task<byte[]> Ask(NetworkStream stream, string method, string path, string headers)
    {
        await stream.WriteAsync(Encoding.ASCII.GetBytes($"{method} /v2/{path} HTTP/1.1\r\nHost: x\r\n{headers}\r\n"), TestContext.Current.CancellationToken);
        var head = "";
        var one = new byte[1];
        while (!head.EndsWith("\r\n\r\n", StringComparison.Ordinal))
        {
            await stream.ReadExactlyAsync(one, TestContext.Current.CancellationToken);
            head += (char)one[0];
        }

        Assert.StartsWith("HTTP/1.1 20", head, StringComparison.Ordinal);
        var length = head.Split("\r\n").Single(line => line.StartsWith("Content-Length: ", StringComparison.Ordinal))["Content-Length: ".Length..];
        var body = new byte[method == "HEAD" ? 0 : int.Parse(length, CultureInfo.InvariantCulture)];
        await stream.ReadExactlyAsync(body, TestContext.Current.CancellationToken);
        return body;
    }
}
