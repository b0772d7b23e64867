using Roadstead.Testing;
using Roadstead.Testing.Processes;

namespace Roadstead.Server.Tests;

/// <summary>What some threads of a running server ask of the system, from here to the end.</summary>
internal sealed class SystemCallTrace : IDisposable
{
    private readonly TemporaryFolder _folder;
    private readonly ChildProcess _strace;

    private SystemCallTrace(ChildProcess strace, TemporaryFolder folder) => (_strace, _folder) = (strace, folder);

    /// <param name="process">The server's.</param>
    /// <param name="thread">The name of the threads.</param>
    /// <param name="calls">The calls, as strace has them.</param>
    public static async Task<SystemCallTrace> Start(int process, string thread, string calls)
    {
        var folder = new TemporaryFolder("trace");
        var tasks = Directory.EnumerateDirectories($"/proc/{process}/task").Where(task => File.ReadAllText(Path.Combine(task, "comm")).Trim() == thread).ToList();
        Assert.NotEmpty(tasks);
        var strace = await ChildProcess.Start("strace", ["-qq", "-o", folder["calls"], "-e", $"trace={calls}", .. tasks.SelectMany(task => new[] { "-p", Path.GetFileName(task) })]);
        while (!tasks.TrueForAll(SystemCallFaults.IsTraced))
        {
            // It tells nobody when it has them all.
            await Task.Yield();
        }

        return new SystemCallTrace(strace, folder);
    }

    /// <summary>Ends it.</summary>
    /// <returns>A line for each call, its name first.</returns>
    public async Task<IReadOnlyList<string>> End()
    {
        await _strace.Stop();
        await _strace.DisposeAsync();

        // With several threads each line begins with the thread's number.
        return [.. File.ReadLines(_folder["calls"]).Select(line => line.TrimStart([.. "0123456789 "]))];
    }

    public void Dispose() => _folder.Dispose();
}
