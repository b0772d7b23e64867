namespace Roadstead.Server.Telemetry;

/// <summary>A line of the log that its reader wants once and not with each of a thousand requests.</summary>
/// <param name="clock">Tells when.</param>
/// <param name="silence">How long it is not written again; null: ten seconds.</param>
internal sealed class RareLine(TimeProvider clock, TimeSpan? silence = null)
{
    private readonly TimeSpan _silence = silence ?? TimeSpan.FromSeconds(10);

    private long _told = long.MinValue;

    /// <summary>True if it is to be written now; at most once in its time of silence.</summary>
    public bool IsDue()
    {
        var told = Interlocked.Read(ref _told);
        return (told == long.MinValue || clock.GetElapsedTime(told) > _silence) && Interlocked.CompareExchange(ref _told, clock.GetTimestamp(), told) == told;
    }
}
