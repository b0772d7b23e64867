using Roadstead.Oci.Client;
using Roadstead.Testing;

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
}
