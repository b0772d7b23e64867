using System.Net;
using System.Net.Sockets;
using Roadstead.Testing;
using Roadstead.Testing.Images;
using Roadstead.Testing.Server;
using Roadstead.Testing.Upstream;

namespace Roadstead.Server.Tests.Mirroring;

/// <summary>Upstreams whose TLS is at fault: never gone round, named in words, and taken up again once it is mended.</summary>
public sealed class TlsUpstreamTests : IDisposable
{
    private readonly TestAuthority _authority = new();
    private readonly TemporaryFolder _folder = new("tls-upstream");

    private static CancellationToken Stops => TestContext.Current.CancellationToken;

    public void Dispose()
    {
        _authority.Dispose();
        _folder.Dispose();
    }

    [Theory]
    [InlineData("expired", "only")]
    [InlineData("not yet", "only")]
    [InlineData("another name", "is for another name (registry.example)")]
    [InlineData("another authority", "an authority that is not trusted (CN=test authority")]
    public async Task A_bad_certificate_is_502_when_cold_and_the_copy_when_held(string fault, string said)
    {
        using var other = new TestAuthority();
        using var good = _authority.Issue();
        using var bad = fault switch
        {
            "expired" => _authority.Issue(-3, -1),
            "not yet" => _authority.Issue(1, 3),
            "another name" => _authority.Issue(name: "registry.example"),
            _ => other.Issue(),
        };
        await using var upstream = await FakeUpstream.Start(good);
        await using var server = await Before(upstream.Address, ("caCertificate", Authority()));
        var image = upstream.AddImage("library/app", "1", LayerForge.Random(1000));
        upstream.AddImage("library/cold", "1", LayerForge.Random(1000));
        Assert.Equal((HttpStatusCode.OK, "miss"), await Ask(server, $"app/manifests/{image.Digest}"));
        Assert.Equal((HttpStatusCode.OK, "miss"), await Ask(server, "app/manifests/1"));
        foreach (var blob in image.Blobs)
        {
            Assert.Equal(HttpStatusCode.OK, (await Ask(server, $"app/blobs/{blob.Digest}")).Status);
            await server.WaitForLog(line => line.Contains($"stored blob project=dockerhub repository=library/app digest={blob.Digest}", StringComparison.Ordinal));
        }

        await upstream.Stop();
        upstream.Origin.Certificate = bad;
        await upstream.StartAgain();
        await server.Restart();
        var asked = upstream.Requests.Items.Count;
        using (var cold = await Get(server, "cold/manifests/1"))
        {
            Assert.Equal(HttpStatusCode.BadGateway, cold.StatusCode);
            Assert.Contains(said, await cold.Content.ReadAsStringAsync(Stops), StringComparison.Ordinal);
        }

        Assert.Equal((HttpStatusCode.OK, "stale"), await Ask(server, "app/manifests/1"));
        Assert.Contains(server.Log.Items, line => line.Contains("TLS failed", StringComparison.Ordinal) && line.Contains(said, StringComparison.Ordinal));
        Assert.DoesNotContain(server.Log.Items, line => line.Contains("endpoint down", StringComparison.Ordinal));
        Assert.Equal(asked, upstream.Requests.Items.Count);

        upstream.Origin.Certificate = good;
        Assert.Equal((HttpStatusCode.OK, "miss"), await Ask(server, "cold/manifests/1"));
    }

    [Theory]
    [InlineData(false, HttpStatusCode.BadGateway)]
    [InlineData(true, HttpStatusCode.OK)]
    public async Task Only_insecureSkipVerify_takes_any_certificate(bool skip, HttpStatusCode status)
    {
        using var certificate = _authority.Issue(-3, -1, "registry.example");
        await using var upstream = await FakeUpstream.Start(certificate);
        await using var server = await Before(upstream.Address, ("insecureSkipVerify", skip));
        upstream.AddImage("library/app", "1", LayerForge.Random(1000));
        Assert.Equal(status, (await Ask(server, "app/manifests/1")).Status);
    }

    [Fact]
    public async Task A_registry_that_speaks_plain_HTTP_where_TLS_is_wanted_is_502()
    {
        await using var upstream = await FakeUpstream.Start();
        await using var server = await Before(new Uri($"https://{upstream.Authority}"));
        using var response = await Get(server, "app/manifests/1");
        Assert.Equal(HttpStatusCode.BadGateway, response.StatusCode);
        Assert.Contains("TLS failed", await response.Content.ReadAsStringAsync(Stops), StringComparison.Ordinal);
        Assert.Empty(upstream.Requests.Items);
    }

    [Theory]
    [InlineData(true, HttpStatusCode.BadGateway)]
    [InlineData(false, HttpStatusCode.GatewayTimeout)]
    public async Task A_handshake_that_is_broken_off_or_never_answered_keeps_nobody_waiting(bool closes, HttpStatusCode status)
    {
        using var listener = new TcpListener(IPAddress.Loopback, 0);
        listener.Start();
        var port = ((IPEndPoint)listener.LocalEndpoint).Port;
        using var end = CancellationTokenSource.CreateLinkedTokenSource(Stops);
        var taken = Take(listener, closes, end.Token);
        await using (var server = await Before(new Uri($"https://127.0.0.1:{port}"), ("connectTimeout", "1s"), ("headerTimeout", "2s")))
        {
            Assert.Equal(status, (await Ask(server, "app/manifests/1")).Status);
        }

        await end.CancelAsync();
        await taken;
    }

    private static async Task Take(TcpListener listener, bool closes, CancellationToken end)
    {
        var kept = new List<TcpClient>();
        try
        {
            while (true)
            {
                var client = await listener.AcceptTcpClientAsync(end);
                kept.Add(client);
                if (closes)
                {
                    client.Close();
                }
            }
        }
        catch (OperationCanceledException)
        {
            kept.ForEach(client => client.Dispose());
        }
    }

    private string Authority()
    {
        File.WriteAllText(_folder["ca.pem"], _authority.Pem);
        return _folder["ca.pem"];
    }

    private static Task<TestServer> Before(Uri upstream, params (string, object)[] settings) => TestServer.Start(config =>
    {
        config.FreshFor = "0s";
        config.AddEndpoint("docker-hub", "docker.io", upstream, [("allowPrivateAddresses", true), .. settings]).AddProject("dockerhub", "docker-hub");
    });

    private static Task<HttpResponseMessage> Get(TestServer server, string path) =>
        server.Client.GetAsync(new Uri($"/v2/dockerhub/{path}", UriKind.Relative), Stops);

    private static async Task<(HttpStatusCode Status, string Cache)> Ask(TestServer server, string path)
    {
        using var response = await Get(server, path);
        return (response.StatusCode, World.CacheOf(response));
    }
}
