using System.Security.Cryptography;

namespace Roadstead.Cli.NodeInstall;

/// <summary>One file that is not as it is to be.</summary>
/// <param name="Path">As the node has it.</param>
/// <param name="Place">Where it is on this machine, without a link.</param>
/// <param name="Before">What is there; null: nothing.</param>
/// <param name="After">What is to be there; null: nothing.</param>
/// <param name="Traits">Of what is to be there.</param>
internal sealed record FileChange(string Path, string Place, byte[]? Before, byte[]? After, FileTraits Traits, bool IsSecret)
{
    public string Staged => Beside(Place, "new");

    public string Kept => Beside(Place, "old");

    public string Folder => System.IO.Path.GetDirectoryName(Place)!;

    /// <summary>A record would print its content.</summary>
    public override string ToString() => Path;

    /// <summary>Removes what an end before its time left beside a file; the file itself is never touched.</summary>
    public static void Sweep(string place)
    {
        if (Directory.Exists(System.IO.Path.GetDirectoryName(place)))
        {
            File.Delete(Beside(place, "new"));
            File.Delete(Beside(place, "old"));
        }
    }

    // Hidden, and without a suffix that a runtime reads.
    private static string Beside(string place, string what) => System.IO.Path.Combine(System.IO.Path.GetDirectoryName(place)!, $".{System.IO.Path.GetFileName(place)}.roadstead-{what}");
}

/// <summary>What a file is beside its bytes.</summary>
/// <param name="Mode">Permission bits, as chmod has them.</param>
/// <param name="Owner">Null: whoever runs this.</param>
/// <param name="Modified">When it was last written; null: now.</param>
/// <param name="LabelsOf">The file on this machine whose security label and access list it gets; null: what its folder gives it.</param>
internal sealed record FileTraits(int Mode, FileOwner? Owner = null, FileTime? Modified = null, string? LabelsOf = null)
{
    // Not all attributes: some are of the very bytes, as those of integrity measurement are.
    private static readonly string[] Labels = ["security.selinux", "system.posix_acl_access"];

    public static FileTraits Of(FileStatus status, string place) => new(status.Mode, new FileOwner(status.Owner, status.Group), new FileTime(status.Seconds, status.Nanoseconds), place);

    /// <summary>Writes a file of these traits that is not there yet, and makes it durable; it is never readable to more than it is to be.</summary>
    public void Write(string path, byte[] content)
    {
        using var stream = new FileStream(path, new FileStreamOptions { Mode = FileMode.CreateNew, Access = FileAccess.Write, UnixCreateMode = UnixFileMode.UserRead | UnixFileMode.UserWrite, BufferSize = 0 });
        stream.Write(content);
        if (Owner is { } owner)
        {
            SystemCalls.Own(stream.SafeFileHandle, owner.User, owner.Group, path);
        }

        foreach (var label in LabelsOf is null ? [] : Labels)
        {
            if (SystemCalls.Attribute(LabelsOf!, label) is { } value && !value.AsSpan().SequenceEqual(SystemCalls.Attribute(path, label)))
            {
                SystemCalls.SetAttribute(stream.SafeFileHandle, label, value, path);
            }
        }

        // An access list sets the mode too, and this the list's.
        File.SetUnixFileMode(stream.SafeFileHandle, (UnixFileMode)Mode);
        if (Modified is { } modified)
        {
            SystemCalls.SetModified(stream.SafeFileHandle, modified.Seconds, modified.Nanoseconds, path);
        }

        SystemCalls.Sync(stream.SafeFileHandle, path);
    }
}

internal readonly record struct FileOwner(uint User, uint Group);

/// <param name="Seconds">Since 1970.</param>
internal readonly record struct FileTime(long Seconds, uint Nanoseconds)
{
    private const uint NanosecondsPerTick = 100;

    public static FileTime Of(OriginalFile original) =>
        new(Math.DivRem(original.Modified - DateTime.UnixEpoch.Ticks, TimeSpan.TicksPerSecond, out var rest) - (rest < 0 ? 1 : 0),
            (uint)((rest < 0 ? rest + TimeSpan.TicksPerSecond : rest) * NanosecondsPerTick) + (uint)original.ModifiedRest);

    public long Ticks => DateTime.UnixEpoch.Ticks + (Seconds * TimeSpan.TicksPerSecond) + (Nanoseconds / NanosecondsPerTick);

    public int Rest => (int)(Nanoseconds % NanosecondsPerTick);
}

internal static class ContentHash
{
    public static string Of(byte[] content) => Convert.ToHexStringLower(SHA256.HashData(content));

    /// <summary>As <see cref="InstalledFile.Installed"/> has it: empty for a file that is not there.</summary>
    public static string OfAny(byte[]? content) => content is null ? "" : Of(content);
}
