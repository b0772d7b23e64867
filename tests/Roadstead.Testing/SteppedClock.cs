namespace Roadstead.Testing;

/// <summary>A clock on which every timer is due as soon as it is set, and takes the clock with it.</summary>
public sealed class SteppedClock : TimeProvider
{
    public TimeSpan Elapsed { get; private set; }

    public override long TimestampFrequency => TimeSpan.TicksPerSecond;

    public override long GetTimestamp() => Elapsed.Ticks;

    public void Advance(TimeSpan span) => Elapsed += span;

    public override ITimer CreateTimer(TimerCallback callback, object? state, TimeSpan dueTime, TimeSpan period)
    {
        Elapsed += dueTime;
        ThreadPool.QueueUserWorkItem(_ => callback(state));
        return new Done();
    }

    private sealed class Done : ITimer
    {
        public bool Change(TimeSpan dueTime, TimeSpan period) => true;

        public void Dispose()
        {
            // Nothing is left of it.
        }

        public ValueTask DisposeAsync() => ValueTask.CompletedTask;
    }
}
