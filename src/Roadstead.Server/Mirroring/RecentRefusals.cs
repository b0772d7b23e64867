using Microsoft.Extensions.Caching.Memory;
using Roadstead.Oci.Client;
using Roadstead.Server.Projects;

namespace Roadstead.Server.Mirroring;

/// <summary>What upstreams refused or did not have, remembered for seconds, so that a pod that asks in a loop does not have the mirror ask in a loop.</summary>
internal sealed class RecentRefusals : IDisposable
{
    private const int MaxEntries = 10_000;
    private static readonly TimeSpan DenialsHold = TimeSpan.FromSeconds(10);

    // Shorter: whoever has just pushed an image wants it.
    private static readonly TimeSpan AbsenceHolds = TimeSpan.FromSeconds(5);

    private readonly MemoryCache _refusals = new(new MemoryCacheOptions { SizeLimit = MaxEntries });

    /// <summary>What upstream lately said; null if it did not refuse this. Whoever gave the endpoint a credential since then asks another one.</summary>
    public UpstreamOutcome<T>? Find<T>(Endpoint asked, object key) => !_refusals.TryGetValue((asked, key), out string? denial) ? null
        : denial is null ? new UpstreamOutcome<T>.NotFound()
        : new UpstreamOutcome<T>.Denied(denial);

    /// <summary>Remembers the outcome if it is an answer of that kind; a fault is none.</summary>
    public void Remember<T>(Endpoint asked, object key, UpstreamOutcome<T> outcome)
    {
        switch (outcome)
        {
            case UpstreamOutcome<T>.Denied denied:
                Add((asked, key), denied.Message, DenialsHold);
                break;
            case UpstreamOutcome<T>.NotFound:
                Add((asked, key), null, AbsenceHolds);
                break;
            default:
                break;
        }
    }

    public void Dispose() => _refusals.Dispose();

    private void Add(object key, string? denial, TimeSpan holds) =>
        _refusals.Set(key, denial, new MemoryCacheEntryOptions { AbsoluteExpirationRelativeToNow = holds, Size = 1 });
}
