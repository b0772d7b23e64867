using Roadstead.Testing.Processes;

namespace Roadstead.Server.Tests;

/// <summary>System calls of a running server that fail or take long, for as long as this lives.</summary>
internal sealed class SystemCallFaults : IAsyncDisposable
{
    private readonly ChildProcess _strace;

    private SystemCallFaults(ChildProcess strace) => _strace = strace;

    /// <param name="process">The server's.</param>
    /// <param name="injection">As strace has it: <c>fsync,fdatasync:error=EIO</c>.</param>
    /// <param name="file">If set, only calls on this file.</param>
    public static async Task<SystemCallFaults> Inject(int process, string injection, string? file = null)
    {
        string[] only = file is null ? [] : ["-P", file];
        var faults = new SystemCallFaults(await ChildProcess.Start("strace", ["-f", "-qq", "-o", "/dev/null", .. only, "-e", $"inject={injection}", "-p", $"{process}"]));
        while (!Directory.EnumerateDirectories($"/proc/{process}/task").All(IsTraced))
        {
            // It tells nobody when it has them all.
            await Task.Yield();
        }

        return faults;
    }

    public async ValueTask DisposeAsync()
    {
        await _strace.Stop();
        await _strace.DisposeAsync();
    }

    internal static bool IsTraced(string task)
    {
        try
        {
            return !File.ReadLines(Path.Combine(task, "status")).Contains("TracerPid:\t0");
        }
        catch (IOException)
        {
            // A thread that ended.
            return true;
        }
    }
}
