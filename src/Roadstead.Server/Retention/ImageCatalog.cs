using System.Data.Common;
using Roadstead.Oci;
using Roadstead.Server.Metadata;
using Roadstead.Server.Mirroring;

namespace Roadstead.Server.Retention;

/// <summary>An image, with what the operator wants to know of it.</summary>
/// <param name="Image">Which.</param>
/// <param name="Project">The project.</param>
/// <param name="Registry">The registry that it was fetched from.</param>
/// <param name="Repository">The repository.</param>
/// <param name="Tags">Tags that name it, or a manifest below it.</param>
/// <param name="Bytes">Of its blobs that are held.</param>
/// <param name="IsPinned">It is never evicted.</param>
internal sealed record ImageDetails(ImageRow Image, string Project, string Registry, string Repository, IReadOnlyList<string> Tags, long Bytes, bool IsPinned)
{
    /// <summary>Those of the tags that upstream has no more.</summary>
    public IReadOnlyList<GoneTag> GoneTags { get; init; } = [];

    /// <summary>The clusters that use it or lately did.</summary>
    public IReadOnlyList<string> Clusters { get; init; } = [];
}

/// <summary>The images that are held, for the operator: what there is, what is to stay, and what is to go.</summary>
internal sealed class ImageCatalog(Database database, Evictor evictor, LooseBlobs loose, PullRecorder recorder, TimeProvider clock)
{
    private const int PageSize = 500;

    // As the database has it.
    private static readonly Comparer<ImageRow> PullOrder = Comparer<ImageRow>.Create((one, other) =>
        one.PulledAt != other.PulledAt ? one.PulledAt.CompareTo(other.PulledAt)
        : one.Key.Repository != other.Key.Repository ? one.Key.Repository.CompareTo(other.Key.Repository)
        : string.CompareOrdinal(one.Key.Digest.ToString(), other.Key.Digest.ToString()));

    /// <summary>Images, the least recently pulled first.</summary>
    /// <param name="project">Of this project only; null: of all.</param>
    /// <param name="repository">Of this repository only, which needs a project; null: of all.</param>
    /// <param name="isDeleted">Only those of which upstream has a tag no more.</param>
    /// <param name="after">Those after this one; null: from the first.</param>
    /// <param name="count">How many at most.</param>
    public async Task<IReadOnlyList<ImageDetails>> List(string? project, string? repository, bool isDeleted, ImageRow? after, int count)
    {
        await recorder.Write().ConfigureAwait(false);
        return database.Read(connection =>
        {
            var images = isDeleted ? Deleted(connection, project, repository, after, count)
                : repository is null
                ? ImageTable.LeastRecentlyPulled(connection, project, after, count)
                : [.. RepositoryTable.Called(connection, project!, repository).SelectMany(row => ImageTable.OfRepository(connection, row, after, count)).OrderBy(image => image.PulledAt).Take(count)];
            return images.ConvertAll(image => Details(connection, image));
        });
    }

    /// <summary>All images of a project.</summary>
    public async Task<IReadOnlyList<ImageDetails>> All(string project)
    {
        var all = new List<ImageDetails>();
        for (IReadOnlyList<ImageDetails> page = []; all.Count == 0 || page.Count == PageSize;)
        {
            page = await List(project, null, false, all.Count == 0 ? null : all[^1].Image, PageSize).ConfigureAwait(false);
            if (page.Count == 0)
            {
                break;
            }

            all.AddRange(page);
        }

        return all;
    }

    /// <summary>What would go to free so many bytes of a project, or of the store; nothing goes.</summary>
    /// <returns>The bytes of blobs that belong to no image, which would go first; the images; the bytes that all this would free.</returns>
    public async Task<(long Loose, IReadOnlyList<ImageDetails> Images, long Freed)> Plan(string? project, long bytes)
    {
        await recorder.Write().ConfigureAwait(false);
        return database.Read(connection =>
        {
            var looseBytes = loose.Plan(connection, project, bytes);
            var plan = evictor.Plan(connection, new RoomNeed(project, () => bytes), bytes - looseBytes);
            return (looseBytes, (IReadOnlyList<ImageDetails>)[.. plan.Images.Select(candidate => Details(connection, candidate.Image))], looseBytes + plan.Freed);
        });
    }

    /// <summary>Has a tag or a manifest stay, whatever room is needed.</summary>
    /// <returns>False if the repository holds no such thing.</returns>
    public Task<bool> Pin(string project, string repository, string reference)
    {
        var now = clock.GetUtcNow();
        return database.Write(connection =>
        {
            var rows = RepositoryTable.Called(connection, project, repository).Where(row => Find(connection, row, reference) is not null).ToList();
            rows.ForEach(row => PinTable.Add(connection, row, reference, now));
            return rows.Count > 0;
        });
    }

    /// <summary>Ends a pin.</summary>
    /// <returns>False if there was none.</returns>
    public Task<bool> Unpin(string project, string repository, string reference) => database.Write(connection =>
        RepositoryTable.Called(connection, project, repository).ConvertAll(row => PinTable.Remove(connection, row, reference)).Contains(true));

    /// <summary>Takes an image out of the store.</summary>
    /// <returns>How many images went; null if there is none of that name.</returns>
    public async Task<int?> Delete(string project, string repository, string reference)
    {
        var images = database.Read(connection => RepositoryTable.Called(connection, project, repository)
            .Select(row => Find(connection, row, reference)).OfType<ImageKey>()
            .SelectMany(manifest => ImageTable.Roots(connection, manifest))
            .Select(root => ImageTable.Find(connection, root)).OfType<ImageRow>()
            .Select(image => new EvictionCandidate(image, [], [], false, false))
            .ToList());
        return images.Count == 0 ? null : await evictor.Evict(images).ConfigureAwait(false);
    }

    private static ImageKey? Find(DbConnection connection, long row, string reference) =>
        Digest.TryParse(reference, out var digest)
            ? (RepositoryTable.HasManifest(connection, row, digest) ? new ImageKey(row, digest) : null)
            : TagTable.Find(connection, row, reference) is { } tag ? new ImageKey(row, tag.Digest) : null;

    /// <summary>Few tags are deleted of many, so they are put in order here.</summary>
    private static List<ImageRow> Deleted(DbConnection connection, string? project, string? repository, ImageRow? after, int count) =>
    [
        .. TagTable.Gone(connection, project, repository)
            .SelectMany(manifest => ImageTable.Roots(connection, manifest))
            .Distinct()
            .Select(image => ImageTable.Find(connection, image))
            .OfType<ImageRow>()
            .Where(image => after is null || PullOrder.Compare(image, after) > 0)
            .Order(PullOrder)
            .Take(count),
    ];

    private static ImageDetails Details(DbConnection connection, ImageRow image)
    {
        var (project, registry, repository) = RepositoryTable.Name(connection, image.Key.Repository);
        var manifests = ImageTable.Manifests(connection, image.Key).ConvertAll(digest => image.Key with { Digest = digest });
        return new ImageDetails(
            image,
            project,
            registry,
            repository,
            [.. manifests.SelectMany(manifest => TagTable.Of(connection, manifest)).Distinct().Order(StringComparer.Ordinal)],
            manifests.SelectMany(manifest => ImageTable.Blobs(connection, manifest)).DistinctBy(blob => blob.Digest).Sum(blob => blob.Size),
            manifests.Exists(manifest => PinTable.IsPinned(connection, manifest)))
        {
            GoneTags = [.. manifests.SelectMany(manifest => TagTable.GoneOf(connection, manifest)).DistinctBy(tag => tag.Name).OrderBy(tag => tag.Name, StringComparer.Ordinal)],
            Clusters = [.. manifests.SelectMany(manifest => ClusterPinTable.UsersOf(connection, manifest)).Distinct().Order(StringComparer.Ordinal)],
        };
    }
}
