using System.Net;
using System.Net.Http.Headers;
using System.Net.Sockets;
using System.Text;
using System.Text.RegularExpressions;
using Roadstead.Server.Tests.Retention;
using Roadstead.Server.Transport;
using Roadstead.Testing.Images;
using Roadstead.Testing.Server;

namespace Roadstead.Server.Tests.Transport;

/// <summary>What is answered from memory is answered on the thread that reads it; nothing that blocks ever happens there.</summary>
public partial class ReadLaneTests
{
    private const string SocketThread = ".NET Sockets";

    /// <summary>All by which files are read, written, looked for and moved, and what sends.</summary>
    private const string Calls = "openat,newfstatat,statx,lseek,read,readv,pread64,preadv,write,writev,pwrite64,pwritev,sendfile,fsync,fdatasync,ftruncate,fallocate,rename,renameat2,unlink,unlinkat,flock,fcntl,sendto";

    private static CancellationToken Stops => TestContext.Current.CancellationToken;

    /// <summary>The framework's switch is not public. Where this fails, everything works as ever, and is slower.</summary>
    [Fact]
    public async Task The_framework_has_the_switch_and_it_does_what_it_is_used_for()
    {
        Assert.True(InlineSockets.CanBe);
        using var listener = new TcpListener(IPAddress.Loopback, 0);
        listener.Start();
        using var client = new TcpClient();
        await client.ConnectAsync((IPEndPoint)listener.LocalEndpoint, Stops);
        using var socket = await listener.AcceptSocketAsync(Stops);
        foreach (var isInline in new[] { false, true, false })
        {
            InlineSockets.Set(socket, isInline);
            var received = Receive(socket);
            await client.GetStream().WriteAsync(new byte[1], Stops);
            Assert.Equal(isInline, await received == SocketThread);
        }
    }

    [Fact]
    public async Task Nothing_that_blocks_happens_on_the_threads_that_read()
    {
        const int Clients = 6;
        const int Rounds = 12;
        await using var world = await World.Start();
        var held = world.Upstream.AddImage("library/held", "1", LayerForge.Random(3_000_000), LayerForge.Random(1000, seed: 2));
        await world.Pull("dockerhub/held", "1", held);
        await world.Stored(held.Blobs.Select(blob => blob.Digest));
        using var trace = await SystemCallTrace.Start(world.Server.ProcessId, SocketThread, Calls);
        await Task.WhenAll(Enumerable.Range(0, Clients).Select(async number =>
        {
            // One connection for all of it, so that each request finds it as another kind left it.
            using var client = new HttpClient(new SocketsHttpHandler { MaxConnectionsPerServer = 1 }) { BaseAddress = world.Server.Address };
            for (var round = 0; round < Rounds; round++)
            {
                await AtOnce(client, held.Digest);
                await Read(client, $"/v2/dockerhub/held/blobs/{held.Layers[0].Digest}");
                await AtOnce(client, held.Digest);

                // Of a long body the thread that read its head reads on, while another takes what it has read.
                await Store(world, client, ImageForge.Image([LayerForge.Random(round == 0 ? 8_000_000 : 500, seed: 100 + (number * Rounds) + round)]), () => AtOnce(client, held.Digest));
                await Read(client, $"/v2/dockerhub/cold/blobs/{world.Upstream.AddBlob("library/cold", LayerForge.RandomBytes(20_000, seed: 1000 + (number * Rounds) + round))}");
                await AtOnce(client, held.Digest);
                await Read(client, "/v2/dockerhub/held/tags/list");
                await AtOnce(client, held.Digest);
                await Read(client, "/metrics");
            }
        }));
        var calls = await trace.End();
        Assert.True(calls.Count(call => call.StartsWith("sendto(", StringComparison.Ordinal)) > Clients * Rounds * 10, "It was not answered on these threads.");
        Assert.All(calls, call => Assert.Matches(Sends(), call));
    }

    [Fact]
    public async Task Others_have_their_turn_beside_who_does_not_wait_for_answers()
    {
        await using var world = await World.Start();
        var held = world.Upstream.AddImage("library/held", "1", LayerForge.Random(1000));
        await world.Pull("dockerhub/held", "1", held);
        using var greedy = new TcpClient();
        await greedy.ConnectAsync(world.Server.Address.Host, world.Server.Address.Port, Stops);
        using var enough = CancellationTokenSource.CreateLinkedTokenSource(Stops);
        var many = Encoding.ASCII.GetBytes(string.Concat(Enumerable.Repeat("GET /v2/dockerhub/held/manifests/1 HTTP/1.1\r\nHost: mirror\r\n\r\n", 1000)));
        var work = new[] { Forever(() => greedy.GetStream().WriteAsync(many, enough.Token)), Forever(() => greedy.GetStream().ReadExactlyAsync(new byte[65536], enough.Token)) };

        // More connections than there are threads that read.
        await Task.WhenAll(Enumerable.Range(0, 2 * Environment.ProcessorCount).Select(async _ =>
        {
            using var client = new HttpClient { BaseAddress = world.Server.Address };
            for (var i = 0; i < 20; i++)
            {
                await AtOnce(client, held.Digest);
            }
        }));
        await enough.CancelAsync();
        await Task.WhenAll(work);

        async Task Forever(Func<ValueTask> step)
        {
            try
            {
                while (true)
                {
                    await step();
                }
            }
            catch (OperationCanceledException)
            {
                // The others are done.
            }
        }
    }

    [Theory]
    [InlineData("GET", "manifests/1")]
    [InlineData("HEAD", "manifests/1")]
    [InlineData("GET", "manifests/{digest}")]
    [InlineData("GET", "manifests/1?ns=docker.io")]
    public async Task What_is_answered_at_once_is_what_was_answered_before(string method, string path)
    {
        await using var world = await World.Start();
        var held = world.Upstream.AddImage("library/held", "1", LayerForge.Random(1000));
        await world.Pull("dockerhub/held", "1", held);
        await world.Stored(held.Blobs.Select(blob => blob.Digest));
        await world.Server.Restart();
        var target = $"/v2/dockerhub/held/{path.Replace("{digest}", held.Digest, StringComparison.Ordinal)}";

        // Nothing of it is in memory when it is first asked for.
        var answers = new List<string>();
        for (var i = 0; i < 3; i++)
        {
            answers.Add(await Whole(world, method, target));
        }

        Assert.StartsWith("200", answers[0], StringComparison.Ordinal);
        Assert.All(answers, answer => Assert.Equal(answers[0], answer));

        // Nor is it what it was once it is removed, which it is not while it is being pulled.
        await StoreClient.Until(async () => await world.Delete("library/held", "1") == HttpStatusCode.NoContent);
        await world.Upstream.Stop();
        Assert.StartsWith("50", await Whole(world, method, target), StringComparison.Ordinal);
    }

    private static async Task<string?> Receive(Socket socket)
    {
        await socket.ReceiveAsync(new byte[1], SocketFlags.None, Stops).ConfigureAwait(false);
        return Thread.CurrentThread.Name;
    }

    private static async Task AtOnce(HttpClient client, string digest)
    {
        for (var i = 0; i < 3; i++)
        {
            using var answer = await client.GetAsync(new Uri("/v2/dockerhub/held/manifests/1", UriKind.Relative), Stops);
            Assert.Equal(digest, answer.Headers.GetValues("Docker-Content-Digest").Single());
        }
    }

    private static async Task Read(HttpClient client, string path)
    {
        using var answer = await client.GetAsync(new Uri(path, UriKind.Relative), Stops);
        Assert.Equal(HttpStatusCode.OK, answer.StatusCode);
    }

    /// <summary>Bodies that come with their heads in one segment, and are written to the disk.</summary>
    private static async Task Store(World world, HttpClient client, ForgedManifest image, Func<Task> between)
    {
        await Put(world, client, $"manifests?project=dockerhub&repository=library/put&reference={image.Digest}", image.Bytes, image.MediaType);
        foreach (var blob in image.Blobs)
        {
            await between();
            await Put(world, client, $"blobs?project=dockerhub&repository=library/put&digest={blob.Digest}", blob.Bytes, "application/octet-stream");
        }
    }

    private static async Task Put(World world, HttpClient client, string path, byte[] bytes, string type)
    {
        using var request = new HttpRequestMessage(HttpMethod.Put, $"/api/v2.0/roadstead/content/{path}") { Content = new ByteArrayContent(bytes) };
        request.Headers.Authorization = world.Server.Admin();
        request.Content.Headers.ContentType = new MediaTypeHeaderValue(type);
        using var answer = await client.SendAsync(request, Stops);
        Assert.Equal(HttpStatusCode.NoContent, answer.StatusCode);
    }

    private static async Task<string> Whole(World world, string method, string target)
    {
        using var request = new HttpRequestMessage(new HttpMethod(method), target);
        using var answer = await world.Server.Client.SendAsync(request, Stops);
        var headers = answer.Headers.Concat(answer.Content.Headers).Where(header => header.Key != "Date").Select(header => $"{header.Key}: {string.Join(", ", header.Value)}").Order(StringComparer.Ordinal);
        return $"{(int)answer.StatusCode}\n{string.Join('\n', headers)}\n{await answer.Content.ReadAsStringAsync(Stops)}";
    }

    [GeneratedRegex(@"^(sendto\(|<\.\.\. sendto resumed)")]
    private static partial Regex Sends();
}
