using System.Collections.Concurrent;
using System.Globalization;
using Roadstead.Api;
using Roadstead.Oci;
using Roadstead.Oci.Client;
using Roadstead.Server.Blobs;
using Roadstead.Server.Integrity;
using Roadstead.Server.Metadata;
using Roadstead.Server.Mirroring;
using Roadstead.Server.Projects;

namespace Roadstead.Server.Clusters;

/// <summary>One drill: the manifests of all images first, as nodes ask for them, then the blobs, each once.</summary>
internal sealed class DrillWalk(
    ManifestMirror mirror, HeldManifests held, ImageClosure closure, Database database, FileBlobStore store, DamagedBlobs damaged, ProjectSnapshot snapshot, ClusterInventory inventory,
    CancellationToken stops) : IDisposable
{
    // Clients are served meanwhile.
    private static readonly int AtOnce = Math.Max(1, Environment.ProcessorCount / 2);

    private readonly List<Platform> _platforms = [.. inventory.Platforms.Select(Platform.Parse)];
    private readonly Dictionary<Project, Project> _cutOff = [];
    private readonly ConcurrentDictionary<Digest, Lazy<Task<string?>>> _checked = new();
    private readonly ConcurrentDictionary<Digest, long> _sizes = new();
    private readonly ConcurrentBag<ImageReadiness> _failed = [];
    private long _bytes;
    private int _images;

    public DrillProgress Progress => new(Volatile.Read(ref _images), inventory.Images.Count, Interlocked.Read(ref _bytes), _sizes.Values.Sum());

    public async Task<IReadOnlyList<ImageReadiness>> Run()
    {
        var walks = new List<(UsedImage Image, IReadOnlyList<Digest> Blobs)>();
        foreach (var image in inventory.Images)
        {
            if (await Manifests(image).ConfigureAwait(false) is { } blobs)
            {
                walks.Add((image, blobs));
            }
            else
            {
                Interlocked.Increment(ref _images);
            }
        }

        await Parallel.ForEachAsync(walks, new ParallelOptions { MaxDegreeOfParallelism = AtOnce, CancellationToken = stops }, async (walk, _) =>
        {
            foreach (var blob in walk.Blobs)
            {
                if (await _checked.GetOrAdd(blob, digest => new Lazy<Task<string?>>(() => Check(digest))).Value.ConfigureAwait(false) is { } fault)
                {
                    Fail(walk.Image, ImageState.Partial, fault);
                    break;
                }
            }

            Interlocked.Increment(ref _images);
        }).ConfigureAwait(false);
        return [.. _failed.OrderBy(image => image.Image, StringComparer.Ordinal)];
    }

    public void Dispose()
    {
        foreach (var project in _cutOff.Values)
        {
            project.Endpoint!.Dispose();
        }
    }

    /// <summary>Asks for an image's manifests as nodes do.</summary>
    /// <returns>The blobs that they would ask for next; null where they would get no further.</returns>
    private async Task<IReadOnlyList<Digest>?> Manifests(UsedImage used)
    {
        stops.ThrowIfCancellationRequested();
        var image = ImageReference.Parse(used.Image);
        var (route, fault) = ReadinessSurvey.Find(snapshot, image);
        if (route is null)
        {
            Fail(used, ImageState.Uncovered, fault!);
            return null;
        }

        route = route with { Project = CutOff(route.Project) };
        var (top, why) = await Ask(route, image.Reference).ConfigureAwait(false);
        if (top is null)
        {
            Fail(used, why is null ? ImageState.Absent : ImageState.Partial, why ?? "it is not held");
            return null;
        }

        if (_platforms.Count > 0 && closure.SurveyFor(route.Project, top.Repository, top.Digest, _platforms).Platforms.Count == 0)
        {
            Fail(used, ImageState.Uncovered, $"it has nothing for the nodes ({string.Join(", ", _platforms)})");
            return null;
        }

        var manifests = new List<Digest> { top.Digest };
        foreach (var child in closure.Pulled(route.Project, top.Repository, top.Digest, _platforms))
        {
            if (await Ask(route, new Reference(child)).ConfigureAwait(false) is (null, var lacking))
            {
                Fail(used, ImageState.Partial, lacking ?? $"its manifest {child} is not held");
                return null;
            }

            manifests.Add(child);
        }

        return Blobs(used, top.Repository, manifests);
    }

    private List<Digest>? Blobs(UsedImage used, long repository, List<Digest> manifests)
    {
        var blobs = new List<Digest>();
        foreach (var descriptor in manifests.SelectMany(closure.Blobs).DistinctBy(blob => blob.Digest))
        {
            if (!database.Read(connection => RepositoryTable.HasBlob(connection, repository, descriptor.Digest)))
            {
                Fail(used, ImageState.Partial, $"its blob {descriptor.Digest} is not held");
                return null;
            }

            _sizes[descriptor.Digest] = descriptor.Size;
            blobs.Add(descriptor.Digest);
        }

        return blobs;
    }

    /// <returns>The manifest; or why it is not served, null where nothing is held of it.</returns>
    private async Task<(HeldManifest? Manifest, string? Why)> Ask(Route route, Reference reference) => await mirror.Get(route, reference, ManifestPurpose.Drill, stops).ConfigureAwait(false) switch
    {
        MirrorAnswer<HeldManifest>.Served(var manifest, _, _) => (manifest, null),
        MirrorAnswer<HeldManifest>.NotServed { Explanation: { } explanation } => (null, explanation),
        MirrorAnswer<HeldManifest>.NotServed(UpstreamOutcome<HeldManifest>.Unavailable(var fault)) when fault != Endpoint.CutOffFault => (null, fault.Message),
        _ when held.Find(ManifestKey.Of(route, reference)) is { } copy => (null, string.Create(CultureInfo.InvariantCulture, $"upstream last confirmed the tag at {copy.CheckedAt:yyyy-MM-dd HH:mm} UTC, and the project {route.Project.Name} serves what is not confirmed only for its staleFor")),
        _ => (null, null),
    };

    /// <summary>Reads a blob to its last byte.</summary>
    /// <returns>Why it would not be served; null: it would.</returns>
    private async Task<string?> Check(Digest digest)
    {
        try
        {
            switch (await BlobCheck.Run(store, digest, Read).ConfigureAwait(false))
            {
                case BlobFinding.Right:
                    return null;
                case BlobFinding.Damaged:
                    await damaged.TakeAway(digest).ConfigureAwait(false);
                    return $"its blob {digest} is damaged: its bytes changed on the disk; it was taken away, and is fetched anew";
                default:
                    return $"the file of its blob {digest} is not there";
            }
        }
        catch (Exception exception) when (exception is IOException or UnauthorizedAccessException)
        {
            return $"its blob {digest} cannot be read: {exception.Message}";
        }
    }

    private Task Read(int bytes)
    {
        Interlocked.Add(ref _bytes, bytes);
        stops.ThrowIfCancellationRequested();
        return Task.CompletedTask;
    }

    private void Fail(UsedImage image, ImageState state, string why) => _failed.Add(new ImageReadiness(image.Image, image.Uses, state) { Reason = why, UsedBy = image.UsedBy, Project = snapshot.Of(ImageReference.Parse(image.Image).Registry)?.Name });

    private Project CutOff(Project project) => _cutOff.TryGetValue(project, out var known) ? known : _cutOff[project] = project.With(project.Endpoint!.CutOff());
}
