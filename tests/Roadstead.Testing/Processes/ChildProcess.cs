using System.Diagnostics;

namespace Roadstead.Testing.Processes;

/// <summary>A server that runs beside the tests and ends with them, however they end.</summary>
public sealed class ChildProcess : IAsyncDisposable
{
    private readonly Process process;
    private readonly string name;
    private readonly Journal<string>? copy;

    private ChildProcess(Process process, string name, Journal<string>? copy)
    {
        (this.process, this.name, this.copy) = (process, name, copy);
        Log = new Journal<string>($"log of {name}");
        Exited = Follow();
    }

    public int Id => process.Id;

    /// <summary>Lines of stdout and stderr as they come.</summary>
    public Journal<string> Log { get; }

    /// <summary>The exit code, once the process has ended and its whole log is read.</summary>
    public Task<int> Exited { get; }

    /// <param name="copy">Gets every line too; it is not closed at the end of the process.</param>
    public static async Task<ChildProcess> Start(
        string program,
        IEnumerable<string> arguments,
        IReadOnlyDictionary<string, string?>? environment = null,
        string? workingFolder = null,
        Journal<string>? copy = null) =>
        new(await ProcessStarter.Start(program, arguments, environment, workingFolder), Path.GetFileName(program), copy);

    /// <summary>SIGTERM, then the end; SIGKILL and an exception if it takes longer than <paramref name="grace"/> (20 s).</summary>
    public async Task<int> Stop(TimeSpan? grace = null)
    {
        Signals.Send(Id, Signals.Terminate, unless: process.HasExited);
        try
        {
            return await Exited.WaitAsync(grace ?? TimeSpan.FromSeconds(20));
        }
        catch (TimeoutException)
        {
            await Kill();
            throw new TimeoutException($"{name} did not end on SIGTERM.{Environment.NewLine}{string.Join(Environment.NewLine, Log.Items)}");
        }
    }

    /// <summary>SIGKILL.</summary>
    public async Task Kill()
    {
        process.Kill();
        await Exited;
    }

    /// <summary>SIGSTOP: the kernel still accepts connections, nobody answers them.</summary>
    public void Pause() => Signals.Send(Id, Signals.Stop, unless: process.HasExited);

    /// <summary>SIGINT, as Ctrl-C.</summary>
    public void Interrupt() => Signals.Send(Id, Signals.Interrupt, unless: process.HasExited);

    /// <summary>SIGCONT.</summary>
    public void Continue() => Signals.Send(Id, Signals.Continue, unless: process.HasExited);

    public async ValueTask DisposeAsync()
    {
        await Kill();
        process.Dispose();
    }

    private async Task<int> Follow()
    {
        await Task.WhenAll(Read(process.StandardOutput), Read(process.StandardError), process.WaitForExitAsync());
        Log.Close($"{name} ended with exit code {process.ExitCode}");
        return process.ExitCode;
    }

    private async Task Read(StreamReader stream)
    {
        while (await stream.ReadLineAsync() is { } line)
        {
            copy?.Add(line);
            Log.Add(line);
        }
    }
}
