namespace Roadstead.Server.Projects;

/// <summary>When an endpoint last answered and last failed to, on the monotonic clock.</summary>
public sealed class EndpointHealth(TimeProvider clock)
{
    private long _answered = long.MinValue;
    private long _failed = long.MinValue;

    public void Answered() => Volatile.Write(ref _answered, clock.GetTimestamp());

    public void Failed() => Volatile.Write(ref _failed, clock.GetTimestamp());

    /// <summary>True if the endpoint answered something within <paramref name="span"/> and has not failed since.</summary>
    public bool AnsweredWithin(TimeSpan span)
    {
        var answered = Volatile.Read(ref _answered);
        return answered != long.MinValue && answered >= Volatile.Read(ref _failed) && clock.GetElapsedTime(answered) <= span;
    }
}
