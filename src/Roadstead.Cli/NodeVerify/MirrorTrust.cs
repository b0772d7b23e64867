using System.Net.Security;
using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;

namespace Roadstead.Cli.NodeVerify;

/// <summary>What a runtime trusts a mirror by: the system's authorities, and those of the file that it is given.</summary>
/// <param name="Authorities">Of <paramref name="File"/>; empty: the system's alone.</param>
/// <param name="File">As the node has it; null: there is none.</param>
/// <param name="Any">The certificate is not looked at.</param>
internal sealed record MirrorTrust(X509Certificate2Collection Authorities, string? File, bool Any)
{
    /// <summary>Reads certificates in PEM form.</summary>
    /// <returns>Null: they are none.</returns>
    public static X509Certificate2Collection? Read(string pem)
    {
        var certificates = new X509Certificate2Collection();
        try
        {
            certificates.ImportFromPem(pem);
            return certificates.Count > 0 ? certificates : null;
        }
        catch (CryptographicException)
        {
            return null;
        }
    }

    /// <summary>What is wrong with a certificate; null: nothing.</summary>
    /// <param name="url">Under which it was shown.</param>
    public VerifyCause? Fault(X509Certificate2 leaf, X509Chain? sent, SslPolicyErrors errors, string url)
    {
        if (Any || errors == SslPolicyErrors.None)
        {
            return null;
        }

        using var chain = new X509Chain();
        chain.ChainPolicy.RevocationMode = X509RevocationMode.NoCheck;
        if (Authorities.Count > 0)
        {
            chain.ChainPolicy.TrustMode = X509ChainTrustMode.CustomRootTrust;
            chain.ChainPolicy.CustomTrustStore.AddRange(Authorities);
        }

        if (sent is not null)
        {
            chain.ChainPolicy.ExtraStore.AddRange(sent.ChainElements.Select(element => element.Certificate).ToArray());
        }

        var ended = chain.Build(leaf) ? null
            : chain.ChainElements.FirstOrDefault(element => element.ChainElementStatus.Any(status => status.Status == X509ChainStatusFlags.NotTimeValid))?.Certificate;
        var others = chain.ChainStatus.Where(status => status.Status != X509ChainStatusFlags.NotTimeValid).Select(status => status.StatusInformation.Trim()).ToList();
        return others.Count > 0 ? Untrusted(leaf, url, string.Join("; ", others))
            : ended is not null ? new VerifyCause(CauseKind.CertificateExpired, $"The certificate of {url} ({ended.Subject}) is valid from {ended.NotBefore.ToUniversalTime():u} to {ended.NotAfter.ToUniversalTime():u} only.",
                "Give the server a new certificate; if its dates are right, set this node's clock.", url)
            : errors.HasFlag(SslPolicyErrors.RemoteCertificateNameMismatch) ? new VerifyCause(CauseKind.CertificateWrongName, $"The certificate of {url} is for another name: {NamesOf(leaf)}.",
                "Have nodes call the server by a name of its certificate (--mirror), or give the server a certificate for this one.", url)
            : null;
    }

    private VerifyCause Untrusted(X509Certificate2 leaf, string url, string said) => new(CauseKind.CertificateUntrusted,
        $"The certificate of {url} is signed by {leaf.Issuer}, which {(File is null ? "this node does not trust, and no CA is configured" : $"the CA in {File} is not")}.",
        $"Was the server's certificate replaced? Install its CA (the server shows its own at {url}/ca.crt): roadstead node install --ca FILE.", File ?? url, said);

    private static string NamesOf(X509Certificate2 leaf)
    {
        var names = leaf.Extensions.OfType<X509SubjectAlternativeNameExtension>().SelectMany(names => names.EnumerateDnsNames().Concat(names.EnumerateIPAddresses().Select(address => address.ToString()))).Take(5);
        return string.Join(", ", names) is { Length: > 0 } text ? text : leaf.Subject;
    }
}
