namespace Roadstead.Testing.Upstream;

/// <summary>A fault for the requests that match, for so many of them.</summary>
public sealed class FaultRule
{
    private readonly Func<RecordedRequest, bool> when;
    private int remaining;

    internal FaultRule(Func<RecordedRequest, bool> when, Fault fault, int? times) =>
        (this.when, Fault, remaining) = (when, fault, times ?? int.MaxValue);

    /// <summary>The requests that got the fault.</summary>
    public Journal<RecordedRequest> Hits { get; } = new("requests that got a fault");

    internal Fault Fault { get; }

    /// <summary>Ends the fault for requests to come; one that is stalled stays so until its gate opens.</summary>
    public void Remove() => Interlocked.Exchange(ref remaining, 0);

    internal bool Take(RecordedRequest request)
    {
        if (!when(request))
        {
            return false;
        }

        int seen;
        do
        {
            seen = Volatile.Read(ref remaining);
            if (seen <= 0)
            {
                return false;
            }
        }
        while (Interlocked.CompareExchange(ref remaining, seen == int.MaxValue ? seen : seen - 1, seen) != seen);
        Hits.Add(request);
        return true;
    }
}
