using System.Runtime.InteropServices;

namespace Roadstead.Testing.Processes;

/// <summary>Signals by process id, which .NET offers SIGKILL of alone.</summary>
internal static partial class Signals
{
    // Numbers of Linux on x86-64 and arm64, signal(7).
    public const int Interrupt = 2;
    public const int Terminate = 15;
    public const int Continue = 18;
    public const int Stop = 19;

    public static void Send(int processId, int signal, bool unless = false)
    {
        if (!unless)
        {
            // A process that ended just now cannot be signalled, and need not be.
            _ = Kill(processId, signal);
        }
    }

    [LibraryImport("libc", EntryPoint = "kill")]
    [DefaultDllImportSearchPaths(DllImportSearchPath.SafeDirectories)]
    private static partial int Kill(int processId, int signal);
}
