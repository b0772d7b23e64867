using System.Collections.Concurrent;
using System.Diagnostics;

namespace Roadstead.Testing.Processes;

/// <summary>
/// Starts every child from one thread that lives as long as this process. The kernel sends a child its parent-death signal
/// when the <em>thread</em> that started it ends, and threads of the pool do end while the tests still run.
/// See prctl(2), PR_SET_PDEATHSIG.
/// </summary>
internal static class ProcessStarter
{
    private static readonly BlockingCollection<(ProcessStartInfo Info, TaskCompletionSource<Process> Started)> Orders = new(boundedCapacity: 256);

    static ProcessStarter() => new Thread(Serve) { IsBackground = true, Name = "process starter" }.Start();

    public static Task<Process> Start(
        string program, IEnumerable<string> arguments, IReadOnlyDictionary<string, string?>? environment, string? workingFolder)
    {
        var info = new ProcessStartInfo("setpriv", ["--pdeathsig", "KILL", "--", program, .. arguments])
        {
            RedirectStandardInput = true,
            RedirectStandardOutput = true,
            RedirectStandardError = true,
            WorkingDirectory = workingFolder ?? Path.GetTempPath(),
        };
        foreach (var (name, value) in environment ?? new Dictionary<string, string?>())
        {
            info.Environment[name] = value;
        }

        var started = new TaskCompletionSource<Process>(TaskCreationOptions.RunContinuationsAsynchronously);
        Orders.Add((info, started));
        return started.Task;
    }

    private static void Serve()
    {
        foreach (var (info, started) in Orders.GetConsumingEnumerable())
        {
            try
            {
                var process = Process.Start(info)!;
                process.StandardInput.Close();
                started.SetResult(process);
            }
            catch (Exception fault)
            {
                started.SetException(fault);
            }
        }
    }
}
