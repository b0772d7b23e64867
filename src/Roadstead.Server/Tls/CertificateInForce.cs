using System.Globalization;
using System.Net.Security;
using System.Security.Cryptography;
using System.Text;
using Roadstead.Server.Configuration;

namespace Roadstead.Server.Tls;

/// <summary>The certificate that handshakes get: the operator's as its files are now, or the server's own, made anew before it runs out.</summary>
/// <remarks>
/// Files are compared by what they hold, at each handshake: Kubernetes and certificate tools change them behind links whose own times stay, watching takes
/// one of a node's few watches, and a handshake costs far more than reading two small files.
/// </remarks>
internal sealed partial class CertificateInForce(RoadsteadOptions options, ServerCertificate first, TimeProvider clock, ILogger<CertificateInForce> log)
{
    private readonly Lock _gate = new();
    private volatile ServerCertificate _current = first;
    private string? _tried;

    /// <summary>What nodes must trust, as PEM; null where the operator gave the certificate.</summary>
    public string? CaPem => _current.CaPem;

    /// <summary>Leaf and chain for a handshake that begins now.</summary>
    public SslStreamCertificateContext Context()
    {
        if (MustChange() is { } seen)
        {
            Change(seen);
        }

        return _current.Context;
    }

    /// <summary>What must be loaded instead, and was not yet tried; null if the certificate in force still is the one to show.</summary>
    private string? MustChange()
    {
        // A renewal that fails, as on a full disk, is tried again an hour later.
        var wanted = !options.Tls!.IsAuto ? Fingerprint(options.Tls)
            : AutomaticCertificate.MustRenew(_current.Certificate, clock) ? clock.GetUtcNow().ToString("yyyy-MM-dd HH", CultureInfo.InvariantCulture)
            : null;
        return wanted == _current.Fingerprint || wanted == Volatile.Read(ref _tried) ? null : wanted;
    }

    private void Change(string seen)
    {
        lock (_gate)
        {
            if (MustChange() is null)
            {
                return;
            }

            Volatile.Write(ref _tried, seen);
            switch (ServerCertificate.Load(options, clock))
            {
                case ServerCertificateResult.Loaded(var certificate):
                    // The former one is not disposed: handshakes that began with it are under way.
                    _current = certificate;
                    LogChanged(log, certificate.Certificate.Subject, certificate.Certificate.NotAfter.ToUniversalTime());
                    break;
                case ServerCertificateResult.Unusable(var message):
                    LogRefused(log, message);
                    break;
                default:
                    throw new InvalidOperationException("Unknown result.");
            }
        }
    }

    /// <summary>Null where the files cannot be read, as in the middle of their replacement.</summary>
    internal static string? Fingerprint(TlsOptions tls)
    {
        try
        {
            return Fingerprint(File.ReadAllText(tls.CertificatePath!), File.ReadAllText(tls.KeyPath!));
        }
        catch (Exception exception) when (exception is IOException or UnauthorizedAccessException)
        {
            return null;
        }
    }

    internal static string Fingerprint(string certificatePem, string keyPem) =>
        Convert.ToHexStringLower(SHA256.HashData(Encoding.UTF8.GetBytes($"{certificatePem}\0{keyPem}")));

    [LoggerMessage(LogLevel.Information, "tls: certificate replaced subject=\"{Subject}\" notAfter={NotAfter:u}")]
    private static partial void LogChanged(ILogger log, string subject, DateTime notAfter);

    [LoggerMessage(LogLevel.Warning, "tls: the certificate's files changed and cannot be used, the former goes on: {Fault}")]
    private static partial void LogRefused(ILogger log, string fault);
}
