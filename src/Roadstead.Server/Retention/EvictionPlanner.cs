using Roadstead.Oci;

namespace Roadstead.Server.Retention;

/// <summary>Decides which images go so that room is made: whole ones, the least recently pulled first, and only those whose going makes room.</summary>
/// <remarks>A pure function of what it is given. A blob goes with the last image that names it.</remarks>
internal static class EvictionPlanner
{
    /// <param name="candidates">Images, the least recently pulled first; read only as far as need be.</param>
    /// <param name="holders">How many images name a blob, among those whose blobs count.</param>
    /// <param name="isBlobInUse">True of a blob that is being sent or fetched: it does not go now.</param>
    /// <param name="need">Bytes that are to be freed.</param>
    public static EvictionPlan Plan(IEnumerable<EvictionCandidate> candidates, Func<Digest, int> holders, Func<Digest, bool> isBlobInUse, long need)
    {
        var chosen = new List<EvictionCandidate>();
        var remaining = new Dictionary<Digest, int>();
        var freed = 0L;
        var waiting = 0L;
        foreach (var candidate in candidates)
        {
            if (freed >= need)
            {
                break;
            }

            if (candidate.IsPinned)
            {
                continue;
            }

            var goes = candidate.Blobs.Where(blob => Remaining(blob.Digest) == 1).ToList();
            if (candidate.IsInUse || goes.Exists(blob => isBlobInUse(blob.Digest)))
            {
                waiting += goes.Sum(blob => blob.Size);
                continue;
            }

            chosen.Add(candidate);
            foreach (var blob in candidate.Blobs)
            {
                remaining[blob.Digest] = Remaining(blob.Digest) - 1;
            }

            freed += goes.Sum(blob => blob.Size);
        }

        // One that shares all its blobs with images that stay would go for nothing.
        chosen.RemoveAll(candidate => !candidate.Blobs.Any(blob => remaining[blob.Digest] == 0));
        return new EvictionPlan(chosen, freed, waiting);

        int Remaining(Digest blob) => remaining.TryGetValue(blob, out var known) ? known : remaining[blob] = holders(blob);
    }
}
