using System.Collections.Concurrent;

namespace Roadstead.Oci.Client;

/// <summary>Which scopes token services are known to bring no token for, so that not every request waits for one: they are asked in the background until they do.</summary>
/// <remarks>
/// It is no registry: one that hangs says nothing of repositories that need no token, or have one. One scope that fails says little of the others, so only
/// several of them without an answer between them stand for the whole service; any token that it brings proves the contrary.
/// </remarks>
internal sealed class TokenServiceHealth(TimeProvider clock) : IDisposable
{
    private const int ScopesUntilAll = 3;

    private readonly ConcurrentDictionary<Key, Down> _down = new();
    private readonly ConcurrentDictionary<string, long> _answered = new(StringComparer.OrdinalIgnoreCase);
    private readonly CancellationTokenSource _ended = new();

    /// <summary>Why the service is not asked for the scope; null if it may be.</summary>
    public UpstreamFault? Refusal(Uri realm, string scope)
    {
        if (_down.TryGetValue(new Key(realm.Authority, scope), out var own))
        {
            return own.Fault;
        }

        var answered = _answered.GetValueOrDefault(realm.Authority, long.MinValue);
        var silent = _down.Where(entry => entry.Key.Service == realm.Authority && entry.Value.Since > answered).Select(entry => entry.Value.Fault).ToList();
        return silent.Count >= ScopesUntilAll ? silent[0] : null;
    }

    /// <summary>Notes that it answered.</summary>
    public void Answered(Uri realm) => _answered[realm.Authority] = clock.GetTimestamp();

    /// <summary>Notes that it did not answer, and asks it again and again.</summary>
    /// <param name="realm">The service.</param>
    /// <param name="scope">What it was asked for.</param>
    /// <param name="fault">What to tell those who ask meanwhile.</param>
    /// <param name="ask">Asks once; true if it answered.</param>
    public void Failed(Uri realm, string scope, UpstreamFault fault, Func<Task<bool>> ask)
    {
        var key = new Key(realm.Authority, scope);
        var down = new Down(fault with { Message = $"{fault.Message} (it is asked again until it answers)" }, clock.GetTimestamp());
        if (!_ended.IsCancellationRequested && _down.TryAdd(key, down))
        {
            _ = AskUntilUp(key, realm, ask);
        }
    }

    /// <inheritdoc/>
    public void Dispose()
    {
        _ended.Cancel();
        _ended.Dispose();
    }

    private async Task AskUntilUp(Key key, Uri realm, Func<Task<bool>> ask)
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
            Answered(realm);
        }
        catch (OperationCanceledException)
        {
            // The client of the registry ended.
        }
        finally
        {
            // Whatever ended it, without probes it must not stay down.
            _down.TryRemove(key, out _);
        }
    }

    private readonly record struct Key(string Service, string Scope);

    private sealed record Down(UpstreamFault Fault, long Since);
}
