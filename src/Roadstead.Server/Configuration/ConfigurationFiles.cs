using System.Diagnostics.CodeAnalysis;
using System.Text;

namespace Roadstead.Server.Configuration;

/// <summary>Reads the files that a configuration consists of or names; what is wrong with one is a value.</summary>
internal static class ConfigurationFiles
{
    // Nothing a configuration names is near this size; /dev/zero and a blob named by mistake are.
    private const int MaxLength = 1 << 20;

    /// <summary>The fault continues a sentence that begins with the file and leaves it to the caller whether to show its path.</summary>
    public static bool TryRead(string path, [NotNullWhen(true)] out string? text, [NotNullWhen(false)] out string? fault)
    {
        text = null;
        try
        {
            if (Directory.Exists(path))
            {
                fault = "is a folder";
                return false;
            }

            using var stream = new FileStream(path, FileMode.Open, FileAccess.Read, FileShare.ReadWrite);
            var buffer = new byte[MaxLength + 1];
            var length = stream.ReadAtLeast(buffer, buffer.Length, throwOnEndOfStream: false);
            if (length > MaxLength)
            {
                fault = "is larger than 1 MiB";
                return false;
            }

            text = new UTF8Encoding(false, throwOnInvalidBytes: true).GetString(buffer, 0, length).TrimStart('\uFEFF');
            fault = null;
            return true;
        }
        catch (Exception e) when (e is FileNotFoundException or DirectoryNotFoundException)
        {
            fault = "does not exist";
        }
        catch (UnauthorizedAccessException)
        {
            fault = "cannot be read: permission denied";
        }
        catch (DecoderFallbackException)
        {
            fault = "is not UTF-8 text";
        }
        catch (IOException e)
        {
            // The exception's own message has the path in it.
            fault = $"cannot be read (error 0x{e.HResult:x})";
        }

        return false;
    }
}
