using System.Text;

namespace Roadstead.Server.Telemetry;

/// <summary>One line an event: time in UTC, level, text. What an exception says follows on the same line.</summary>
/// <param name="lines">Where it goes.</param>
/// <param name="clock">Tells when.</param>
internal sealed class LineLogger(LogLines lines, TimeProvider clock) : ILogger, ILoggerProvider
{
    public ILogger CreateLogger(string categoryName) => this;

    public IDisposable? BeginScope<TState>(TState state)
        where TState : notnull => null;

    public bool IsEnabled(LogLevel logLevel) => logLevel != LogLevel.None;

    public void Log<TState>(LogLevel logLevel, EventId eventId, TState state, Exception? exception, Func<TState, Exception?, string> formatter)
    {
        var level = logLevel switch
        {
            LogLevel.Information => "info",
            LogLevel.Warning => "warning",
            LogLevel.Error or LogLevel.Critical => "error",
            _ => "debug",
        };
        Span<byte> time = stackalloc byte[LogLines.TimeLength];
        LogLines.WriteTime(time, clock.GetUtcNow());
        var text = OneLine(formatter(state, exception));
        var fault = exception is null ? "" : $": {OneLine(exception.ToString())}";
        lines.Add(Encoding.UTF8.GetBytes($"{Encoding.ASCII.GetString(time)} {level} {text}{fault}\n"));
    }

    public void Dispose()
    {
        // The lines are the container's.
    }

    private static string OneLine(string text) => text.AsSpan().ContainsAny('\r', '\n') ? text.ReplaceLineEndings(" | ") : text;
}
