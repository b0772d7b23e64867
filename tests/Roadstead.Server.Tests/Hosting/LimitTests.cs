using System.Globalization;
using System.Net;
using System.Net.Sockets;
using System.Text;
using Roadstead.Testing.Images;
using Roadstead.Testing.Upstream;

namespace Roadstead.Server.Tests.Hosting;

/// <summary>Each key of <c>limits</c>, and what happens beyond it.</summary>
public class LimitTests
{
    private static CancellationToken Stops => TestContext.Current.CancellationToken;

    [Fact]
    public async Task Connections_beyond_the_limit_are_closed_and_the_others_served()
    {
        await using var world = await With("connections: 3");
        using var first = await Open(world);
        using var second = await Open(world);
        using var third = await Open(world);
        Assert.Equal("HTTP/1.1 200 OK", await Ping(third));
        using (var beyond = await OpenUnlessRefused(world))
        {
            Assert.Null(await Ping(beyond));
        }

        await world.Server.WaitForLog(line => line.Contains("connections refused: 3 are open", StringComparison.Ordinal));
        Assert.Equal("HTTP/1.1 200 OK", await Ping(first));
        second.Dispose();
        string? answer;
        do
        {
            // The server learns of its end a moment later.
            using var next = await OpenUnlessRefused(world);
            answer = await Ping(next);
        }
        while (answer is null);

        Assert.Equal("HTTP/1.1 200 OK", answer);
    }

    [Fact]
    public async Task Few_open_files_mean_fewer_connections_and_no_harm()
    {
        await using var world = await World.Start(configure: (config, _) => (config.Disk, config.Storage["scrubEvery"]) = ("ulimit -n 1024", "1s"));
        var warning = await world.Server.WaitForLog(line => line.Contains("limits.connections: 160 in force instead of 10000", StringComparison.Ordinal));
        Assert.Contains("LimitNOFILE", warning, StringComparison.Ordinal);
        var held = world.Upstream.AddImage("library/held", "1", LayerForge.Random(1_000_000), LayerForge.Random(1000, seed: 2));
        await world.Pull("dockerhub/held", "1", held);
        await world.Stored(held.Blobs.Select(blob => blob.Digest));
        var idle = new List<TcpClient>();
        try
        {
            for (var i = 0; i < 950; i++)
            {
                if (await OpenUnlessRefused(world) is { } client)
                {
                    idle.Add(client);
                }
            }

            await world.Server.WaitForLog(line => line.Contains("connections refused: 160 are open", StringComparison.Ordinal));
            using (var beyond = await OpenUnlessRefused(world))
            {
                Assert.Null(await Ping(beyond));
            }

            Assert.Equal("HTTP/1.1 200 OK", await Ping(idle[0]));

            // Those that are in go on as ever: what is held, what is not, the database, and the scrub, which reads all of it once more.
            var before = await Scrubbed(world);
            var cold = world.Upstream.AddImage("library/cold", "1", LayerForge.Random(3_000_000, seed: 3));
            await world.Pull("dockerhub/held", "1", held);
            await world.Pull("dockerhub/cold", "1", cold);
            await world.Stored(cold.Blobs.Select(blob => blob.Digest));
            while (await Scrubbed(world) < before + 8_000_000)
            {
                await Task.Delay(100, Stops);
            }

            Assert.DoesNotContain(world.Server.Log.Items, line => line.Contains("ALERT", StringComparison.Ordinal) || line.Contains("error", StringComparison.Ordinal));
            Assert.Empty(Directory.EnumerateFiles(Path.Combine(world.Server.StoragePath, "quarantine")));
        }
        finally
        {
            idle.ForEach(client => client.Dispose());
        }

        Assert.Equal(0, await world.Server.Stop());
    }

    [Fact]
    public async Task Headers_that_do_not_end_are_given_up()
    {
        await using var world = await With("requestHeaderTimeout: 1s");
        using var client = await Open(world);
        await client.GetStream().WriteAsync("GET /v2/ HTTP/1.1\r\nHost: mir"u8.ToArray(), Stops);
        using var reader = new StreamReader(client.GetStream());
        Assert.StartsWith("HTTP/1.1 408", await reader.ReadToEndAsync(Stops), StringComparison.Ordinal);
    }

    [Theory]
    [InlineData(7_000, 200)]
    [InlineData(9_000, 431)]
    public async Task Headers_have_their_size(int size, int status)
    {
        await using var world = await With("requestHeaderSize: 8KiB");
        Assert.Equal(status, (await RawHttp.Send(world.Server.Address, $"GET /v2/ HTTP/1.1\r\nX-Long: {new string('a', size)}")).Status);
    }

    [Fact]
    public async Task Row_42_A_body_that_nobody_wants_is_refused_before_it_is_sent()
    {
        await using var world = await With("requestBodySize: 1KiB");
        var (status, answer) = await RawHttp.Send(
            world.Server.Address, "PUT /v2/dockerhub/app/manifests/1 HTTP/1.1\r\nContent-Length: 2000\r\nExpect: 100-continue");
        Assert.Equal(413, status);
        Assert.DoesNotContain("100 Continue", answer, StringComparison.Ordinal);
        var (sent, _) = await RawHttp.Send(world.Server.Address, "GET /v2/ HTTP/1.1\r\nContent-Length: 2000", new string('a', 2000));
        Assert.Equal(413, sent);
        Assert.Equal(200, (await RawHttp.Send(world.Server.Address, "GET /v2/ HTTP/1.1\r\nContent-Length: 900", new string('a', 900))).Status);
    }

    [Fact]
    public async Task A_client_that_takes_too_little_for_too_long_loses_its_connection()
    {
        await using var world = await With("stallTimeout: 2s, minResponseRate: 1MiB");
        var blob = LayerForge.Random(30_000_000);
        world.Upstream.AddBlob("library/app", blob.Bytes);
        await world.Read($"dockerhub/library/app/blobs/{blob.Digest}");
        await world.Stored(blob.Digest);
        await AssertIsCutOff(world, blob, "hit");
    }

    [Fact]
    public async Task So_does_one_that_takes_too_little_of_what_cannot_be_stored()
    {
        await using var world = await World.Start(configure: (config, _) =>
        {
            config.Disk = "mount -t tmpfs -o size=8m tmpfs \"$1\"";
            config.Extra = "limits: {stallTimeout: 2s, minResponseRate: 64KiB}";
        });
        var blob = LayerForge.Random(30_000_000);
        world.Upstream.AddBlob("library/app", blob.Bytes);
        await AssertIsCutOff(world, blob, "bypass");
    }

    [Fact]
    public async Task A_thousand_clients_that_stall_cost_at_most_256_KiB_each()
    {
        const int Clients = 1000;
        await using var world = await With("stallTimeout: 10m");
        var blob = LayerForge.Random(30_000_000);
        world.Upstream.AddBlob("library/app", blob.Bytes);
        await world.Read($"dockerhub/library/app/blobs/{blob.Digest}");
        await world.Stored(blob.Digest);
        var before = Resident(world.Server.ProcessId);

        var stalled = new List<TcpClient>();
        try
        {
            for (var i = 0; i < Clients; i++)
            {
                var client = await Open(world);
                stalled.Add(client);
                await Ask(client, blob.Digest);
            }

            // Each has its headers and takes no more; so much of the body is on its way as there is room for.
            foreach (var client in stalled)
            {
                await client.GetStream().ReadExactlyAsync(new byte[100], Stops);
            }

            var each = (Resident(world.Server.ProcessId) - before) / Clients;
            TestContext.Current.TestOutputHelper?.WriteLine(string.Create(CultureInfo.InvariantCulture, $"{each / 1024} KiB each, over {before / 1024 / 1024} MiB"));
            Assert.InRange(each, 0, 256 * 1024);

            // What the kernel holds for them is the machine's memory too.
            var unsent = await Unsent(world.Server.Address.Port);
            TestContext.Current.TestOutputHelper?.WriteLine(string.Create(CultureInfo.InvariantCulture, $"{unsent / 1024 / 1024} MiB in the kernel"));
            Assert.InRange(unsent, 1, 384L * 1024 * 1024);
            Assert.Equal(blob.Digest, (await world.Read($"dockerhub/library/app/blobs/{blob.Digest}")).Digest);
        }
        finally
        {
            stalled.ForEach(client => client.Dispose());
        }
    }

    [Theory]
    [InlineData("manifestSize: 1KiB", "limits.manifestSize")]
    [InlineData("manifestDepth: 8", "maximum configured depth")]
    public async Task Manifests_have_their_size_and_depth(string limit, string said)
    {
        await using var world = await With(limit);
        world.Upstream.AddImage("library/small", "1", LayerForge.Random(100));
        Assert.Equal(HttpStatusCode.OK, (await world.Read("dockerhub/small/manifests/1")).Status);
        var nested = string.Concat(Enumerable.Repeat("[", 10)) + string.Concat(Enumerable.Repeat("]", 10));
        world.Upstream.AddManifest("library/large", "1", Media.OciManifest, Encoding.UTF8.GetBytes(
            $$"""{"schemaVersion":2,"mediaType":"{{Media.OciManifest}}","layers":[],"x":{{nested}},"y":"{{new string('y', 2000)}}"}"""));
        using var response = await world.Get("dockerhub/large/manifests/1");
        Assert.Equal(HttpStatusCode.BadGateway, response.StatusCode);
        Assert.Contains(said, await response.Content.ReadAsStringAsync(Stops), StringComparison.Ordinal);
    }

    [Fact]
    public async Task Blobs_have_their_size_told_or_not()
    {
        await using var world = await With("blobSize: 5MiB");
        var fits = world.Upstream.AddBlob("library/app", LayerForge.RandomBytes(5 * 1024 * 1024));
        Assert.Equal(fits, (await world.Read($"dockerhub/library/app/blobs/{fits}")).Digest);

        var told = world.Upstream.AddBlob("library/app", LayerForge.RandomBytes((5 * 1024 * 1024) + 1));
        using var response = await world.Get($"dockerhub/library/app/blobs/{told}");
        Assert.Equal(HttpStatusCode.BadGateway, response.StatusCode);
        Assert.Contains("limits.blobSize", await response.Content.ReadAsStringAsync(Stops), StringComparison.Ordinal);

        var endless = world.Upstream.AddBlob("library/app", LayerForge.RandomBytes(7_000_000));
        world.Upstream.Fault(On.Blob(digest: endless), Faults.WithoutContentLength());
        Assert.Equal(HttpStatusCode.ServiceUnavailable, (await world.Read($"dockerhub/library/app/blobs/{endless}")).Status);
        Assert.Equal(1, world.Upstream.CountBlobGets("library/app", endless));
        Assert.Empty(Directory.EnumerateFiles(Path.Combine(world.Server.StoragePath, "spool")));
    }

    [Theory]
    [InlineData(0, HttpStatusCode.BadGateway)]
    [InlineData(1, HttpStatusCode.OK)]
    public async Task Redirects_have_their_number(int redirects, HttpStatusCode status)
    {
        await using var world = await With($"redirects: {redirects}");
        world.Upstream.RedirectsBlobs = true;
        var layer = LayerForge.Random(100);
        world.Upstream.AddImage("library/app", "1", layer);
        await world.Get("dockerhub/app/manifests/1", HttpMethod.Head);
        Assert.Equal(status, (await world.Read($"dockerhub/app/blobs/{layer.Digest}")).Status);
    }

    /// <summary>Asks for a blob, takes nothing of it, and finds that the server has given it up.</summary>
    private static async Task AssertIsCutOff(World world, ForgedBlob blob, string outcome)
    {
        using var client = await Open(world);
        await Ask(client, blob.Digest);
        await world.Server.WaitForLog(line => line.Contains($"outcome={outcome}", StringComparison.Ordinal) && !line.Contains("cut=\"no\"", StringComparison.Ordinal));
        var taken = 0L;
        try
        {
            var buffer = new byte[65536];
            for (int read; (read = await client.GetStream().ReadAsync(buffer, Stops)) > 0;)
            {
                taken += read;
            }
        }
        catch (IOException)
        {
            // Reset: that is an end, too.
        }

        Assert.InRange(taken, 0, blob.Size - 1);
    }

    private static async Task Ask(TcpClient client, string digest) =>
        await client.GetStream().WriteAsync(Encoding.ASCII.GetBytes($"GET /v2/dockerhub/library/app/blobs/{digest} HTTP/1.1\r\nHost: mirror\r\n\r\n"), Stops);

    private static Task<World> With(string limits) => World.Start(configure: (config, _) => config.Extra = $"limits: {{{limits}}}");

    private static async Task<TcpClient> Open(World world)
    {
        var client = new TcpClient { ReceiveBufferSize = 4096 };
        await client.ConnectAsync("127.0.0.1", world.Server.Address.Port, Stops);
        return client;
    }

    /// <returns>Null where the connection was closed as soon as it was there.</returns>
    private static async Task<TcpClient?> OpenUnlessRefused(World world)
    {
        try
        {
            return await Open(world);
        }
        catch (SocketException)
        {
            return null;
        }
    }

    /// <returns>The status line; null if the connection ended without one, or never was one.</returns>
    private static async Task<string?> Ping(TcpClient? client)
    {
        if (client is null)
        {
            return null;
        }

        try
        {
            await client.GetStream().WriteAsync("GET /v2/ HTTP/1.1\r\nHost: mirror\r\n\r\n"u8.ToArray(), Stops);
            using var reader = new StreamReader(client.GetStream(), leaveOpen: true);
            return await reader.ReadLineAsync(Stops);
        }
        catch (IOException)
        {
            return null;
        }
    }

    private static async Task<double> Scrubbed(World world)
    {
        var metrics = await world.Server.Client.GetStringAsync(new Uri("/metrics", UriKind.Relative), Stops);
        return double.Parse(metrics.Split('\n').Single(line => line.StartsWith("roadstead_scrubbed_bytes_total ", StringComparison.Ordinal)).Split(' ')[1], CultureInfo.InvariantCulture);
    }

    private static long Resident(int process)
    {
        var line = File.ReadLines($"/proc/{process}/status").Single(line => line.StartsWith("VmRSS:", StringComparison.Ordinal));
        return 1024 * long.Parse(line["VmRSS:".Length..^" kB".Length], CultureInfo.InvariantCulture);
    }

    /// <returns>The bytes that wait in the sockets of a port, or are on their way and not acknowledged (proc_net_tcp of the kernel's documentation: tx_queue).</returns>
    private static async Task<long> Unsent(int port)
    {
        var lines = await File.ReadAllLinesAsync("/proc/net/tcp", Stops);
        var suffix = $":{port:X4}";
        return lines.Skip(1).Select(line => line.Split(' ', StringSplitOptions.RemoveEmptyEntries)).Where(fields => fields[1].EndsWith(suffix, StringComparison.Ordinal))
            .Sum(fields => long.Parse(fields[4].Split(':')[0], NumberStyles.HexNumber, CultureInfo.InvariantCulture));
    }
}
