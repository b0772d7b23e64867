using System.Net.Security;
using System.Security.Cryptography.X509Certificates;

namespace Roadstead.Cli.Commands;

/// <summary>How this program reaches a server: it waits seconds, not minutes, and trusts what it was told to.</summary>
internal static class ServerConnection
{
    private static readonly TimeSpan UsualPatience = TimeSpan.FromSeconds(10);

    /// <param name="caPem">Certificates to trust instead of the machine's; null: the machine's.</param>
    /// <param name="insecure">Trust any certificate.</param>
    /// <param name="patience">Longest wait for an answer; null: ten seconds.</param>
    public static HttpClient Open(string? caPem, bool insecure, TimeSpan? patience = null)
    {
        var handler = new SocketsHttpHandler { AllowAutoRedirect = false, ConnectTimeout = TimeSpan.FromSeconds(5), SslOptions = Trust(caPem, insecure) };
        return new HttpClient(handler) { Timeout = patience ?? UsualPatience };
    }

    private static SslClientAuthenticationOptions Trust(string? caPem, bool insecure)
    {
        if (insecure)
        {
#pragma warning disable CA5359 // It is what --insecure asks for.
            return new SslClientAuthenticationOptions { RemoteCertificateValidationCallback = (_, _, _, _) => true };
#pragma warning restore CA5359
        }

        if (caPem is null)
        {
            return new SslClientAuthenticationOptions();
        }

        var policy = new X509ChainPolicy { TrustMode = X509ChainTrustMode.CustomRootTrust, RevocationMode = X509RevocationMode.NoCheck };
        policy.CustomTrustStore.ImportFromPem(caPem);
        return new SslClientAuthenticationOptions { CertificateChainPolicy = policy };
    }
}
