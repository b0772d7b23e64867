using System.Security.Cryptography;

namespace Roadstead.Cli.NodeConfig;

/// <summary>What may stand in a file of certificates to trust; looked at without a cryptographic library, which a node may lack.</summary>
internal static class CertificatePem
{
    /// <summary>Null if the text is certificates and nothing else.</summary>
    public static string? Fault(string pem)
    {
        var rest = pem.AsSpan();
        var count = 0;
        while (PemEncoding.TryFind(rest, out var fields))
        {
            var label = rest[fields.Label];
            if (!label.SequenceEqual("CERTIFICATE"))
            {
                return label.EndsWith("PRIVATE KEY") ? "holds a private key, which must not go to nodes. Give the certificate alone." : $"holds a {label} among its certificates. Give certificates alone.";
            }

            count++;
            rest = rest[fields.Location.End..];
        }

        return count > 0 ? null : "holds no certificate in PEM form (-----BEGIN CERTIFICATE-----).";
    }

    /// <summary>The text with one line feed at its end.</summary>
    public static string Lines(string pem) => pem.ReplaceLineEndings("\n").Trim() + "\n";
}
