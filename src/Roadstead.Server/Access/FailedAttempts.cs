using System.Net;

namespace Roadstead.Server.Access;

/// <summary>
/// Slows down who guesses: after some failures in a row an address must wait before its next attempt is looked at, each time longer and never long enough
/// to keep out an admin behind the same address. Holds a bounded number of addresses.
/// </summary>
internal sealed class FailedAttempts(TimeProvider clock)
{
    public const int Free = 5;
    public const int MaxAddresses = 4096;

    private static readonly TimeSpan FirstWait = TimeSpan.FromMilliseconds(500);
    private static readonly TimeSpan LongestWait = TimeSpan.FromSeconds(10);
    private static readonly TimeSpan ForgottenAfter = TimeSpan.FromMinutes(10);

    private readonly Lock _lock = new();
    private readonly Dictionary<Key, Failures> _failures = [];

    /// <summary>Addresses that failed lately.</summary>
    public int Count => _failures.Count;

    /// <summary>Looks at an attempt, unless the address must wait. One after the other, so that a crowd of attempts at once gains nothing.</summary>
    /// <param name="client">Who tries.</param>
    /// <param name="kind">What it tries to be; nodes with a wrong token must not keep out the admin.</param>
    /// <param name="isRight">The attempt.</param>
    /// <returns>Whether it was right; or, if it was not looked at, how long to wait.</returns>
    public (bool IsRight, TimeSpan? Wait) Try(IPAddress? client, string kind, Func<bool> isRight)
    {
        var key = new Key(Network(client), kind);
        lock (_lock)
        {
            var now = clock.GetTimestamp();
            var known = _failures.GetValueOrDefault(key);
            if (known.Count > 0 && clock.GetElapsedTime(known.Last, now) is var passed && passed < WaitAfter(known.Count))
            {
                return (false, WaitAfter(known.Count) - passed);
            }

            if (isRight())
            {
                _failures.Remove(key);
                return (true, null);
            }

            var count = known.Count > 0 && clock.GetElapsedTime(known.Last, now) < ForgottenAfter ? known.Count + 1 : 1;
            if (known.Count == 0 && _failures.Count >= MaxAddresses)
            {
                _failures.Remove(_failures.MinBy(entry => entry.Value.Last).Key);
            }

            _failures[key] = new Failures(count, now);
            return (false, null);
        }
    }

    private static TimeSpan WaitAfter(int failures) =>
        failures < Free ? TimeSpan.Zero : TimeSpan.FromTicks(Math.Min(LongestWait.Ticks, FirstWait.Ticks << Math.Min(failures - Free, 10)));

    /// <summary>Whoever has one IPv6 address has 2^64 of them.</summary>
    private static string Network(IPAddress? client)
    {
        var address = client is { IsIPv4MappedToIPv6: true } ? client.MapToIPv4() : client;
        return address is null ? "-"
            : address.AddressFamily == System.Net.Sockets.AddressFamily.InterNetworkV6 ? Convert.ToHexString(address.GetAddressBytes().AsSpan(0, 8))
            : address.ToString();
    }

    private readonly record struct Key(string Network, string Kind);

    private readonly record struct Failures(int Count, long Last);
}
