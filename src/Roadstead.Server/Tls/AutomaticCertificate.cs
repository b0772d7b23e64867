using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;
using Roadstead.Server.Configuration;

namespace Roadstead.Server.Tls;

/// <summary>
/// The CA and certificate that a server makes for itself, kept in one folder. The CA stays, because nodes trust it; the
/// leaf is made anew whenever it no longer serves.
/// </summary>
internal sealed class AutomaticCertificate(string folder, TimeProvider time)
{
    private const UnixFileMode Open = UnixFileMode.UserRead | UnixFileMode.UserWrite | UnixFileMode.GroupRead | UnixFileMode.OtherRead;
    private static readonly TimeSpan RenewBefore = TimeSpan.FromDays(30);

    private readonly string _caCertificatePath = Path.Combine(folder, "ca.crt");
    private readonly string _caKeyPath = Path.Combine(folder, "ca.key");

    // Certificate and key in one file, so that one rename replaces both.
    private readonly string _leafPath = Path.Combine(folder, "server.pem");

    /// <summary>True if the leaf would soon run out.</summary>
    public static bool MustRenew(X509Certificate2 leaf, TimeProvider time) => leaf.NotAfter - time.GetUtcNow().LocalDateTime < RenewBefore;

    public ServerCertificateResult Load(CertificateNames names)
    {
        try
        {
            Directory.CreateDirectory(folder);
            using var ca = LoadOrMakeCa(out var fault);
            if (ca is null)
            {
                return new ServerCertificateResult.Unusable(fault!);
            }

            var leaf = LoadLeaf(ca, names) ?? MakeLeaf(ca, names);
            return new ServerCertificateResult.Loaded(new ServerCertificate(leaf, [], ca.ExportCertificatePem() + "\n"));
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            return new ServerCertificateResult.Unusable($"{folder} cannot be used: {e.Message}");
        }
    }

    private X509Certificate2? LoadOrMakeCa(out string? fault)
    {
        fault = null;
        if (!File.Exists(_caCertificatePath))
        {
            // The key is written first: a key alone is what a crash between the two left, and nobody trusts it yet.
            var ca = CertificateIssuer.MakeCa(time.GetUtcNow());
            PrivateFile.Write(_caKeyPath, KeyPem(ca));
            PrivateFile.Write(_caCertificatePath, ca.ExportCertificatePem() + "\n", Open);
            return ca;
        }

        // Nodes may trust this CA: one that is damaged or has run out is for the operator to replace, knowingly.
        if (!File.Exists(_caKeyPath))
        {
            fault = $"{_caKeyPath} is missing beside ca.crt; put it back, or remove ca.crt too for a new CA that every node must learn to trust";
            return null;
        }

        try
        {
            var ca = X509Certificate2.CreateFromPemFile(_caCertificatePath, _caKeyPath);
            if (ca.NotAfter > time.GetUtcNow().LocalDateTime)
            {
                return ca;
            }

            fault = $"{_caCertificatePath} ran out at {ca.NotAfter.ToUniversalTime():u}; remove it and ca.key for a new CA that every node must learn to trust";
            ca.Dispose();
        }
        catch (Exception e) when (e is CryptographicException or ArgumentException)
        {
            fault = $"{_caCertificatePath} and ca.key are damaged or do not belong together; restore them, or remove both for a new CA that every node must learn to trust";
        }

        return null;
    }

    /// <summary>Null where there is none that serves: whatever is wrong with the file, a new one is as good.</summary>
    private X509Certificate2? LoadLeaf(X509Certificate2 ca, CertificateNames names)
    {
        if (!File.Exists(_leafPath))
        {
            return null;
        }

        try
        {
            var leaf = X509Certificate2.CreateFromPemFile(_leafPath);
            var now = time.GetUtcNow().LocalDateTime;
            if (leaf.NotBefore <= now && !MustRenew(leaf, time) && names.AreCoveredBy(leaf) && IsIssuedBy(leaf, ca))
            {
                return leaf;
            }

            leaf.Dispose();
        }
        catch (Exception e) when (e is CryptographicException or ArgumentException)
        {
        }

        return null;
    }

    private X509Certificate2 MakeLeaf(X509Certificate2 ca, CertificateNames names)
    {
        var leaf = CertificateIssuer.MakeLeaf(ca, names, time.GetUtcNow());
        PrivateFile.Write(_leafPath, $"{leaf.ExportCertificatePem()}\n{KeyPem(leaf)}");
        return leaf;
    }

    private bool IsIssuedBy(X509Certificate2 leaf, X509Certificate2 ca)
    {
        using var chain = new X509Chain();
        chain.ChainPolicy.TrustMode = X509ChainTrustMode.CustomRootTrust;
        chain.ChainPolicy.CustomTrustStore.Add(ca);
        chain.ChainPolicy.RevocationMode = X509RevocationMode.NoCheck;
        chain.ChainPolicy.DisableCertificateDownloads = true;
        chain.ChainPolicy.VerificationTime = time.GetUtcNow().LocalDateTime;
        return chain.Build(leaf);
    }

    private static string KeyPem(X509Certificate2 certificate)
    {
        using var key = certificate.GetECDsaPrivateKey()!;
        return key.ExportPkcs8PrivateKeyPem() + "\n";
    }
}
