using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;

namespace Roadstead.Server.Tls;

/// <summary>Makes the certificates of <c>tls: auto</c>; knows nothing of files.</summary>
internal static class CertificateIssuer
{
    public static readonly TimeSpan LeafLifetime = TimeSpan.FromDays(397);
    private static readonly TimeSpan CaLifetime = TimeSpan.FromDays(3652);

    /// <summary>Nodes whose clock is a little behind must not find the certificate not yet valid.</summary>
    private static readonly TimeSpan ClockSkew = TimeSpan.FromHours(1);

    private static readonly Oid ServerAuthentication = new("1.3.6.1.5.5.7.3.1");

    public static X509Certificate2 MakeCa(DateTimeOffset now)
    {
        using var key = ECDsa.Create(ECCurve.NamedCurves.nistP256);

        // Trust stores look certificates up by subject: those of two servers must not share one.
        var subject = $"CN=Roadstead CA {RandomNumberGenerator.GetHexString(8, lowercase: true)}";
        var request = new CertificateRequest(subject, key, HashAlgorithmName.SHA256);
        request.CertificateExtensions.Add(new X509BasicConstraintsExtension(true, true, 0, true));
        request.CertificateExtensions.Add(new X509KeyUsageExtension(X509KeyUsageFlags.KeyCertSign | X509KeyUsageFlags.CrlSign, true));
        request.CertificateExtensions.Add(new X509SubjectKeyIdentifierExtension(request.PublicKey, false));
        return request.CreateSelfSigned(now - ClockSkew, now + CaLifetime);
    }

    public static X509Certificate2 MakeLeaf(X509Certificate2 ca, CertificateNames names, DateTimeOffset now)
    {
        using var key = ECDsa.Create(ECCurve.NamedCurves.nistP256);
        var request = new CertificateRequest("CN=Roadstead", key, HashAlgorithmName.SHA256);
        request.CertificateExtensions.Add(new X509BasicConstraintsExtension(false, false, 0, true));
        request.CertificateExtensions.Add(new X509KeyUsageExtension(X509KeyUsageFlags.DigitalSignature, true));
        request.CertificateExtensions.Add(new X509EnhancedKeyUsageExtension([ServerAuthentication], false));
        request.CertificateExtensions.Add(new X509SubjectKeyIdentifierExtension(request.PublicKey, false));
        request.CertificateExtensions.Add(X509AuthorityKeyIdentifierExtension.CreateFromCertificate(ca, true, false));
        request.CertificateExtensions.Add(names.ToExtension());

        var serial = RandomNumberGenerator.GetBytes(16);
        serial[0] = (byte)((serial[0] & 0x7f) | 0x40);
        var from = now - ClockSkew;
        var (caFrom, caTo) = (new DateTimeOffset(ca.NotBefore), new DateTimeOffset(ca.NotAfter));
        var to = from + LeafLifetime;
        using var certificate = request.Create(ca, from < caFrom ? caFrom : from, to > caTo ? caTo : to, serial);
        return certificate.CopyWithPrivateKey(key);
    }
}
