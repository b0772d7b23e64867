using System.Collections.Concurrent;
using Roadstead.Oci;
using Roadstead.Server.Metadata;

namespace Roadstead.Server.Mirroring;

/// <summary>
/// Which manifests clients pulled lately, and which are being evicted. A pull notes itself and then looks for an eviction, an eviction claims and then looks for pulls:
/// whichever comes second sees the other and gives way, so no image goes while it is being pulled.
/// </summary>
internal sealed class RecentPulls(TimeProvider clock)
{
    private readonly ConcurrentDictionary<ImageKey, Pull> _pulls = new();
    private readonly ConcurrentDictionary<ImageKey, bool> _claimed = new();

    /// <summary>Notes a pull.</summary>
    /// <returns>False if the manifest is being evicted: it is not held any more.</returns>
    public bool Note(long repository, Digest digest)
    {
        var key = new ImageKey(repository, digest);
        _pulls[key] = new Pull(clock.GetTimestamp(), clock.GetUtcNow().ToUnixTimeMilliseconds(), IsWritten: false);
        Interlocked.MemoryBarrier();
        return !_claimed.ContainsKey(key);
    }

    /// <summary>True if it was pulled within <paramref name="span"/>.</summary>
    public bool WasPulledWithin(ImageKey key, TimeSpan span) => _pulls.TryGetValue(key, out var pull) && clock.GetElapsedTime(pull.At) < span;

    /// <summary>Claims manifests for eviction, all of them or none.</summary>
    /// <returns>False if one was pulled within <paramref name="span"/>.</returns>
    public bool TryClaim(IReadOnlyList<ImageKey> manifests, TimeSpan span)
    {
        foreach (var key in manifests)
        {
            _claimed[key] = true;
        }

        Interlocked.MemoryBarrier();
        if (!manifests.Any(key => WasPulledWithin(key, span)))
        {
            return true;
        }

        Release(manifests);
        return false;
    }

    /// <summary>Ends a claim: they are gone, or stay.</summary>
    public void Release(IEnumerable<ImageKey> manifests)
    {
        foreach (var key in manifests)
        {
            _claimed.TryRemove(key, out _);
        }
    }

    /// <summary>The pulls that are to be written down, each with its time in milliseconds since 1970.</summary>
    public IReadOnlyList<(ImageKey Manifest, long At)> Unwritten() => [.. _pulls.Where(entry => !entry.Value.IsWritten).Select(entry => (entry.Key, entry.Value.AtMilliseconds))];

    /// <summary>Notes that pulls were written down, and forgets those of before <paramref name="span"/>.</summary>
    public void Written(IReadOnlyList<(ImageKey Manifest, long At)> pulls, TimeSpan span)
    {
        foreach (var (manifest, at) in pulls)
        {
            if (_pulls.TryGetValue(manifest, out var pull) && pull.AtMilliseconds == at)
            {
                // A pull that came in the meantime stays to be written.
                _pulls.TryUpdate(manifest, pull with { IsWritten = true }, pull);
            }
        }

        foreach (var entry in _pulls.Where(entry => entry.Value.IsWritten && clock.GetElapsedTime(entry.Value.At) > span))
        {
            _pulls.TryRemove(entry);
        }
    }

    private sealed record Pull(long At, long AtMilliseconds, bool IsWritten);
}
