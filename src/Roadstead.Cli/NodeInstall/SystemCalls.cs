using System.ComponentModel;
using System.Runtime.InteropServices;
using Microsoft.Win32.SafeHandles;

namespace Roadstead.Cli.NodeInstall;

/// <summary>What the framework cannot do with files: owners, times to the nanosecond, labels, hard links, locks that leave no trace, and an fsync that tells its errors.</summary>
internal static partial class SystemCalls
{
    // Of Linux on x86-64 and arm64.
    public const int NotPermitted = 1;
    public const int NotThere = 2;
    public const int IoError = 5;
    public const int BadDescriptor = 9;
    public const int TryAgain = 11;
    public const int AccessDenied = 13;
    public const int Busy = 16;
    public const int NoFolder = 20;
    public const int InvalidArgument = 22;
    public const int NoSpace = 28;
    public const int ReadOnly = 30;
    public const int NoAttribute = 61;
    public const int NotSupported = 95;
    public const int OverQuota = 122;

    private const int OpenDirectory = 0x10000 | 0x80000; // O_DIRECTORY | O_CLOEXEC, with O_RDONLY; arm64 has 0x4000 for the first.
    private const int OpenDirectoryArm = 0x4000 | 0x80000;
    private const int LockExclusiveNow = 2 | 4; // LOCK_EX | LOCK_NB
    private const int Here = -100; // AT_FDCWD
    private const int NoFollow = 0x100; // AT_SYMLINK_NOFOLLOW
    private const uint BasicStatus = 0x7ff; // STATX_BASIC_STATS

    /// <summary>What the system knows of a file; null: it is not there.</summary>
    public static FileStatus? Status(string path, bool followLink = true)
    {
        if (StatX(Here, path, followLink ? 0 : NoFollow, BasicStatus, out var status) == 0)
        {
            return new FileStatus(((ulong)status.DeviceMajor << 32) | status.DeviceMinor, status.Inode, status.Mode, status.Owner, status.Group, status.Seconds, status.Nanoseconds);
        }

        return Marshal.GetLastPInvokeError() is NotThere or NoFolder ? null : throw Fault(path);
    }

    /// <summary>Makes a file's bytes durable. The framework's own way reports nothing when it fails.</summary>
    public static void Sync(SafeFileHandle file, string path) => Check(FSync(file), path);

    /// <summary>Makes names that were added to, moved within or removed from a folder durable.</summary>
    public static void SyncFolder(string path)
    {
        using var folder = OpenFolder(path);
        Sync(folder, path);
    }

    public static void Own(SafeFileHandle file, uint owner, uint group, string path) => Check(FChown(file, owner, group), path);

    /// <summary>Sets when a file was last written, and leaves when it was last read.</summary>
    public static void SetModified(SafeFileHandle file, long seconds, uint nanoseconds, string path) =>
        Check(FUtimeNS(file, [new TimeSpecification(0, 0x3ffffffe), new TimeSpecification(seconds, (nint)nanoseconds)]), path); // UTIME_OMIT

    /// <summary>A second name of the same file.</summary>
    public static void Link(string path, string name) => Check(LinkOf(path, name), name);

    /// <summary>An extended attribute; null: the file has none of that name, or the file system none at all.</summary>
    public static byte[]? Attribute(string path, string name)
    {
        var value = new byte[65536];
        var length = GetXAttr(path, name, value, value.Length);
        return length >= 0 ? value[..(int)length]
            : Marshal.GetLastPInvokeError() is NoAttribute or NotSupported or NotThere ? null
            : throw Fault(path);
    }

    public static void SetAttribute(SafeFileHandle file, string name, byte[] value, string path) => Check(FSetXAttr(file, name, value, value.Length, 0), path);

    /// <summary>A lock on a folder, for as long as the handle is open; null: another process holds it.</summary>
    public static SafeFileHandle? Lock(string folder)
    {
        var handle = OpenFolder(folder);
        if (FLock(handle, LockExclusiveNow) == 0)
        {
            return handle;
        }

        var error = Marshal.GetLastPInvokeError();
        if (error == BadDescriptor)
        {
            // NFS has no locks of what is only read, as a folder always is.
            return handle;
        }

        handle.Dispose();
        return error == TryAgain ? null : throw Fault(folder, error);
    }

    /// <summary>False: there is no such process any more.</summary>
    public static bool Signal(int process, int signal) =>
        Kill(process, signal) == 0 || (Marshal.GetLastPInvokeError() == 3 ? false : throw Fault($"process {process}"));

    private static SafeFileHandle OpenFolder(string path)
    {
        var handle = Open(path, RuntimeInformation.ProcessArchitecture == Architecture.Arm64 ? OpenDirectoryArm : OpenDirectory);
        return handle.IsInvalid ? throw Fault(path) : handle;
    }

    private static void Check(int result, string path)
    {
        if (result != 0)
        {
            throw Fault(path);
        }
    }

    private static IOException Fault(string path) => Fault(path, Marshal.GetLastPInvokeError());

    private static IOException Fault(string path, int error) => new($"{path}: {new Win32Exception(error).Message}", error);

    [LibraryImport("libc", EntryPoint = "statx", SetLastError = true, StringMarshalling = StringMarshalling.Utf8)]
    private static partial int StatX(int folder, string path, int flags, uint mask, out RawStatus status);

    [LibraryImport("libc", EntryPoint = "fsync", SetLastError = true)]
    private static partial int FSync(SafeFileHandle file);

    [LibraryImport("libc", EntryPoint = "open", SetLastError = true, StringMarshalling = StringMarshalling.Utf8)]
    private static partial SafeFileHandle Open(string path, int flags);

    [LibraryImport("libc", EntryPoint = "fchown", SetLastError = true)]
    private static partial int FChown(SafeFileHandle file, uint owner, uint group);

    [LibraryImport("libc", EntryPoint = "futimens", SetLastError = true)]
    private static partial int FUtimeNS(SafeFileHandle file, TimeSpecification[] times);

    [LibraryImport("libc", EntryPoint = "link", SetLastError = true, StringMarshalling = StringMarshalling.Utf8)]
    private static partial int LinkOf(string path, string name);

    [LibraryImport("libc", EntryPoint = "getxattr", SetLastError = true, StringMarshalling = StringMarshalling.Utf8)]
    private static partial nint GetXAttr(string path, string name, [Out] byte[] value, nint size);

    [LibraryImport("libc", EntryPoint = "fsetxattr", SetLastError = true, StringMarshalling = StringMarshalling.Utf8)]
    private static partial int FSetXAttr(SafeFileHandle file, string name, byte[] value, nint size, int flags);

    [LibraryImport("libc", EntryPoint = "flock", SetLastError = true)]
    private static partial int FLock(SafeFileHandle file, int operation);

    [LibraryImport("libc", EntryPoint = "kill", SetLastError = true)]
    private static partial int Kill(int process, int signal);

    [StructLayout(LayoutKind.Sequential)]
    private readonly record struct TimeSpecification(long Seconds, nint Nanoseconds);

    /// <summary>statx(2), which is the same on every architecture.</summary>
    [StructLayout(LayoutKind.Explicit, Size = 256)]
    private struct RawStatus
    {
        [FieldOffset(20)]
        public uint Owner;

        [FieldOffset(24)]
        public uint Group;

        [FieldOffset(28)]
        public ushort Mode;

        [FieldOffset(32)]
        public ulong Inode;

        [FieldOffset(112)]
        public long Seconds;

        [FieldOffset(120)]
        public uint Nanoseconds;

        [FieldOffset(136)]
        public uint DeviceMajor;

        [FieldOffset(140)]
        public uint DeviceMinor;
    }
}

/// <summary>What the system knows of a file.</summary>
/// <param name="RawMode">Its kind and its permission bits.</param>
/// <param name="Seconds">When it was last written, since 1970.</param>
internal readonly record struct FileStatus(ulong Device, ulong Inode, int RawMode, uint Owner, uint Group, long Seconds, uint Nanoseconds)
{
    /// <summary>Permission bits, as chmod has them.</summary>
    public int Mode => RawMode & 0xfff;

    public bool IsFolder => (RawMode & 0xf000) == 0x4000;

    public bool IsFile => (RawMode & 0xf000) == 0x8000;

    public bool IsSameAs(FileStatus other) => (Device, Inode) == (other.Device, other.Inode);
}
