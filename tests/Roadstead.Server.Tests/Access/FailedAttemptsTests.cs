using System.Net;
using Roadstead.Server.Access;

namespace Roadstead.Server.Tests.Access;

/// <summary>Guessing gets slow, and nobody is kept out for long.</summary>
public class FailedAttemptsTests
{
    private static readonly IPAddress Client = IPAddress.Parse("192.0.2.1");

    [Fact]
    public void After_some_failures_an_address_must_wait_ever_longer_but_never_long()
    {
        var clock = new SetClock();
        var failed = new FailedAttempts(clock);
        for (var i = 0; i < FailedAttempts.Free; i++)
        {
            Assert.Equal((false, null), failed.Try(Client, "admin", () => false));
        }

        var waits = new List<double>();
        for (var i = 0; i < 12; i++)
        {
            var (isRight, wait) = failed.Try(Client, "admin", () => throw new InvalidOperationException("It is looked at."));
            Assert.False(isRight);
            waits.Add(wait!.Value.TotalSeconds);
            clock.Advance(wait.Value);
            Assert.Equal((false, null), failed.Try(Client, "admin", () => false));
        }

        Assert.Equal([0.5, 1, 2, 4, 8, 10], waits.Take(6));
        Assert.Equal(10, waits[^1]);
        clock.Advance(TimeSpan.FromSeconds(10));
        Assert.Equal((true, null), failed.Try(Client, "admin", () => true));
        Assert.Equal((false, null), failed.Try(Client, "admin", () => false));
        Assert.Equal((false, null), failed.Try(Client, "admin", () => false));
    }

    [Fact]
    public void Other_addresses_and_nodes_with_a_wrong_token_do_not_keep_out_the_admin()
    {
        var failed = new FailedAttempts(new SetClock());
        for (var i = 0; i < 20; i++)
        {
            failed.Try(Client, "node", () => false);
            failed.Try(IPAddress.Parse($"192.0.2.{i + 10}"), "admin", () => false);
        }

        Assert.Equal((true, null), failed.Try(Client, "admin", () => true));
    }

    [Fact]
    public void The_addresses_of_one_IPv6_network_are_one()
    {
        var failed = new FailedAttempts(new SetClock());
        for (var i = 0; i < 20; i++)
        {
            failed.Try(IPAddress.Parse($"2001:db8:1:2::{i:x}"), "admin", () => false);
        }

        Assert.NotNull(failed.Try(IPAddress.Parse("2001:db8:1:2:ffff::1"), "admin", () => true).Wait);
        Assert.Null(failed.Try(IPAddress.Parse("2001:db8:1:3::1"), "admin", () => true).Wait);
    }

    [Fact]
    public void However_many_addresses_fail_the_table_stays_small_and_the_last_are_known()
    {
        var clock = new SetClock();
        var failed = new FailedAttempts(clock);
        for (var i = 0; i < FailedAttempts.MaxAddresses + 100; i++)
        {
            clock.Advance(TimeSpan.FromMilliseconds(1));
            failed.Try(new IPAddress(i + 1), "admin", () => false);
        }

        Assert.Equal(FailedAttempts.MaxAddresses, failed.Count);
    }

    private sealed class SetClock : TimeProvider
    {
        private long _ticks;

        public override long TimestampFrequency => TimeSpan.TicksPerSecond;

        public void Advance(TimeSpan time) => _ticks += time.Ticks;

        public override long GetTimestamp() => _ticks;
    }
}
