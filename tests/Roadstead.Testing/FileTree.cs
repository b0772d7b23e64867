using System.Globalization;
using System.Security.Cryptography;
using Roadstead.Testing.Processes;

namespace Roadstead.Testing;

/// <summary>All that a folder holds, so that two moments of it can be compared.</summary>
public static class FileTree
{
    /// <summary>
    /// A line for each entry, in the order of names: kind, mode, owner, and of files the time of writing to the nanosecond, the number of names and the SHA-256 of the bytes. A folder's
    /// times tell only that something came and went in it.
    /// </summary>
    public static async Task<string> Of(string root)
    {
        var found = (await Command.Run("find", [root, "-printf", @"%P\t%y\t%m\t%U:%G\t%T@\t%n\t%l\0"])).OrThrow().Output;
        var lines = found.Split('\0', StringSplitOptions.RemoveEmptyEntries).Select(line => line.Split('\t')).OrderBy(words => words[0], StringComparer.Ordinal);
        return string.Concat(lines.Select(words => words[1] switch
        {
            "f" => Line(words[0], "file", words[2], words[3], words[4], words[5], Hash(Path.Combine(root, words[0]))),
            "d" => Line(words[0], "folder", words[2], words[3]),
            "l" => Line(words[0], "link", words[3], words[6]),
            _ => Line(words[0], words[1], words[2], words[3]),
        }));
    }

    private static string Line(params string[] words) => string.Create(CultureInfo.InvariantCulture, $"{string.Join(' ', words)}\n");

    private static string Hash(string path)
    {
        using var stream = File.OpenRead(path);
        return Convert.ToHexStringLower(SHA256.HashData(stream));
    }
}
