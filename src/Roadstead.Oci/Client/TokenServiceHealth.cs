using System.Collections.Concurrent;

namespace Roadstead.Oci.Client;

/// <summary>Which token services are known not to answer, so that not every request waits for one: it is asked in the background until it does.</summary>
/// <remarks>It is no registry: one that hangs says nothing of repositories that need no token, or have one.</remarks>
internal sealed class TokenServiceHealth(TimeProvider clock) : IDisposable
{
    private readonly ConcurrentDictionary<string, UpstreamFault> _down = new(StringComparer.OrdinalIgnoreCase);
    private readonly CancellationTokenSource _ended = new();

    /// <summary>Why the service is not asked; null if it may be.</summary>
    public UpstreamFault? Down(Uri realm) => _down.GetValueOrDefault(realm.Authority);

    /// <summary>Notes that it did not answer, and asks it again and again.</summary>
    /// <param name="realm">The service.</param>
    /// <param name="fault">What to tell those who ask meanwhile.</param>
    /// <param name="ask">Asks once; true if it answered.</param>
    public void Failed(Uri realm, UpstreamFault fault, Func<Task<bool>> ask)
    {
        if (!_ended.IsCancellationRequested && _down.TryAdd(realm.Authority, fault with { Message = $"{fault.Message} (it is asked again until it answers)" }))
        {
            _ = AskUntilUp(realm.Authority, ask);
        }
    }

    /// <inheritdoc/>
    public void Dispose()
    {
        _ended.Cancel();
        _ended.Dispose();
    }

    private async Task AskUntilUp(string service, Func<Task<bool>> ask)
    {
        var ended = _ended.Token;
        try
        {
            var pace = new ProbePace(clock);
            do
            {
                await pace.Next(ended).ConfigureAwait(false);
            }
            while (!await ask().ConfigureAwait(false));
        }
        catch (OperationCanceledException)
        {
            // The client of the registry ended.
        }
        finally
        {
            // Whatever ended it, without probes it must not stay down.
            _down.TryRemove(service, out _);
        }
    }
}
