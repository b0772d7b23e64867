using Roadstead.Oci.Client;

namespace Roadstead.Oci.Tests.Client;

public class ProbePaceTests
{
    [Fact]
    public async Task What_is_down_is_probed_each_second_then_each_five_however_long_a_probe_takes()
    {
        var clock = new SteppedClock();
        var pace = new ProbePace(clock);
        var starts = new List<TimeSpan>();
        for (var i = 0; i < 34; i++)
        {
            await pace.Next(TestContext.Current.CancellationToken);
            starts.Add(clock.Elapsed);
            clock.Advance(TimeSpan.FromMilliseconds(i % 2 == 0 ? 900 : 10));
        }

        var periods = starts.Zip(starts.Skip(1), (earlier, later) => later - earlier).ToList();
        Assert.All(periods[..29], period => Assert.Equal(TimeSpan.FromSeconds(1), period));
        Assert.All(periods[29..], period => Assert.Equal(TimeSpan.FromSeconds(5), period));
    }

    [Fact]
    public async Task A_probe_that_took_longer_than_its_period_is_followed_at_once()
    {
        var clock = new SteppedClock();
        var pace = new ProbePace(clock);
        await pace.Next(TestContext.Current.CancellationToken);
        clock.Advance(TimeSpan.FromSeconds(2));
        var before = clock.Elapsed;
        await pace.Next(TestContext.Current.CancellationToken);
        Assert.Equal(before, clock.Elapsed);
    }

    /// <summary>A clock on which every timer is due as soon as it is set, and takes the clock with it.</summary>
    private sealed class SteppedClock : TimeProvider
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
}
