using System.Collections.Concurrent;

namespace Roadstead.Server.Mirroring;

/// <summary>One call for all who ask the same at the same time. The call is no caller's own: it ends by itself or with the server.</summary>
internal sealed class SharedCalls<TKey, T>(CancellationToken serverStops)
    where TKey : notnull
{
    private readonly ConcurrentDictionary<TKey, Lazy<Task<T>>> _running = new();

    /// <summary>Joins the call that is under way for <paramref name="key"/>, or starts it.</summary>
    public Task<T> Join(TKey key, Func<CancellationToken, Task<T>> call)
    {
        Lazy<Task<T>>? own = null;
        own = new Lazy<Task<T>>(() => Task.Run(
            async () =>
            {
                try
                {
                    return await call(serverStops).ConfigureAwait(false);
                }
                finally
                {
                    _running.TryRemove(KeyValuePair.Create(key, own!));
                }
            },
            serverStops));
        return _running.GetOrAdd(key, own).Value;
    }
}
