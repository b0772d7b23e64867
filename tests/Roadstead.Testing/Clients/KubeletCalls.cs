using System.Buffers.Binary;
using System.Net.Http.Headers;
using System.Net.Sockets;
using System.Text;
using Roadstead.Testing.Images;

namespace Roadstead.Testing.Clients;

/// <summary>What a kubelet asks of a runtime to have a pod run, by the Container Runtime Interface; its messages are put together by hand, field by field.</summary>
/// <remarks>Kubernetes, CRI API, runtime/v1/api.proto.</remarks>
public sealed class KubeletCalls : IDisposable
{
    private const int PrefixLength = 5;
    private const byte NodeNetwork = 2;

    // The program of a sandbox: waits for signals for ever. An ELF file of one segment, for x86-64: pause(), again and again.
    private static readonly byte[] Pause = Convert.FromHexString(
        "7f454c4602010100000000000000000002003e00010000007800400000000000" + "4000000000000000000000000000000000000000400038000100000000000000"
        + "0100000005000000000000000000000000004000000000000000400000000000" + "810000000000000081000000000000000010000000000000b8220000000f05eb" + "f7");

    private readonly HttpClient _http;

    /// <param name="socket">The runtime's.</param>
    public KubeletCalls(string socket) => _http = new HttpClient(new SocketsHttpHandler
    {
        ConnectCallback = async (_, cancellation) =>
        {
            var connection = new Socket(AddressFamily.Unix, SocketType.Stream, ProtocolType.Unspecified);
            await connection.ConnectAsync(new UnixDomainSocketEndPoint(socket), cancellation);
            return new NetworkStream(connection, ownsSocket: true);
        },
    })
    {
        BaseAddress = new Uri("http://localhost"),
    };

    /// <summary>A layer whose <c>/bin/sh</c> waits for ever, for the image of sandboxes.</summary>
    public static ForgedBlob PauseLayer => LayerForge.Program("bin/sh", Pause);

    public Task Pull(string image) => Call("ImageService/PullImage", Message(1, Text(1, image)));

    /// <summary>The id by which the runtime knows an image.</summary>
    public async Task<string> Id(string image) => TextIn(await Call("ImageService/ImageStatus", Message(1, Text(1, image))), 1, 1);

    /// <summary>Starts the sandbox of a pod in the node's network.</summary>
    /// <returns>Its id.</returns>
    public async Task<string> RunSandbox(string name) => TextIn(await Call("RuntimeService/RunPodSandbox", Message(1, Sandbox(name))), 1);

    /// <summary>Makes a container, and does not start it.</summary>
    /// <param name="sandbox">The id of its pod's sandbox.</param>
    /// <param name="pod">The name of that.</param>
    /// <param name="name">Its name.</param>
    /// <param name="image">What the kubelet asks for, a name or an id.</param>
    /// <param name="specified">What the pod's specification says; null: a kubelet before 1.28 tells not.</param>
    public Task CreateContainer(string sandbox, string pod, string name, string image, string? specified = null) => Call(
        "RuntimeService/CreateContainer",
        [.. Text(1, sandbox), .. Message(2, [.. Message(1, Text(1, name)), .. Message(2, [.. Text(1, image), .. specified is null ? [] : Text(18, specified)])]), .. Message(3, Sandbox(pod))]);

    /// <summary>Ends a pod, with its containers.</summary>
    public async Task Remove(string sandbox)
    {
        await Call("RuntimeService/StopPodSandbox", Text(1, sandbox));
        await Call("RuntimeService/RemovePodSandbox", Text(1, sandbox));
    }

    public void Dispose() => _http.Dispose();

    private static byte[] Sandbox(string name) =>
        [.. Message(1, [.. Text(1, name), .. Text(2, name), .. Text(3, "default")]), .. Message(8, Message(2, Message(1, [1 << 3, NodeNetwork])))];

    private static byte[] Text(int field, string text) => Message(field, Encoding.UTF8.GetBytes(text));

    private static byte[] Message(int field, byte[] bytes) => [.. Number((field << 3) | 2), .. Number(bytes.Length), .. bytes];

    private static byte[] Number(int value) => value < 128 ? [(byte)value] : [(byte)(value | 128), .. Number(value >> 7)];

    /// <summary>The text of the field that the numbers lead to, each within the one before.</summary>
    private static string TextIn(ReadOnlySpan<byte> message, params ReadOnlySpan<int> fields)
    {
        for (var at = 0; at < message.Length;)
        {
            var (key, length) = (Read(message, ref at), Read(message, ref at));
            if (key == ((fields[0] << 3) | 2))
            {
                var value = message.Slice(at, length);
                return fields.Length == 1 ? Encoding.UTF8.GetString(value) : TextIn(value, fields[1..]);
            }

            // Of a number there is no length: what was read was the number.
            at += (key & 7) == 2 ? length : 0;
        }

        throw new InvalidOperationException("The answer has no such field.");
    }

    private static int Read(ReadOnlySpan<byte> message, ref int at)
    {
        var value = 0;
        for (var shift = 0; ; shift += 7)
        {
            var part = message[at++];
            value |= (part & 127) << shift;
            if (part < 128)
            {
                return value;
            }
        }
    }

    private async Task<byte[]> Call(string method, byte[] message)
    {
        var body = new byte[PrefixLength + message.Length];
        BinaryPrimitives.WriteInt32BigEndian(body.AsSpan(1), message.Length);
        message.CopyTo(body, PrefixLength);
        using var request = new HttpRequestMessage(HttpMethod.Post, $"/runtime.v1.{method}") { Version = new Version(2, 0), VersionPolicy = HttpVersionPolicy.RequestVersionExact, Content = new ByteArrayContent(body) };
        request.Content.Headers.ContentType = new MediaTypeHeaderValue("application/grpc");
        request.Headers.TE.Add(new TransferCodingWithQualityHeaderValue("trailers"));
        using var response = await _http.SendAsync(request);
        var answer = await response.Content.ReadAsByteArrayAsync();
        var told = response.TrailingHeaders.Concat(response.Headers).ToLookup(header => header.Key, header => string.Join("", header.Value));
        return told["grpc-status"].First() == "0" ? answer[PrefixLength..] : throw new InvalidOperationException($"{method}: {told["grpc-message"].FirstOrDefault()}");
    }
}
