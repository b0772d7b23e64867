using System.Security.Cryptography;
using System.Text;

namespace Roadstead.Server.Access;

/// <summary>Encrypts secrets that the database keeps, under a key that stands in a file of its own: whoever has the database alone has none of them.</summary>
/// <remarks>AES-256 in GCM (NIST SP 800-38D). What is sealed can be opened for the same owner alone, so that no row can be moved to another's place.</remarks>
/// <param name="keyFile">Where the key is, or will be at the first need.</param>
internal sealed class SecretSeal(string keyFile)
{
    private const byte Version = 1;
    private const int NonceSize = 12;
    private const int TagSize = 16;
    private const int KeySize = 32;

    private readonly Lock _gate = new();
    private byte[]? _key;

    /// <summary>Told of the key's file when it was made.</summary>
    public event Action<string>? Made;

    /// <summary>Seals a secret, and makes the key at the first need.</summary>
    /// <param name="secret">Any text.</param>
    /// <param name="owner">Whose it is, and for what.</param>
    /// <exception cref="IOException">The key cannot be read or made; the message says why.</exception>
    public byte[] Seal(string secret, string owner)
    {
        var text = Encoding.UTF8.GetBytes(secret);
        var result = new byte[1 + NonceSize + TagSize + text.Length];
        result[0] = Version;
        var nonce = result.AsSpan(1, NonceSize);
        RandomNumberGenerator.Fill(nonce);
        using var cipher = new AesGcm(KeyOrMake(), TagSize);
        cipher.Encrypt(nonce, text, result.AsSpan(1 + NonceSize + TagSize), result.AsSpan(1 + NonceSize, TagSize), Encoding.UTF8.GetBytes(owner));
        CryptographicOperations.ZeroMemory(text);
        return result;
    }

    /// <summary>Opens what was sealed for this owner.</summary>
    /// <returns>The secret; or why it cannot be had.</returns>
    public (string? Secret, string? Fault) Open(byte[] whole, string owner)
    {
        if (!File.Exists(keyFile))
        {
            return (null, $"its key file {keyFile} is gone");
        }

        try
        {
            if (whole is not [Version, ..] || whole.Length < 1 + NonceSize + TagSize)
            {
                return (null, "a later release wrote it");
            }

            var text = new byte[whole.Length - 1 - NonceSize - TagSize];
            using var cipher = new AesGcm(KeyOrMake(), TagSize);
            cipher.Decrypt(whole.AsSpan(1, NonceSize), whole.AsSpan(1 + NonceSize + TagSize), whole.AsSpan(1 + NonceSize, TagSize), text, Encoding.UTF8.GetBytes(owner));
            return (Encoding.UTF8.GetString(text), null);
        }
        catch (CryptographicException)
        {
            return (null, $"it was sealed with another key than that in {keyFile}, or its row was changed");
        }
        catch (IOException exception)
        {
            return (null, exception.Message);
        }
    }

    private byte[] KeyOrMake()
    {
        lock (_gate)
        {
            if (_key is not null && File.Exists(keyFile))
            {
                return _key;
            }

            var (secret, isNew, fault) = MadeSecret.LoadOrMake(keyFile);
            if (fault is not null)
            {
                throw new IOException(fault);
            }

            _key = HKDF.DeriveKey(HashAlgorithmName.SHA256, Encoding.UTF8.GetBytes(secret!), KeySize, info: "roadstead endpoint secrets"u8.ToArray());
            if (isNew)
            {
                Made?.Invoke(keyFile);
            }

            return _key;
        }
    }
}
