using System.Net;
using System.Net.Sockets;
using Roadstead.Oci.Client;

namespace Roadstead.Oci.Tests.Client;

public class GuardTests
{
    [Theory]
    [InlineData("93.184.216.34", false, true)]
    [InlineData("2606:4700::1111", false, true)]
    [InlineData("127.0.0.1", false, false)]
    [InlineData("127.0.0.1", true, true)]
    [InlineData("::1", true, true)]
    [InlineData("10.1.2.3", false, false)]
    [InlineData("10.1.2.3", true, true)]
    [InlineData("172.31.0.1", false, false)]
    [InlineData("192.168.1.1", true, true)]
    [InlineData("fd12::1", true, true)]
    [InlineData("::ffff:127.0.0.1", false, false)]
    [InlineData("169.254.169.254", true, false)]
    [InlineData("::ffff:169.254.169.254", true, false)]
    [InlineData("64:ff9b::a9fe:a9fe", true, false)]
    [InlineData("64:ff9b:1::a9fe:a9fe", true, false)]
    [InlineData("::169.254.169.254", true, false)]
    [InlineData("::127.0.0.1", false, false)]
    [InlineData("::ffff:0:7f00:1", false, false)]
    [InlineData("2002:7f00:1::1", false, false)]
    [InlineData("2002:a01:203::1", true, true)]
    [InlineData("2002:5db8:d822::1", false, true)]
    [InlineData("2001:0:4136:e378:8000:63bf:80ff:fffe", true, false)]
    [InlineData("fec0::1", false, false)]
    [InlineData("fec0::1", true, true)]
    [InlineData("::1", false, false)]
    [InlineData("fe80::1", true, false)]
    [InlineData("fd00:ec2::254", true, false)]
    [InlineData("100.100.100.200", true, false)]
    [InlineData("0.0.0.0", true, false)]
    [InlineData("224.0.0.1", true, false)]
    public void Dials_only_permitted_addresses(string address, bool allowPrivate, bool permitted) =>
        Assert.Equal(permitted, DialGuard.Refusal(IPAddress.Parse(address), allowPrivate) is null);

    [Fact]
    public async Task A_name_that_leads_to_a_private_address_is_not_dialled()
    {
        // Rows 62 and 63 of the catalogue: what counts is the address that a dial would reach, whatever name led there, each time.
        using var listener = new TcpListener(IPAddress.Loopback, 0);
        listener.Start();
        var target = new DnsEndPoint("localhost", ((IPEndPoint)listener.LocalEndpoint).Port);
        await Assert.ThrowsAsync<DialRefusedException>(() => DialGuard.Connect(target, allowPrivate: false, TestContext.Current.CancellationToken).AsTask());
        Assert.False(listener.Pending());
        await using var connected = await DialGuard.Connect(target, allowPrivate: true, TestContext.Current.CancellationToken);
        Assert.True(listener.Pending());
    }

    [Fact]
    public async Task An_address_that_leads_nowhere_does_not_keep_from_one_that_answers()
    {
        using var hole = new TcpListener(IPAddress.Loopback, 0);
        using var open = new TcpListener(IPAddress.Loopback, 0);
        using var closed = new TcpListener(IPAddress.Loopback, 0);
        hole.Start(1);
        open.Start();
        closed.Start();
        var refusing = (IPEndPoint)closed.LocalEndpoint;
        closed.Stop();
        var full = await FillQueue((IPEndPoint)hole.LocalEndpoint);

        using (var socket = await DialRace.Run([(IPEndPoint)hole.LocalEndpoint, refusing, (IPEndPoint)open.LocalEndpoint], TestContext.Current.CancellationToken))
        {
            Assert.Equal(open.LocalEndpoint, socket.RemoteEndPoint);
        }

        await Assert.ThrowsAsync<SocketException>(() => DialRace.Run([refusing, refusing], TestContext.Current.CancellationToken));
        using var patience = new CancellationTokenSource(TimeSpan.FromMilliseconds(400));
        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => DialRace.Run([(IPEndPoint)hole.LocalEndpoint, refusing], patience.Token));
        full.ForEach(socket => socket.Dispose());
    }

    /// <summary>Connects until the listener's queue takes no more: what comes then gets no answer at all.</summary>
    private static async Task<List<Socket>> FillQueue(IPEndPoint listener)
    {
        var sockets = new List<Socket>();
        while (true)
        {
            var socket = new Socket(AddressFamily.InterNetwork, SocketType.Stream, ProtocolType.Tcp);
            sockets.Add(socket);
            using var moment = new CancellationTokenSource(TimeSpan.FromMilliseconds(300));
            try
            {
                await socket.ConnectAsync(listener, moment.Token);
            }
            catch (OperationCanceledException)
            {
                return sockets;
            }
        }
    }

    [Theory]
    [InlineData("https://r.example", "https://cdn.example/x?sig=1", "https://cdn.example/x?sig=1")]
    [InlineData("https://r.example/v2/a", "/v2/b", "https://r.example/v2/b")]
    [InlineData("http://r.example", "https://cdn.example/x", "https://cdn.example/x")]
    [InlineData("https://r.example", "http://cdn.example/x", null)]
    [InlineData("https://r.example", "ftp://cdn.example/x", null)]
    [InlineData("https://r.example", "https://user:pw@cdn.example/x", null)]
    [InlineData("https://r.example/v2/a", "//cdn.example/x", "https://cdn.example/x")]
    [InlineData("https://r.example", "//", null)]
    [InlineData("https://r.example", "//[", null)]
    public void Redirects_lead_nowhere_worse(string from, string location, string? target) =>
        Assert.Equal(target, RedirectGuard.Next(new Uri(from), new Uri(location, UriKind.RelativeOrAbsolute)).Target?.ToString());

    [Theory]
    [InlineData("https://registry-1.docker.io", "https://auth.docker.io/token", true)]
    [InlineData("https://ghcr.io", "https://ghcr.io/token", true)]
    [InlineData("https://registry.gitlab.com", "https://gitlab.com/jwt/auth", true)]
    [InlineData("https://example.com", "https://auth.example.com/token", true)]
    [InlineData("https://ghcr.io", "http://ghcr.io/token", false)]
    [InlineData("https://ghcr.io", "https://evil.example/token", false)]
    [InlineData("https://ghcr.io", "https://ghcr.io.evil.example/token", false)]
    [InlineData("https://ghcr.io", "https://evilghcr.io/token", false)]
    [InlineData("https://a.co.uk", "https://b.co.uk/token", false)]
    [InlineData("http://127.0.0.1:5000", "http://127.0.0.1:5001/token", true)]
    [InlineData("http://127.0.0.1:5000", "http://127.0.0.2:5000/token", false)]
    [InlineData("https://r.example", "https://sso.corp.example/token", true)]
    [InlineData("https://ghcr.io", "https://user@ghcr.io/token", false)]
    public void Tokens_are_asked_only_where_the_registry_s_own_are(string registry, string realm, bool allowed) =>
        Assert.Equal(allowed, TokenRealm.Refusal(new Uri(realm), new UpstreamSettings { Url = new Uri(registry), TokenHosts = ["sso.corp.example"] }) is null);

    [Fact]
    public void Reads_challenges()
    {
        var response = new HttpResponseMessage();
        response.Headers.TryAddWithoutValidation("WWW-Authenticate", "Negotiate");
        response.Headers.TryAddWithoutValidation("WWW-Authenticate", "Bearer realm=\"https://a.example/token\",service=\"a, b\",scope=\"repository:x/y:pull,push\"");
        var challenge = AuthChallenge.Read(response.Headers.WwwAuthenticate);
        Assert.Equal(new AuthChallenge(new Uri("https://a.example/token"), "a, b", "repository:x/y:pull,push"), challenge);
        response.Dispose();
    }

    [Theory]
    [InlineData("Basic realm=\"x\"", true)]
    [InlineData("Bearer realm=\"not a url\"", null)]
    [InlineData("Bearer realm=\"file:///etc/passwd\"", null)]
    [InlineData("Bearer", null)]
    [InlineData("Bearer realm=", null)]
    [InlineData("Bearer realm=\"https://a.example", null)]
    public void Reads_odd_challenges(string header, bool? basic)
    {
        using var response = new HttpResponseMessage();
        response.Headers.TryAddWithoutValidation("WWW-Authenticate", header);
        Assert.Equal(basic, AuthChallenge.Read(response.Headers.WwwAuthenticate)?.IsBasic);
    }
}
