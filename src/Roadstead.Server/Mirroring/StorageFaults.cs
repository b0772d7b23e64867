using System.Data.Common;
using Roadstead.Server.Telemetry;

namespace Roadstead.Server.Mirroring;

/// <summary>Keeps faults of the disk and the database from the clients: what cannot be kept is still served, and the operator is told.</summary>
internal sealed partial class StorageFaults(ServerMetrics metrics, TimeProvider clock, ILogger<StorageFaults> log)
{
    // A full disk fails every pull; its operator wants to know, not to read it a thousand times.
    private static readonly TimeSpan Silence = TimeSpan.FromSeconds(10);

    private long _told = long.MinValue;

    /// <summary>Runs a write to the database that clients can do without.</summary>
    /// <returns>True if it was written.</returns>
    public async Task<bool> Survive(Func<Task> write)
    {
        try
        {
            await write().ConfigureAwait(false);
            return true;
        }
        catch (DbException exception)
        {
            Report("database", exception.Message);
            return false;
        }
    }

    /// <summary>Counts a fault, and logs it if none was logged just before.</summary>
    /// <param name="where">database or blobs.</param>
    /// <param name="fault">What happened.</param>
    public void Report(string where, string fault)
    {
        metrics.StorageFaults.WithLabels(where).Inc();
        var told = Interlocked.Read(ref _told);
        if ((told == long.MinValue || clock.GetElapsedTime(told) > Silence) && Interlocked.CompareExchange(ref _told, clock.GetTimestamp(), told) == told)
        {
            LogFault(log, where, fault);
        }
    }

    [LoggerMessage(LogLevel.Error, "ALERT storage fault in={Where}: {Fault} Clients are served from upstream, and nothing new is kept until this is mended.")]
    private static partial void LogFault(ILogger log, string where, string fault);
}
