using Microsoft.AspNetCore.Connections;
using Roadstead.Server.Configuration;
using Roadstead.Server.Telemetry;

namespace Roadstead.Server;

/// <summary>Closes connections beyond the most that may be open at once, so that the others go on being served.</summary>
internal sealed partial class ConnectionLimit(RoadsteadOptions options, ServerMetrics metrics, TimeProvider clock, ILogger<ConnectionLimit> log)
{
    private static readonly TimeSpan Silence = TimeSpan.FromSeconds(10);

    private int _open;
    private long _told = long.MinValue;

    public async Task Serve(ConnectionContext connection, ConnectionDelegate next)
    {
        try
        {
            if (Interlocked.Increment(ref _open) > options.Limits.Connections)
            {
                metrics.ConnectionsRefused.Inc();
                Tell();
                connection.Abort();
                return;
            }

            metrics.Connections.Inc();
            try
            {
                await next(connection).ConfigureAwait(false);
            }
            finally
            {
                metrics.Connections.Dec();
            }
        }
        finally
        {
            Interlocked.Decrement(ref _open);
        }
    }

    private void Tell()
    {
        var told = Interlocked.Read(ref _told);
        if ((told == long.MinValue || clock.GetElapsedTime(told) > Silence) && Interlocked.CompareExchange(ref _told, clock.GetTimestamp(), told) == told)
        {
            LogRefused(log, options.Limits.Connections);
        }
    }

    [LoggerMessage(LogLevel.Warning, "connections refused: {Limit} are open, as many as limits.connections allows; the runtimes of the others turn to their next source")]
    private static partial void LogRefused(ILogger log, int limit);
}
