using System.Security.Cryptography;
using Roadstead.Server.Configuration;

namespace Roadstead.Server.Access;

/// <summary>A secret that the server makes for itself at its first start and keeps in a file of its data folder, for the operator to read.</summary>
internal static class MadeSecret
{
    // 62^32: more than any key that protects it on its way.
    private const int Length = 32;
    private const string Letters = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789";

    /// <returns>The secret, and whether it was made now; or why it cannot be had, for the operator.</returns>
    public static (string? Secret, bool IsNew, string? Fault) LoadOrMake(string path)
    {
        if (!File.Exists(path))
        {
            return Make(path);
        }

        if (!ConfigurationFiles.TryRead(path, out var text, out var fault))
        {
            return (null, false, $"{path} {fault}");
        }

        // One that others could read may be known to them: the server does not mend that in silence.
        var secret = text.TrimEnd('\r', '\n');
        fault = PrivateFile.ModeFault(path) is { } mode ? $"is a file that {mode}" : secret.Length == 0 ? "is empty; remove it, and the next start makes a new one" : null;
        return fault is null ? (secret, false, null) : (null, false, $"{path} {fault}");
    }

    private static (string?, bool, string?) Make(string path)
    {
        var secret = RandomNumberGenerator.GetString(Letters, Length);
        try
        {
            PrivateFile.Write(path, secret + "\n");
            return (secret, true, null);
        }
        catch (Exception exception) when (exception is IOException or UnauthorizedAccessException)
        {
            return (null, false, $"{path} cannot be written: {exception.Message}");
        }
    }
}
