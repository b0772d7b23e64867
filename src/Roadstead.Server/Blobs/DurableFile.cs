using System.ComponentModel;
using System.Runtime.InteropServices;
using Microsoft.Win32.SafeHandles;

namespace Roadstead.Server.Blobs;

/// <summary>Makes files survive a loss of power, and tells when they would not.</summary>
/// <remarks>
/// <c>RandomAccess.FlushToDisk</c> and <c>FileStream.Flush(true)</c> report nothing when fsync fails on .NET 10.0.12, so the system's own
/// call is made. After a failed fsync the pages count as clean, so it is never tried again: the file is given up.
/// </remarks>
internal static partial class DurableFile
{
    private const int OpenDirectory = 0x10000; // O_DIRECTORY, with O_RDONLY
    private const int OpenCloseOnExec = 0x80000; // O_CLOEXEC

    /// <exception cref="IOException">The system could not write the file's bytes to the disk.</exception>
    public static void Sync(SafeFileHandle file)
    {
        if (FSync(file) != 0)
        {
            throw Fault("fsync");
        }
    }

    /// <summary>Makes names that were added to or moved within a folder durable.</summary>
    /// <exception cref="IOException">The system could not.</exception>
    public static void SyncFolder(string path)
    {
        using var folder = Open(path, OpenDirectory | OpenCloseOnExec);
        if (folder.IsInvalid)
        {
            throw Fault($"opening the folder {path}");
        }

        Sync(folder);
    }

    private static IOException Fault(string what)
    {
        var error = Marshal.GetLastPInvokeError();
        return new IOException($"{what} failed: {new Win32Exception(error).Message}", error);
    }

    [LibraryImport("libc", EntryPoint = "fsync", SetLastError = true)]
    private static partial int FSync(SafeFileHandle file);

    [LibraryImport("libc", EntryPoint = "open", SetLastError = true, StringMarshalling = StringMarshalling.Utf8)]
    private static partial SafeFileHandle Open(string path, int flags);
}
