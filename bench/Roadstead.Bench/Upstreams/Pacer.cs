using System.Diagnostics;

namespace Roadstead.Bench.Upstreams;

/// <summary>Holds all who send through it to a number of bytes a second in sum.</summary>
/// <param name="bytesPerSecond">0: no limit.</param>
internal sealed class Pacer(long bytesPerSecond)
{
    // A timer is late by up to milliseconds; what was lost by it may be made up for, an idle time before it may not.
    private static readonly TimeSpan MadeUp = TimeSpan.FromMilliseconds(20);

    private readonly Lock _guard = new();
    private long _next = Stopwatch.GetTimestamp();

    /// <summary>Waits until these bytes may go out.</summary>
    public async ValueTask Take(int bytes, CancellationToken cancellation)
    {
        if (bytesPerSecond == 0)
        {
            return;
        }

        TimeSpan wait;
        lock (_guard)
        {
            var now = Stopwatch.GetTimestamp();
            var start = Math.Max(_next, now - (long)(MadeUp.TotalSeconds * Stopwatch.Frequency));
            _next = start + (long)((double)bytes / bytesPerSecond * Stopwatch.Frequency);
            wait = Stopwatch.GetElapsedTime(now, start);
        }

        if (wait > TimeSpan.Zero)
        {
            await Task.Delay(wait, cancellation);
        }
    }
}
