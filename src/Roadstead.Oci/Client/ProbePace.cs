namespace Roadstead.Oci.Client;

/// <summary>
/// How often something that is down is asked whether it is back: each second at first, for most outages are short and their end is wanted soon, then each five seconds.
/// Counted from the start of one probe to that of the next, so that a probe that waits for nothing does not add its time.
/// </summary>
public sealed class ProbePace(TimeProvider clock)
{
    private const int EagerProbes = 30;
    private static readonly TimeSpan EagerPeriod = TimeSpan.FromSeconds(1);
    private static readonly TimeSpan PatientPeriod = TimeSpan.FromSeconds(5);

    private int _probes;
    private long _started = clock.GetTimestamp();

    /// <summary>Waits until the next probe is due.</summary>
    public async Task Next(CancellationToken cancellation)
    {
        var period = _probes++ < EagerProbes ? EagerPeriod : PatientPeriod;
        var left = period - clock.GetElapsedTime(_started);
        await Task.Delay(left > TimeSpan.Zero ? left : TimeSpan.Zero, clock, cancellation).ConfigureAwait(false);
        _started = clock.GetTimestamp();
    }
}
