using System.Data.Common;
using Roadstead.Server.Telemetry;

namespace Roadstead.Server.Mirroring;

/// <summary>Keeps faults of the disk and the database from the clients: what cannot be kept is still served, and the operator is told.</summary>
internal sealed partial class StorageFaults(ServerMetrics metrics, TimeProvider clock, ILogger<StorageFaults> log)
{
    // A disk that hangs must not hold up pulls: what it was to keep can be fetched again.
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(2);

    private readonly RareLine _line = new(clock);
    private volatile Task? _late;

    /// <summary>Runs a write to the database that clients can do without.</summary>
    /// <returns>True if it was written.</returns>
    public async Task<bool> Survive(Func<Task> write)
    {
        if (_late is { IsCompleted: false })
        {
            // What waits behind one that is not done would be late too.
            return false;
        }

        var writing = write();
        try
        {
            await writing.WaitAsync(Patience, clock).ConfigureAwait(false);
            return true;
        }
        catch (TimeoutException)
        {
            _late = writing;
            Report("database", $"a write takes more than {Patience.TotalSeconds:0} s; it goes on, and pulls do not wait for it.");
            return false;
        }
        catch (DbException exception)
        {
            Report("database", exception.Message);
            return false;
        }
    }

    /// <summary>Runs a read of the database that clients can do without.</summary>
    /// <returns>What was read; <paramref name="otherwise"/> if the database is damaged or gone.</returns>
    public T Survive<T>(Func<T> read, T otherwise)
    {
        try
        {
            return read();
        }
        catch (Exception exception) when (exception is DbException or FormatException or InvalidCastException)
        {
            // A damaged page may still look like one, with rows that hold anything.
            Report("database", exception.Message);
            return otherwise;
        }
    }

    /// <summary>Counts a fault, and logs it if none was logged just before.</summary>
    /// <param name="where">database or blobs.</param>
    /// <param name="fault">What happened.</param>
    public void Report(string where, string fault)
    {
        metrics.StorageFaults.WithLabels(where).Inc();
        if (_line.IsDue())
        {
            LogFault(log, where, fault);
        }
    }

    /// <summary>Counts and logs a manifest whose bytes changed in the database.</summary>
    public void ReportDamage(Oci.Digest manifest)
    {
        metrics.StorageFaults.WithLabels("database").Inc();
        LogDamage(log, manifest);
    }

    [LoggerMessage(LogLevel.Error, "ALERT damaged manifest digest={Digest}: its bytes changed in the database; it is fetched anew")]
    private static partial void LogDamage(ILogger log, Oci.Digest digest);

    [LoggerMessage(LogLevel.Error, "ALERT storage fault in={Where}: {Fault} Clients are served from upstream, and nothing new is kept until this is mended.")]
    private static partial void LogFault(ILogger log, string where, string fault);
}
