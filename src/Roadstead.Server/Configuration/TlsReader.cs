using Roadstead.Server.Tls;

namespace Roadstead.Server.Configuration;

/// <summary>Reads <c>tls</c> and makes sure that the files it names can serve.</summary>
internal static class TlsReader
{
    public static TlsOptions? Read(MapNode root, ConfigurationReader reader)
    {
        if (root.Child("tls") is not { } node || node is UnreadableNode)
        {
            return null;
        }

        if (node is not MapNode map)
        {
            return new TlsOptions(null, null);
        }

        foreach (var key in new[] { "certificate", "key" })
        {
            if (map.Child(key) is null)
            {
                reader.Faults.Add($"tls.{key}", "is missing; tls takes a certificate and its key, or the word auto");
            }
        }

        var (certificate, privateKey) = (reader.Text(map, "certificate"), reader.Text(map, "key"));
        Check(certificate, privateKey, reader.Faults);
        return new TlsOptions(certificate, privateKey);
    }

    private static void Check(string? certificate, string? key, ConfigurationFaults faults)
    {
        var certificatePem = ReadPem("tls.certificate", certificate, faults);
        var keyPem = ReadPem("tls.key", key, faults);
        var readable = certificatePem;
        if (certificatePem is not null && PemPair.CertificateFault(certificatePem) is { } certificateFault)
        {
            faults.Add("tls.certificate", $"the file {certificate} {certificateFault}");
            readable = null;
        }

        if (keyPem is not null && PemPair.KeyFault(readable, keyPem) is { } keyFault)
        {
            faults.Add("tls.key", $"the file {key} {keyFault}");
        }
    }

    private static string? ReadPem(string key, string? path, ConfigurationFaults faults)
    {
        if (path is null)
        {
            return null;
        }

        if (ConfigurationFiles.TryRead(path, out var text, out var fault))
        {
            return text;
        }

        faults.Add(key, $"the file {path} {fault}");
        return null;
    }
}
