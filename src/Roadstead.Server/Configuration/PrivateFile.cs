namespace Roadstead.Server.Configuration;

/// <summary>Files that hold secrets: who may read them, and how they are written.</summary>
internal static class PrivateFile
{
    private const UnixFileMode OwnerOnly = UnixFileMode.UserRead | UnixFileMode.UserWrite;

    // The group may read: Kubernetes gives a pod its secrets so.
    private const UnixFileMode TooWide = UnixFileMode.GroupWrite | UnixFileMode.OtherRead | UnixFileMode.OtherWrite;

    /// <summary>What is wrong with the mode of a file that can be read; continues a sentence that begins with the file. Null if nothing is.</summary>
    public static string? ModeFault(string path)
    {
        if (OperatingSystem.IsWindows())
        {
            return null;
        }

        // Of the open file, so that it is not a link's.
        using var file = File.OpenHandle(path);
        var mode = File.GetUnixFileMode(file);
        return (mode & TooWide) == 0 ? null : $"others may read or change (mode 0{Convert.ToString((int)mode, 8)}); give it mode 0600, or in Kubernetes the secret's volume defaultMode: 0400";
    }

    /// <summary>Writes the file whole: readers see the old one or the new one, and its mode is right before its name is.</summary>
    /// <param name="path">Where it is to be.</param>
    /// <param name="text">What it is to hold.</param>
    /// <param name="mode">Null: its owner's alone.</param>
    /// <exception cref="IOException">It cannot be written.</exception>
    public static void Write(string path, string text, UnixFileMode? mode = null)
    {
        var temporary = path + ".tmp";
        File.Delete(temporary);
        var options = new FileStreamOptions
        {
            Mode = FileMode.CreateNew,
            Access = FileAccess.Write,

            // Through to the disk before the rename, or a power cut could leave an empty file under the final name.
            Options = FileOptions.WriteThrough,
        };
        if (!OperatingSystem.IsWindows())
        {
            options.UnixCreateMode = OwnerOnly;
        }

        using (var writer = new StreamWriter(temporary, options))
        {
            writer.Write(text);
        }

        if (!OperatingSystem.IsWindows())
        {
            File.SetUnixFileMode(temporary, mode ?? OwnerOnly);
        }

        File.Move(temporary, path, overwrite: true);
    }
}
