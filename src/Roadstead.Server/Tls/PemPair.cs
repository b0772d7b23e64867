using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;

namespace Roadstead.Server.Tls;

/// <summary>Reads certificates and keys from PEM text. Faults are sentences that continue the file's name, and show none of the key.</summary>
internal static class PemPair
{
    /// <summary>Null where the text holds at least one certificate and every one can be read.</summary>
    public static string? CertificateFault(string pem)
    {
        var certificates = new X509Certificate2Collection();
        try
        {
            certificates.ImportFromPem(pem);
            return certificates.Count > 0 ? null : "holds no PEM certificate";
        }
        catch (CryptographicException)
        {
            return "holds a PEM certificate that cannot be read";
        }
        finally
        {
            foreach (var certificate in certificates)
            {
                certificate.Dispose();
            }
        }
    }

    /// <summary>Null where the text holds an unencrypted key, which must belong to the first certificate where one is given.</summary>
    /// <param name="certificatePem">The certificate's text; null: the key alone is looked at.</param>
    /// <param name="keyPem">The key's text.</param>
    /// <param name="certificateKey">What the configuration calls the certificate.</param>
    public static string? KeyFault(string? certificatePem, string keyPem, string certificateKey = "tls.certificate")
    {
        if (keyPem.Contains("BEGIN ENCRYPTED PRIVATE KEY", StringComparison.Ordinal) || keyPem.Contains("Proc-Type: 4,ENCRYPTED", StringComparison.Ordinal))
        {
            return "holds an encrypted key; this server has no way to ask for its password";
        }

        if (!keyPem.Contains("PRIVATE KEY-----", StringComparison.Ordinal))
        {
            return "holds no PEM private key";
        }

        if (certificatePem is null)
        {
            return null;
        }

        try
        {
            using var pair = X509Certificate2.CreateFromPem(certificatePem, keyPem);
            return null;
        }
        catch (Exception e) when (e is CryptographicException or ArgumentException)
        {
            return $"holds no key that belongs to {certificateKey}";
        }
    }

    /// <summary>The certificate with its key, and what else the certificate's file holds: the chain to send with it.</summary>
    /// <exception cref="CryptographicException">The two do not belong together.</exception>
    /// <exception cref="ArgumentException">The two are of different algorithms.</exception>
    public static (X509Certificate2 Certificate, X509Certificate2Collection Chain) Load(string certificatePem, string keyPem)
    {
        var certificate = X509Certificate2.CreateFromPem(certificatePem, keyPem);
        var chain = new X509Certificate2Collection();
        chain.ImportFromPem(certificatePem);
        if (chain.FirstOrDefault(entry => entry.RawDataMemory.Span.SequenceEqual(certificate.RawDataMemory.Span)) is { } self)
        {
            chain.Remove(self);
            self.Dispose();
        }

        return (certificate, chain);
    }
}
