using System.Data.Common;
using Roadstead.Oci;
using Roadstead.Server.Metadata;
using Roadstead.Server.Mirroring;

namespace Roadstead.Server.Retention;

/// <summary>Reads from the database what <see cref="EvictionPlanner"/> decides on, as far as it asks.</summary>
/// <param name="connection">The database.</param>
/// <param name="project">The project in which room is wanted; null: the whole store.</param>
/// <param name="blob">What room is made for: images that name it stay. Null: nothing in particular.</param>
/// <param name="pulls">What is being pulled.</param>
/// <param name="lately">How long ago a pull still counts as under way.</param>
/// <param name="fetched">The blobs that are being fetched: the images that name them are being pulled, however long ago their manifests were asked for.</param>
internal sealed class EvictionSource(DbConnection connection, string? project, Digest? blob, RecentPulls pulls, TimeSpan lately, IEnumerable<Digest> fetched)
{
    private const int PageSize = 64;

    private readonly Dictionary<Digest, int> _holders = [];
    private readonly Dictionary<ImageKey, IReadOnlyList<ImageKey>> _roots = [];
    private HashSet<ImageKey>? _kept;
    private HashSet<ImageKey>? _fetched;

    /// <summary>Images, the least recently pulled first.</summary>
    public IEnumerable<EvictionCandidate> Candidates()
    {
        ImageRow? last = null;
        while (ImageTable.LeastRecentlyPulled(connection, project, last, PageSize) is { Count: > 0 } page)
        {
            foreach (var image in page)
            {
                yield return Candidate(image);
            }

            last = page[^1];
        }
    }

    /// <summary>How many images of the project, or of the store, name a blob.</summary>
    public int Holders(Digest held) => _holders.TryGetValue(held, out var known)
        ? known
        : _holders[held] = ImageTable.Holders(connection, held, project).SelectMany(Roots).Distinct().Count();

    /// <summary>True if a blob that the image names is being fetched.</summary>
    public bool IsBeingFetched(ImageKey image) => (_fetched ??= [.. fetched.SelectMany(digest => ImageTable.Holders(connection, digest, null)).Distinct().SelectMany(Roots)]).Contains(image);

    private EvictionCandidate Candidate(ImageRow image)
    {
        _kept ??= blob is { } wanted ? [.. ImageTable.Holders(connection, wanted, null).SelectMany(Roots)] : [];
        var manifests = ImageTable.Manifests(connection, image.Key);
        var keys = manifests.Select(digest => image.Key with { Digest = digest }).ToList();
        var blobs = new Dictionary<Digest, ImageBlob>();
        foreach (var manifest in manifests)
        {
            foreach (var held in ImageTable.Blobs(connection, image.Key with { Digest = manifest }))
            {
                blobs[held.Digest] = held;
            }
        }

        return new EvictionCandidate(
            image, manifests, [.. blobs.Values], _kept.Contains(image.Key) || keys.Exists(key => PinTable.IsPinned(connection, key)), IsBeingFetched(image.Key) || keys.Exists(key => pulls.WasPulledWithin(key, lately)));
    }

    private IReadOnlyList<ImageKey> Roots(ImageKey manifest) =>
        _roots.TryGetValue(manifest, out var known) ? known : _roots[manifest] = ImageTable.Roots(connection, manifest);
}
