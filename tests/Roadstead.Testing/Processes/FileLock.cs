using System.Runtime.InteropServices;
using Microsoft.Win32.SafeHandles;

namespace Roadstead.Testing.Processes;

/// <summary>A lock between processes that the kernel frees when its holder ends; flock(2), which waits instead of failing.</summary>
internal sealed partial class FileLock : IDisposable
{
    private const int Exclusive = 2;
    private readonly SafeFileHandle file;

    private FileLock(SafeFileHandle file) => this.file = file;

    public static Task<FileLock> Take(string path) => Task.Run(() =>
    {
        // FileShare.ReadWrite keeps .NET from taking a lock of its own at the opening.
        var file = File.OpenHandle(path, FileMode.OpenOrCreate, FileAccess.ReadWrite, FileShare.ReadWrite);
        return Flock(file, Exclusive) == 0 ? new FileLock(file) : throw new IOException($"{path} cannot be locked.");
    });

    public void Dispose() => file.Dispose();

    [LibraryImport("libc", EntryPoint = "flock")]
    [DefaultDllImportSearchPaths(DllImportSearchPath.SafeDirectories)]
    private static partial int Flock(SafeFileHandle file, int operation);
}
