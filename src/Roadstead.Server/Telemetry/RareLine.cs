namespace Roadstead.Server.Telemetry;

/// <summary>A line of the log that its reader wants once and not with each of a thousand requests.</summary>
internal sealed class RareLine(TimeProvider clock)
{
    private static readonly TimeSpan Silence = TimeSpan.FromSeconds(10);

    private long _told = long.MinValue;

    /// <summary>True if it is to be written now; at most once in ten seconds.</summary>
    public bool IsDue()
    {
        var told = Interlocked.Read(ref _told);
        return (told == long.MinValue || clock.GetElapsedTime(told) > Silence) && Interlocked.CompareExchange(ref _told, clock.GetTimestamp(), told) == told;
    }
}
