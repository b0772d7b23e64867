namespace Roadstead.Server.Integrity;

/// <summary>Reads at a set rate: who is ahead of it waits, and what a slow moment lost is made up for.</summary>
/// <param name="rate">Bytes a second.</param>
/// <param name="clock">Measures it.</param>
internal sealed class Pace(long rate, TimeProvider clock)
{
    private const int SmallestChunk = 4 * 1024;
    private const int LargestChunk = 1024 * 1024;

    // More would be a burst after an idle hour.
    private static readonly TimeSpan MostMadeUpFor = TimeSpan.FromSeconds(1);

    private readonly long _began = clock.GetTimestamp();
    private TimeSpan _due;

    /// <summary>The most bytes to read at once: a few times a second, so that a slow rate is no row of bursts.</summary>
    public int Chunk => (int)Math.Clamp(rate / 4, SmallestChunk, LargestChunk);

    /// <summary>Complete when so many bytes may have been read.</summary>
    public Task Wait(int bytes, CancellationToken stops)
    {
        stops.ThrowIfCancellationRequested();
        var now = clock.GetElapsedTime(_began);
        var earliest = now - MostMadeUpFor;
        _due = (_due < earliest ? earliest : _due) + TimeSpan.FromSeconds((double)bytes / rate);
        return _due > now ? Task.Delay(_due - now, clock, stops) : Task.CompletedTask;
    }
}
