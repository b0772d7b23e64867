using System.Net.Sockets;
using System.Runtime.InteropServices;
using Microsoft.Win32.SafeHandles;

namespace Roadstead.Server.Transport;

/// <summary>What the kernel does with a socket and the framework has no name for. No call waits.</summary>
internal static partial class SocketCalls
{
    // linux/socket.h
    private const int DontWait = 0x40;
    private const int NoSignal = 0x4000;
    private const int More = 0x8000;

    // asm-generic/errno-base.h, errno.h
    private const int Interrupted = 4;
    private const int Again = 11;
    private const int BrokenPipe = 32;
    private const int ConnectionAborted = 103;
    private const int ConnectionReset = 104;
    private const int NotConnected = 107;
    private const int TimedOut = 110;
    private const int HostUnreachable = 113;

    /// <summary>Has the kernel take as many bytes as it has room for.</summary>
    /// <param name="bytes">What to send.</param>
    /// <param name="more">More follows at once, to go out in one segment with it (send(2), MSG_MORE).</param>
    /// <param name="socket">Where to.</param>
    /// <returns>The number that it took; 0 also where the connection is broken, which the framework's own call tells in its words.</returns>
    public static int Send(SafeSocketHandle socket, ReadOnlySpan<byte> bytes, bool more) =>
        Math.Max(0, (int)Send(socket, bytes, (nuint)bytes.Length, DontWait | NoSignal | (more ? More : 0)));

    /// <summary>Has the kernel send a part of a file without copying it (sendfile(2)). The socket must not block.</summary>
    public static (int Sent, SendFileEnd End) SendFile(SafeSocketHandle socket, FilePart part)
    {
        var position = part.Position;
        var sent = (int)SendFile(socket, part.File, ref position, (nuint)part.Count);
        return sent > 0 ? (sent, SendFileEnd.None)
            : sent == 0 ? (0, SendFileEnd.Unreadable)
            : Marshal.GetLastPInvokeError() switch
            {
                Interrupted => (0, SendFileEnd.None),
                Again => (0, SendFileEnd.Full),
                BrokenPipe or ConnectionAborted or ConnectionReset or NotConnected or TimedOut or HostUnreachable => (0, SendFileEnd.Broken),

                // A file system has many words for it (EIO, EBADMSG, EUCLEAN), and what sends the rest tells if it was the connection after all.
                _ => (0, SendFileEnd.Unreadable),
            };
    }

    [LibraryImport("libc", EntryPoint = "send", SetLastError = true)]
    [DefaultDllImportSearchPaths(DllImportSearchPath.SafeDirectories)]
    private static partial nint Send(SafeSocketHandle socket, ReadOnlySpan<byte> bytes, nuint count, int flags);

    [LibraryImport("libc", EntryPoint = "sendfile64", SetLastError = true)]
    [DefaultDllImportSearchPaths(DllImportSearchPath.SafeDirectories)]
    private static partial nint SendFile(SafeSocketHandle socket, SafeFileHandle file, ref long position, nuint count);
}

/// <summary>Why the kernel took no more of a file.</summary>
internal enum SendFileEnd
{
    /// <summary>It took some, or was interrupted: ask again.</summary>
    None,

    /// <summary>The socket has no room.</summary>
    Full,

    /// <summary>The file ends before, or the disk does not read it.</summary>
    Unreadable,

    /// <summary>The connection is gone.</summary>
    Broken,
}
