using System.Net.Security;
using System.Security.Authentication;
using System.Security.Cryptography.X509Certificates;

namespace Roadstead.Oci.Client;

/// <summary>Decides whether an upstream's certificate is good, and says what is wrong with one that is not.</summary>
internal static class CertificateCheck
{
    /// <summary>The callback for TLS with this upstream; it throws where it refuses, for the framework's own words name no cause.</summary>
    public static RemoteCertificateValidationCallback For(UpstreamSettings settings) => (_, certificate, sent, errors) =>
    {
        if (settings.SkipVerify || errors == SslPolicyErrors.None)
        {
            return true;
        }

        if (certificate is not X509Certificate2 leaf)
        {
            throw new AuthenticationException("it shows no certificate");
        }

        if (errors.HasFlag(SslPolicyErrors.RemoteCertificateNameMismatch))
        {
            throw new AuthenticationException($"its certificate is for another name ({NamesOf(leaf)})");
        }

        using var chain = ChainOf(settings, sent);
        return chain.Build(leaf) ? true : throw new AuthenticationException(Describe(leaf, chain));
    };

    // The operator's authorities where there are some, else the system's.
    private static X509Chain ChainOf(UpstreamSettings settings, X509Chain? sent)
    {
        var chain = new X509Chain();
        chain.ChainPolicy.RevocationMode = X509RevocationMode.NoCheck;
        if (settings.TrustedAuthorities.Count > 0)
        {
            chain.ChainPolicy.TrustMode = X509ChainTrustMode.CustomRootTrust;
            chain.ChainPolicy.CustomTrustStore.AddRange(settings.TrustedAuthorities);
        }

        if (sent is not null)
        {
            chain.ChainPolicy.ExtraStore.AddRange(sent.ChainElements.Select(element => element.Certificate).ToArray());
        }

        return chain;
    }

    private static string Describe(X509Certificate2 leaf, X509Chain chain)
    {
        var ended = chain.ChainElements.FirstOrDefault(element => element.ChainElementStatus.Any(status => status.Status == X509ChainStatusFlags.NotTimeValid))?.Certificate;
        return ended is not null
            ? $"its certificate ({ended.Subject}) is valid from {ended.NotBefore.ToUniversalTime():u} to {ended.NotAfter.ToUniversalTime():u} only"
            : chain.ChainStatus.Any(status => status.Status is X509ChainStatusFlags.UntrustedRoot or X509ChainStatusFlags.PartialChain)
                ? $"its certificate is signed by an authority that is not trusted ({leaf.Issuer}); caCertificate names those of the endpoint"
                : $"its certificate is refused: {string.Join(", ", chain.ChainStatus.Select(status => status.StatusInformation.Trim()))}";
    }

    private static string NamesOf(X509Certificate2 leaf)
    {
        var names = leaf.Extensions.OfType<X509SubjectAlternativeNameExtension>().SelectMany(names => names.EnumerateDnsNames().Concat(names.EnumerateIPAddresses().Select(address => address.ToString()))).Take(5);
        return string.Join(", ", names) is { Length: > 0 } text ? text : leaf.Subject;
    }
}
