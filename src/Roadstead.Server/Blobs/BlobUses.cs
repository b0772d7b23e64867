using System.Collections.Concurrent;
using Roadstead.Oci;

namespace Roadstead.Server.Blobs;

/// <summary>Which blobs are open now, or were a moment ago.</summary>
public sealed class BlobUses(TimeProvider clock)
{
    private readonly ConcurrentDictionary<Digest, Use> _uses = new();

    /// <summary>True if it is open, or was within <paramref name="span"/>.</summary>
    public bool IsUsed(Digest digest, TimeSpan span) => _uses.TryGetValue(digest, out var use) && (use.Open > 0 || clock.GetElapsedTime(use.LastAt) < span);

    /// <summary>Forgets those that were not open within <paramref name="span"/>.</summary>
    public void Forget(TimeSpan span)
    {
        foreach (var entry in _uses.Where(entry => entry.Value.Open == 0 && clock.GetElapsedTime(entry.Value.LastAt) > span))
        {
            // Only as it was seen: who opens it in the meantime makes it another.
            _uses.TryRemove(entry);
        }
    }

    internal void Begin(Digest digest) => _uses.AddOrUpdate(digest, (_, now) => new Use(1, now), (_, use, now) => new Use(use.Open + 1, now), clock.GetTimestamp());

    internal void End(Digest digest) => _uses.AddOrUpdate(digest, (_, now) => new Use(0, now), (_, use, now) => new Use(Math.Max(0, use.Open - 1), now), clock.GetTimestamp());

    private readonly record struct Use(int Open, long LastAt);
}
