using System.Net;
using System.Net.Security;
using System.Net.Sockets;
using System.Runtime.Versioning;
using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;
using Microsoft.Extensions.Logging.Abstractions;
using Roadstead.Server.Configuration;
using Roadstead.Server.Tests.Configuration;
using Roadstead.Server.Tls;

namespace Roadstead.Server.Tests.Tls;

public sealed class ServerCertificateTests : IDisposable
{
    private static readonly DateTimeOffset Start = new(2026, 3, 1, 12, 0, 0, TimeSpan.Zero);

    private readonly ConfigurationFixture _fixture = new();
    private readonly Clock _clock = new(Start);

    private string Tls => Path.Combine(_fixture.Folder, "tls");

    public void Dispose() => _fixture.Dispose();

    [Fact]
    public void The_leaf_of_auto_validates_against_its_CA_for_every_name()
    {
        using var certificate = Load(Options("https://192.0.2.7:5443", "https://mirror.example:5000"));

        using var ca = X509Certificate2.CreateFromPem(certificate.CaPem);
        Assert.True(Validates(certificate.Certificate, ca));
        foreach (var name in new[] { "localhost", "127.0.0.1", "::1", "mirror.example", "192.0.2.7", Dns.GetHostName() })
        {
            Assert.True(certificate.Certificate.MatchesHostname(name), name);
        }

        Assert.False(certificate.Certificate.MatchesHostname("other.example"));
        Assert.True(certificate.Certificate.HasPrivateKey);
        Assert.Equal(TimeSpan.FromDays(397), certificate.Certificate.NotAfter - certificate.Certificate.NotBefore);
        Assert.Equal(2036, ca.NotAfter.Year);
        Assert.Equal(File.ReadAllText(Path.Combine(Tls, "ca.crt")), certificate.CaPem);
        using var stranger = X509Certificate2.CreateFromPem(File.ReadAllText(_fixture.WritePair("stranger").Certificate));
        Assert.False(Validates(certificate.Certificate, stranger));
    }

    [Fact]
    [UnsupportedOSPlatform("windows")]
    public void Keys_are_for_the_server_alone_and_no_temporary_file_stays()
    {
        Assert.SkipWhen(OperatingSystem.IsWindows(), "has no file modes");
        Load(Options()).Dispose();

        const UnixFileMode Secret = UnixFileMode.UserRead | UnixFileMode.UserWrite;
        Assert.Equal(["ca.crt", "ca.key", "server.pem"], Directory.GetFiles(Tls).Select(Path.GetFileName).Order(StringComparer.Ordinal));
        Assert.Equal(Secret, File.GetUnixFileMode(Path.Combine(Tls, "ca.key")));
        Assert.Equal(Secret, File.GetUnixFileMode(Path.Combine(Tls, "server.pem")));
        Assert.Equal(Secret | UnixFileMode.GroupRead | UnixFileMode.OtherRead, File.GetUnixFileMode(Path.Combine(Tls, "ca.crt")));
    }

    [Theory]
    [InlineData(0, null, false)]
    [InlineData(366, null, false)]
    [InlineData(368, null, true)]
    [InlineData(0, "https://new.example", true)]
    public void At_a_later_start_the_CA_stays_and_the_leaf_is_renewed_when_it_must(int days, string? publicUrl, bool renewed)
    {
        using var first = Load(Options());
        _clock.Now = Start.AddDays(days);

        using var second = Load(Options(publicUrl: publicUrl));

        Assert.Equal(first.CaPem, second.CaPem);
        Assert.Equal(renewed, first.Certificate.Thumbprint != second.Certificate.Thumbprint);
        using var ca = X509Certificate2.CreateFromPem(second.CaPem);
        Assert.True(Validates(second.Certificate, ca));
    }

    [Fact]
    public void A_leaf_of_a_clock_that_was_set_back_is_renewed()
    {
        Load(Options()).Dispose();
        File.Delete(Path.Combine(Tls, "server.pem"));
        _clock.Now = Start.AddDays(20);
        using var future = Load(Options());

        _clock.Now = Start.AddDays(10);
        using var present = Load(Options());

        Assert.NotEqual(future.Certificate.Thumbprint, present.Certificate.Thumbprint);
    }

    [Fact]
    public void A_damaged_leaf_is_made_anew_and_a_lone_CA_key_too()
    {
        using var first = Load(Options());
        File.WriteAllText(Path.Combine(Tls, "server.pem"), "nonsense");
        using var second = Load(Options());
        Assert.Equal(first.CaPem, second.CaPem);

        File.Delete(Path.Combine(Tls, "ca.crt"));
        using var third = Load(Options());
        Assert.NotEqual(first.CaPem, third.CaPem);
        using var ca = X509Certificate2.CreateFromPem(third.CaPem);
        Assert.True(Validates(third.Certificate, ca));
    }

    [Fact]
    public void A_CA_that_nodes_trust_is_never_replaced_in_silence()
    {
        Load(Options()).Dispose();
        var key = Path.Combine(Tls, "ca.key");
        var caKey = File.ReadAllText(key);

        File.Delete(key);
        Assert.Contains("ca.key is missing", Unusable(Options()), StringComparison.Ordinal);
        File.Copy(_fixture.WritePair("other").Key, key);
        Assert.Contains("do not belong together", Unusable(Options()), StringComparison.Ordinal);
        File.WriteAllText(key, caKey);
        _clock.Now = Start.AddYears(11);
        Assert.Contains("ran out", Unusable(Options()), StringComparison.Ordinal);
    }

    [Fact]
    public void A_folder_that_cannot_be_made_is_a_value()
    {
        File.WriteAllText(Tls, "");

        Assert.Contains("cannot be used", Unusable(Options()), StringComparison.Ordinal);
    }

    [Fact]
    public void Names_pass_over_what_no_certificate_can_hold()
    {
        var options = _fixture.Options("listen: ['http://*:1', 'http://0.0.0.0:2', 'http://192.0.2.1:3', 'http://[2001:db8::1]:4']");

        var names = CertificateNames.Of(options, "my machine", new[] { "127.0.0.2", "fe80::1", "192.0.2.9" }.Select(IPAddress.Parse));

        Assert.Equal(["localhost"], names.Hosts);
        Assert.Equal(
            ["127.0.0.1", "192.0.2.1", "192.0.2.9", "2001:db8::1", "::1"],
            names.Addresses.Select(address => address.ToString()).Order(StringComparer.Ordinal));
    }

    [Fact]
    public async Task The_operators_chain_is_sent_whole_to_clients()
    {
        // A CA that the client trusts, an intermediate that it does not know, and the leaf.
        var now = DateTimeOffset.UtcNow;
        using var root = CertificateIssuer.MakeCa(now);
        using var key = ECDsa.Create();
        var request = new CertificateRequest("CN=intermediate", key, HashAlgorithmName.SHA256);
        request.CertificateExtensions.Add(new X509BasicConstraintsExtension(true, false, 0, true));
        request.CertificateExtensions.Add(new X509SubjectKeyIdentifierExtension(request.PublicKey, false));
        using var rootWithoutLimit = MakeRoot(now);
        using var bare = request.Create(rootWithoutLimit, now.AddMinutes(-1), now.AddDays(1), [1]);
        using var intermediate = bare.CopyWithPrivateKey(key);
        var names = CertificateNames.Of(_fixture.Options(""), "machine", []);
        using var leaf = CertificateIssuer.MakeLeaf(intermediate, names, now);
        using var leafKey = leaf.GetECDsaPrivateKey()!;
        var options = _fixture.Options(
            $$"""
            listen: 'https://127.0.0.1:1'
            tls:
              certificate: {{_fixture.Write("chain.crt", leaf.ExportCertificatePem() + "\n" + intermediate.ExportCertificatePem())}}
              key: {{_fixture.Write("chain.key", leafKey.ExportECPrivateKeyPem())}}
            """);

        using var certificate = Load(options);

        Assert.Null(certificate.CaPem);
        Assert.Equal("CN=intermediate", Assert.Single(certificate.Chain).Subject);
        Assert.Null(await Handshake(certificate.Context, rootWithoutLimit));
        Assert.NotNull(await Handshake(certificate.Context, root));
    }

    [Fact]
    public void An_operators_pair_that_changed_since_the_check_is_a_value()
    {
        var (certificate, key) = _fixture.WritePair();
        var options = _fixture.Options($"listen: 'https://127.0.0.1:1'\ntls: {{certificate: {certificate}, key: {key}}}");

        _fixture.WritePair("other");
        File.Copy(Path.Combine(_fixture.Folder, "other.key"), key, overwrite: true);
        Assert.Contains("belong together", Unusable(options), StringComparison.Ordinal);
        File.Delete(key);
        Assert.Contains("tls.key", Unusable(options), StringComparison.Ordinal);
    }

    [Fact]
    public void The_server_s_own_certificate_is_renewed_while_it_runs()
    {
        var options = Options();
        using var first = Load(options);
        var inForce = new CertificateInForce(options, first, _clock, NullLogger<CertificateInForce>.Instance);
        Assert.Same(first.Context, inForce.Context());

        _clock.Now += CertificateIssuer.LeafLifetime - TimeSpan.FromDays(29);
        var renewed = inForce.Context();
        Assert.NotEqual(first.Certificate.Thumbprint, renewed.TargetCertificate.Thumbprint);
        Assert.Equal(first.CaPem, inForce.CaPem);
        Assert.Same(renewed, inForce.Context());
    }

    private static X509Certificate2 MakeRoot(DateTimeOffset now)
    {
        using var key = ECDsa.Create();
        var request = new CertificateRequest("CN=root", key, HashAlgorithmName.SHA256);
        request.CertificateExtensions.Add(new X509BasicConstraintsExtension(true, false, 0, true));
        return request.CreateSelfSigned(now.AddDays(-1), now.AddDays(2));
    }

    /// <summary>Null where a client that trusts the root alone accepts the server; otherwise what it threw.</summary>
    private static async Task<Exception?> Handshake(SslStreamCertificateContext context, X509Certificate2 root)
    {
        using var listener = new TcpListener(IPAddress.Loopback, 0);
        listener.Start();
        using var client = new TcpClient();
        await client.ConnectAsync((IPEndPoint)listener.LocalEndpoint, TestContext.Current.CancellationToken);
        using var accepted = await listener.AcceptTcpClientAsync(TestContext.Current.CancellationToken);
        await using var server = new SslStream(accepted.GetStream());
        var serving = server.AuthenticateAsServerAsync(new SslServerAuthenticationOptions { ServerCertificateContext = context });
        await using var stream = new SslStream(client.GetStream());
        var policy = new X509ChainPolicy { TrustMode = X509ChainTrustMode.CustomRootTrust, RevocationMode = X509RevocationMode.NoCheck, DisableCertificateDownloads = true };
        policy.CustomTrustStore.Add(root);
        var exception = await Record.ExceptionAsync(() => stream.AuthenticateAsClientAsync(
            new SslClientAuthenticationOptions { TargetHost = "localhost", CertificateChainPolicy = policy }));
        client.Close();
        await Record.ExceptionAsync(() => serving);
        return exception;
    }

    private bool Validates(X509Certificate2 leaf, X509Certificate2 ca)
    {
        using var chain = new X509Chain();
        chain.ChainPolicy.TrustMode = X509ChainTrustMode.CustomRootTrust;
        chain.ChainPolicy.CustomTrustStore.Add(ca);
        chain.ChainPolicy.RevocationMode = X509RevocationMode.NoCheck;
        chain.ChainPolicy.ApplicationPolicy.Add(new Oid("1.3.6.1.5.5.7.3.1"));
        chain.ChainPolicy.VerificationTime = _clock.Now.LocalDateTime;
        return chain.Build(leaf);
    }

    private RoadsteadOptions Options(string listen = "https://127.0.0.1:5443", string? publicUrl = null) =>
        _fixture.Options($"listen: '{listen}'\ntls: auto\npublicUrl: {publicUrl}");

    private ServerCertificate Load(RoadsteadOptions options)
    {
        var result = ServerCertificate.Load(options, _clock);
        Assert.True(result is ServerCertificateResult.Loaded, result.ToString());
        return ((ServerCertificateResult.Loaded)result).Certificate;
    }

    private string Unusable(RoadsteadOptions options) =>
        Assert.IsType<ServerCertificateResult.Unusable>(ServerCertificate.Load(options, _clock)).Message;

    private sealed class Clock(DateTimeOffset now) : TimeProvider
    {
        public DateTimeOffset Now { get; set; } = now;

        public override DateTimeOffset GetUtcNow() => Now;
    }
}
