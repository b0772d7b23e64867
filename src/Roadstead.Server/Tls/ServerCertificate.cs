using System.Net;
using System.Net.Security;
using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;
using Roadstead.Server.Configuration;

namespace Roadstead.Server.Tls;

/// <summary>The certificate that the server shows its clients, with its key.</summary>
public sealed class ServerCertificate : IDisposable
{
    internal ServerCertificate(X509Certificate2 certificate, X509Certificate2Collection chain, string? caPem, string? fingerprint = null)
    {
        Fingerprint = fingerprint;
        Certificate = certificate;
        Chain = chain;
        CaPem = caPem;

        // Offline: the server must start where the CA's own servers cannot be reached.
        Context = SslStreamCertificateContext.Create(certificate, chain, offline: true);
    }

    /// <summary>Tells what the operator's files held when they were read; null for the server's own certificate.</summary>
    internal string? Fingerprint { get; }

    /// <summary>The leaf, with its private key.</summary>
    public X509Certificate2 Certificate { get; }

    /// <summary>What else the operator's file holds: the intermediates to send.</summary>
    public X509Certificate2Collection Chain { get; }

    /// <summary>Leaf and chain in the form that a TLS handshake takes.</summary>
    public SslStreamCertificateContext Context { get; }

    /// <summary>What nodes must trust, as PEM; null where the operator gave the certificate, whose CA is not known here.</summary>
    public string? CaPem { get; }

    /// <summary>SHA-256 of that certificate in hexadecimal digits, for whoever takes it up over a connection that proves nothing.</summary>
    public string? CaFingerprint
    {
        get
        {
            if (CaPem is null)
            {
                return null;
            }

            using var authority = X509Certificate2.CreateFromPem(CaPem);
            return authority.GetCertHashString(System.Security.Cryptography.HashAlgorithmName.SHA256).ToLowerInvariant();
        }
    }

    /// <summary>Loads the operator's pair, or for <c>tls: auto</c> loads or makes the server's own under the storage folder.</summary>
    /// <param name="options">Valid options with <see cref="RoadsteadOptions.Tls"/> set.</param>
    /// <param name="time">Decides whether a certificate must be renewed.</param>
    public static ServerCertificateResult Load(RoadsteadOptions options, TimeProvider time) => options.Tls switch
    {
        null => new ServerCertificateResult.Unusable("the configuration has no tls"),
        { CertificatePath: { } certificate, KeyPath: { } key } => LoadPair(certificate, key),
        _ => new AutomaticCertificate(Path.Combine(options.Storage.Path, "tls"), time)
            .Load(CertificateNames.Of(options, Dns.GetHostName(), CertificateNames.OfMachine())),
    };

    public void Dispose()
    {
        Certificate.Dispose();
        foreach (var certificate in Chain)
        {
            certificate.Dispose();
        }
    }

    /// <summary>The configuration's check has seen the files; they may have been replaced since.</summary>
    private static ServerCertificateResult LoadPair(string certificatePath, string keyPath)
    {
        try
        {
            var (certificatePem, keyPem) = (File.ReadAllText(certificatePath), File.ReadAllText(keyPath));
            var (certificate, chain) = PemPair.Load(certificatePem, keyPem);
            return new ServerCertificateResult.Loaded(new ServerCertificate(certificate, chain, caPem: null, CertificateInForce.Fingerprint(certificatePem, keyPem)));
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            return new ServerCertificateResult.Unusable(e.Message);
        }
        catch (Exception e) when (e is CryptographicException or ArgumentException)
        {
            return new ServerCertificateResult.Unusable($"{certificatePath} and {keyPath} hold no certificate and key that belong together");
        }
    }
}

/// <summary>What became of loading the certificate.</summary>
public abstract record ServerCertificateResult
{
    private ServerCertificateResult()
    {
    }

    public sealed record Loaded(ServerCertificate Certificate) : ServerCertificateResult;

    /// <summary>The server cannot listen on https; the message says what the operator must do.</summary>
    public sealed record Unusable(string Message) : ServerCertificateResult;
}
