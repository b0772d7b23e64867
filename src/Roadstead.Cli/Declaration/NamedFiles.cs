using System.Text;

namespace Roadstead.Cli.Declaration;

/// <summary>The files that a declared file names: they are the operator's, and the server gets what they hold.</summary>
/// <param name="folder">Where relative paths begin.</param>
internal sealed class NamedFiles(string folder)
{
    private const string Suffix = "File";

    // As the server has it for the files that its configuration names.
    private const int MaxLength = 1 << 20;

    // The group may read: Kubernetes gives a pod its secrets so.
    private const UnixFileMode TooWide = UnixFileMode.GroupWrite | UnixFileMode.OtherRead | UnixFileMode.OtherWrite;

    private static readonly string[] PemKeys = ["caCertificate", "clientCertificate", "clientKey"];

    /// <summary>The key whose secret a key names a file of, as <c>password</c> of <c>passwordFile</c>; null: it names none.</summary>
    public static string? SecretOf(string key) => key.Length > Suffix.Length && key.EndsWith(Suffix, StringComparison.Ordinal) ? key[..^Suffix.Length] : null;

    /// <summary>True for a key that names a file of PEM text, or holds the text itself.</summary>
    public static bool IsPem(string key) => PemKeys.Contains(key);

    /// <summary>A secret of one line. Neither a fault nor a warning shows the path, for somebody may have put the secret in its place.</summary>
    public (string Content, string? Fault, string? Warning) Secret(string path)
    {
        var (text, fault) = Read(path);
        var secret = text.TrimEnd('\r', '\n');
        return fault is not null ? ("", $"names a file that {fault}", null)
            : secret.Length == 0 ? ("", "names a file that is empty", null)
            : (secret, null, ModeFault(path) is { } wide ? $"names a file that {wide}" : null);
    }

    /// <summary>PEM text: what is given where it is such text, else what the file of that path holds.</summary>
    public (string Content, string? Fault, string? Warning) Pem(string given)
    {
        if (given.Contains("-----BEGIN", StringComparison.Ordinal))
        {
            return (given, null, null);
        }

        var (text, fault) = Read(given);
        return (text, fault is null ? null : $"names the file {given}, which {fault}", null);
    }

    private (string Text, string? Fault) Read(string path)
    {
        try
        {
            return TryRead(Path.Combine(folder, path), MaxLength, out var text) is { } fault ? ("", fault) : (text, null);
        }
        catch (Exception exception) when (exception is FileNotFoundException or DirectoryNotFoundException)
        {
            return ("", "does not exist");
        }
        catch (UnauthorizedAccessException)
        {
            return ("", Directory.Exists(Path.Combine(folder, path)) ? "is a folder" : "cannot be read: permission denied");
        }
        catch (Exception exception) when (exception is IOException or ArgumentException)
        {
            // Their own messages have the path in them.
            return ("", "cannot be read");
        }
    }

    /// <summary>The text of a file, or of standard input, up to a size.</summary>
    /// <returns>What is wrong, continuing a sentence that begins with the file; null if nothing is.</returns>
    /// <exception cref="IOException">It cannot be read.</exception>
    /// <exception cref="UnauthorizedAccessException">It must not be read.</exception>
    public static string? TryRead(string path, int maxLength, out string text)
    {
        using var file = File.OpenRead(path);
        return TryRead(file, maxLength, out text);
    }

    /// <inheritdoc cref="TryRead(string, int, out string)"/>
    public static string? TryRead(Stream stream, int maxLength, out string text)
    {
        text = "";
        using var bytes = new MemoryStream();
        var buffer = new byte[64 * 1024];
        while (stream.Read(buffer) is > 0 and var read)
        {
            bytes.Write(buffer, 0, read);
            if (bytes.Length > maxLength)
            {
                return $"is larger than {maxLength >> 20} MiB";
            }
        }

        try
        {
            text = new UTF8Encoding(false, throwOnInvalidBytes: true).GetString(bytes.GetBuffer(), 0, (int)bytes.Length);
            return null;
        }
        catch (DecoderFallbackException)
        {
            return "is not UTF-8 text";
        }
    }

    private string? ModeFault(string path)
    {
        var mode = File.GetUnixFileMode(Path.Combine(folder, path));
        return (mode & TooWide) == 0 ? null : $"others may read or change (mode 0{Convert.ToString((int)mode, 8)}); give it mode 0600";
    }
}
