using Microsoft.Extensions.Caching.Memory;

namespace Roadstead.Server.Mirroring;

/// <summary>Refusals of upstreams, remembered for seconds, so that a pod that asks in a loop does not have the mirror ask in a loop.</summary>
internal sealed class RecentDenials : IDisposable
{
    private const int MaxEntries = 10_000;
    private static readonly TimeSpan Memory = TimeSpan.FromSeconds(10);

    private readonly MemoryCache _denials = new(new MemoryCacheOptions { SizeLimit = MaxEntries });

    /// <summary>Upstream's words; null if it did not lately refuse this.</summary>
    public string? Find(object key) => _denials.TryGetValue(key, out string? message) ? message : null;

    public void Add(object key, string message) =>
        _denials.Set(key, message, new MemoryCacheEntryOptions { AbsoluteExpirationRelativeToNow = Memory, Size = 1 });

    public void Dispose() => _denials.Dispose();
}
