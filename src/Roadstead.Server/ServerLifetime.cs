namespace Roadstead.Server;

/// <summary>What belongs to the server rather than to a request ends with this.</summary>
public sealed class ServerLifetime : IDisposable
{
    private readonly CancellationTokenSource _stops = new();

    /// <summary>Set when requests have been drained, or their time is up: what still runs is abandoned.</summary>
    public CancellationToken Stops => _stops.Token;

    /// <summary>True from the first sign of a shutdown on.</summary>
    public bool IsDraining { get; private set; }

    public void Drain() => IsDraining = true;

    public void Abandon() => _stops.Cancel();

    public void Dispose() => _stops.Dispose();
}
