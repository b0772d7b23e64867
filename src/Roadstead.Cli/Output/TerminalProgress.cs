using System.Diagnostics;
using System.Globalization;

namespace Roadstead.Cli.Output;

/// <summary>One line on a terminal that says what is being done; it goes when this object does.</summary>
internal sealed class TerminalProgress : IProgress<string>, IDisposable
{
    private const string Clear = "\r\x1b[K";

    private readonly Lock _lock = new();
    private readonly TextWriter _terminal;
    private bool _over;

    private TerminalProgress(TextWriter terminal) => _terminal = terminal;

    /// <summary>Null: standard error is no terminal.</summary>
    public static TerminalProgress? On(TextWriter error) => Console.IsErrorRedirected ? null : new TerminalProgress(error);

    public void Report(string value)
    {
        lock (_lock)
        {
            if (!_over)
            {
                _terminal.Write(Clear + value);
                _terminal.Flush();
            }
        }
    }

    /// <summary>Says what is being done, and for how long, until it is done.</summary>
    public async Task<T> While<T>(Task<T> work, string what)
    {
        var since = Stopwatch.GetTimestamp();
        while (!work.IsCompleted)
        {
            Report(string.Create(CultureInfo.InvariantCulture, $"{what} {Stopwatch.GetElapsedTime(since).TotalSeconds:0} s"));
            await Task.WhenAny(work, Task.Delay(TimeSpan.FromSeconds(1))).ConfigureAwait(false);
        }

        return await work.ConfigureAwait(false);
    }

    public void Dispose()
    {
        lock (_lock)
        {
            if (!_over)
            {
                _over = true;
                _terminal.Write(Clear);
                _terminal.Flush();
            }
        }
    }
}
