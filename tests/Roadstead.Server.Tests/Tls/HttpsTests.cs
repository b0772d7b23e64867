using System.Net;
using System.Net.Security;
using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;
using Roadstead.Testing;
using Roadstead.Testing.Images;

namespace Roadstead.Server.Tests.Tls;

/// <summary>A running server's certificate, as clients see it.</summary>
public sealed class HttpsTests : IDisposable
{
    private readonly LoopbackPort _port = LoopbackPort.Claim();
    private readonly TemporaryFolder _folder = new("https");

    private Uri Address => new($"https://{_port.Authority}");

    public void Dispose()
    {
        _port.Dispose();
        _folder.Dispose();
    }

    [Theory]
    [InlineData("1.1")]
    [InlineData("2.0")]
    public async Task Auto_serves_clients_that_trust_what_ca_crt_gave_them(string version)
    {
        await using var world = await World.Start(configure: (config, _) =>
        {
            config.Extra = "tls: auto\n";
            config.AddListener(Address);
        });
        var image = world.Upstream.AddImage("library/app", "1", LayerForge.Random(300_000));
        var pem = await world.Server.Client.GetStringAsync(new Uri("/ca.crt", UriKind.Relative), TestContext.Current.CancellationToken);
        using var authority = X509Certificate2.CreateFromPem(pem);
        var fingerprint = authority.GetCertHashString(HashAlgorithmName.SHA256).ToLowerInvariant();
        Assert.Contains(world.Server.Log.Items, line => line.Contains($"sha256={fingerprint}", StringComparison.Ordinal));

        using var client = Trusting(authority);
        foreach (var (path, bytes) in new[] { ("manifests/1", image.Bytes), ($"blobs/{image.Layers[0].Digest}", image.Layers[0].Bytes) })
        {
            using var request = new HttpRequestMessage(HttpMethod.Get, new Uri(Address, $"/v2/dockerhub/app/{path}"))
            {
                Version = Version.Parse(version),
                VersionPolicy = HttpVersionPolicy.RequestVersionExact,
            };

            // Some runtimes bear a token of many kilobytes for another registry.
            request.Headers.TryAddWithoutValidation("Authorization", $"Bearer {new string('a', 40_000)}");
            using var response = await client.SendAsync(request, TestContext.Current.CancellationToken);
            Assert.Equal((HttpStatusCode.OK, version), (response.StatusCode, response.Version.ToString()));
            Assert.Equal(bytes, await response.Content.ReadAsByteArrayAsync(TestContext.Current.CancellationToken));
        }
    }

    [Fact]
    public async Task An_operators_certificate_is_taken_up_when_its_files_change()
    {
        using var first = Write("first");
        await using var world = await World.Start(configure: (config, _) =>
        {
            config.Extra = $"tls: {{certificate: \"{_folder["tls.crt"]}\", key: \"{_folder["tls.key"]}\"}}\n";
            config.AddListener(Address);
        });
        Assert.Equal(first.Thumbprint, await Shown());

        // One file of the two: whoever replaces them does it one after the other.
        var former = await File.ReadAllTextAsync(_folder["tls.key"], TestContext.Current.CancellationToken);
        using var second = Write("second");
        var latter = await File.ReadAllTextAsync(_folder["tls.key"], TestContext.Current.CancellationToken);
        await File.WriteAllTextAsync(_folder["tls.key"], former, TestContext.Current.CancellationToken);
        Assert.Equal(first.Thumbprint, await Shown());
        Assert.Equal(first.Thumbprint, await Shown());
        await world.Server.WaitForLog(line => line.Contains("the former goes on", StringComparison.Ordinal));
        Assert.Single(world.Server.Log.Items, line => line.Contains("the former goes on", StringComparison.Ordinal));
        await File.WriteAllTextAsync(_folder["tls.key"], latter, TestContext.Current.CancellationToken);
        Assert.Equal(second.Thumbprint, await Shown());
        await world.Server.WaitForLog(line => line.Contains("certificate replaced", StringComparison.Ordinal));
        Assert.Single(world.Server.Log.Items, line => line.Contains("certificate replaced", StringComparison.Ordinal));

        File.Delete(_folder["tls.crt"]);
        Assert.Equal(second.Thumbprint, await Shown());

        // A link that leads elsewhere, as Kubernetes replaces what is mounted of a secret.
        using var third = Write("third", "next.crt", "next.key");
        File.Delete(_folder["tls.key"]);
        File.CreateSymbolicLink(_folder["tls.key"], _folder["next.key"]);
        File.CreateSymbolicLink(_folder["tls.crt"], _folder["next.crt"]);
        Assert.Equal(third.Thumbprint, await Shown());

        using var none = await world.Server.Client.GetAsync(new Uri("/ca.crt", UriKind.Relative), TestContext.Current.CancellationToken);
        Assert.Equal(HttpStatusCode.NotFound, none.StatusCode);
    }

    private X509Certificate2 Write(string name, string certificate = "tls.crt", string privateKey = "tls.key")
    {
        using var key = ECDsa.Create(ECCurve.NamedCurves.nistP256);
        var request = new CertificateRequest($"CN={name}", key, HashAlgorithmName.SHA256);
        var made = request.CreateSelfSigned(DateTimeOffset.UtcNow.AddHours(-1), DateTimeOffset.UtcNow.AddDays(1));
        File.WriteAllText(_folder[certificate], made.ExportCertificatePem());
        File.WriteAllText(_folder[privateKey], key.ExportPkcs8PrivateKeyPem());
        return made;
    }

    /// <summary>Thumbprint of the certificate that a new connection is shown.</summary>
    private async Task<string> Shown()
    {
        string? shown = null;
        using var handler = new SocketsHttpHandler
        {
            SslOptions = new SslClientAuthenticationOptions
            {
                RemoteCertificateValidationCallback = (_, certificate, _, _) =>
                {
                    shown = ((X509Certificate2)certificate!).Thumbprint;
                    return shown is not null;
                },
            },
        };
        using var client = new HttpClient(handler);
        await client.GetStringAsync(new Uri(Address, "/healthz/live"), TestContext.Current.CancellationToken);
        return shown!;
    }

    private static HttpClient Trusting(X509Certificate2 authority) => new(new SocketsHttpHandler
    {
        SslOptions = new SslClientAuthenticationOptions
        {
            CertificateChainPolicy = new X509ChainPolicy { TrustMode = X509ChainTrustMode.CustomRootTrust, RevocationMode = X509RevocationMode.NoCheck, CustomTrustStore = { authority } },
        },
    });
}
