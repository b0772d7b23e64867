using Microsoft.AspNetCore.Connections;
using Roadstead.Server.Configuration;
using Roadstead.Server.Telemetry;

namespace Roadstead.Server;

/// <summary>Closes connections beyond the most that may be open at once, so that the others go on being served.</summary>
internal sealed partial class ConnectionLimit(RoadsteadOptions options, ServerMetrics metrics, TimeProvider clock, ILogger<ConnectionLimit> log)
{
    private readonly RareLine _line = new(clock);
    private int _open;

    public async Task Serve(ConnectionContext connection, ConnectionDelegate next)
    {
        try
        {
            if (Interlocked.Increment(ref _open) > options.Limits.Connections)
            {
                metrics.ConnectionsRefused.Inc();
                if (_line.IsDue())
                {
                    LogRefused(log, options.Limits.Connections);
                }

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

    [LoggerMessage(LogLevel.Warning, "connections refused: {Limit} are open, as many as may be (limits.connections, or what the files that this process may open allow); the runtimes of the others turn to their next source")]
    private static partial void LogRefused(ILogger log, int limit);
}
