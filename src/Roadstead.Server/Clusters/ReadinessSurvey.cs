using System.Globalization;
using Roadstead.Api;
using Roadstead.Oci;
using Roadstead.Oci.Client;
using Roadstead.Server.Metadata;
using Roadstead.Server.Mirroring;
using Roadstead.Server.Projects;

namespace Roadstead.Server.Clusters;

/// <summary>Says of each image in use whether it could be pulled with every upstream cut off, by what the database and the files' sizes say; a <see cref="Drill"/> proves it.</summary>
internal sealed class ReadinessSurvey(HeldManifests held, ImageClosure closure, FetchAttempts attempts, Database database, StorageFaults storage, TimeProvider clock)
{
    private readonly DeletedTags _deleted = new(held, database, storage, clock);

    /// <param name="snapshot">The projects in force.</param>
    /// <param name="inventory">What is in use.</param>
    /// <param name="cluster">Whose it is; null: nobody's that is known.</param>
    public ClusterReadiness Run(ProjectSnapshot snapshot, ClusterInventory inventory, KnownCluster? cluster)
    {
        var platforms = inventory.Platforms.Select(Platform.Parse).ToList();
        var images = new List<ImageReadiness>(inventory.Images.Count);
        var counts = platforms.ToDictionary(platform => platform, _ => (Images: 0, Ready: 0));
        foreach (var image in inventory.Images)
        {
            var (readiness, offered, ready) = Of(snapshot, image, platforms);
            images.Add(readiness);
            foreach (var platform in offered)
            {
                var (all, good) = counts[platform];
                counts[platform] = (all + 1, good + (ready.Contains(platform) ? 1 : 0));
            }
        }

        return new ClusterReadiness(
            inventory.Source,
            inventory.TakenAt,
            images.Count(image => image.State == ImageState.Ready),
            [.. counts.OrderBy(count => count.Key.ToString(), StringComparer.Ordinal).Select(count => new PlatformReadiness(count.Key.ToString(), count.Value.Images, count.Value.Ready))],
            images)
        {
            Cluster = cluster?.Name,
            HeardAt = cluster?.HeardAt,
            Malformed = inventory.Malformed,
        };
    }

    /// <summary>Where an image in use is pulled from here.</summary>
    /// <returns>The way; or why there is none.</returns>
    public static (Route? Route, string? Fault) Find(ProjectSnapshot snapshot, ImageReference image)
    {
        var (route, error) = ProjectRouter.Find(snapshot, image.Registry, image.Repository);
        return route is null ? (null, error!.Message) : route.Project.Endpoint is null ? (null, $"The project {route.Project.Name} has no upstream.") : (route, null);
    }

    /// <returns>How it is; the platforms of the nodes that it is made for, as far as is known; and those of them on which it could be pulled.</returns>
    private (ImageReadiness Readiness, IReadOnlyList<Platform> Offered, IReadOnlyList<Platform> Ready) Of(ProjectSnapshot snapshot, UsedImage used, List<Platform> platforms)
    {
        var image = ImageReference.Parse(used.Image);
        var readiness = new ImageReadiness(used.Image, used.Uses, ImageState.Uncovered) { UsedBy = used.UsedBy };
        var (route, fault) = Find(snapshot, image);
        if (route is null)
        {
            return (readiness with { Reason = snapshot.Of(image.Registry) is null ? $"{fault} roadstead adopt makes a project for it" : fault, Project = snapshot.Of(image.Registry)?.Name }, platforms, []);
        }

        readiness = readiness with { Project = route.Project.Name, Repository = route.Repository.ToString() };
        if (held.Find(ManifestKey.Of(route, image.Reference)) is not { IsStored: true } copy)
        {
            return (Absent(readiness, route), platforms, []);
        }

        readiness = readiness with
        {
            Digest = copy.Digest.ToString(),
            CheckedAt = image.Reference.IsTag ? copy.CheckedAt : null,
            DeletedSince = copy.GoneSince,
            Pinned = _deleted.IsPinned(copy),
        };
        return Held(readiness, route, image.Reference, copy, platforms);
    }

    private (ImageReadiness Readiness, IReadOnlyList<Platform> Offered, IReadOnlyList<Platform> Ready) Held(ImageReadiness readiness, Route route, Reference reference, HeldManifest copy, List<Platform> platforms)
    {
        var (top, surveys) = closure.SurveyFor(route.Project, copy.Repository, copy.Digest, platforms);
        var offered = surveys.Select(survey => survey.Platform).ToList();
        var missing = new Missing();
        missing.Add(top);
        foreach (var (_, survey) in surveys)
        {
            missing.Add(survey);
        }

        if (Withheld(route, reference, copy) is { } why)
        {
            return (readiness with { State = ImageState.Withheld, Reason = why, Lacks = missing.Lack }, offered, []);
        }

        if (platforms.Count > 0 && offered.Count == 0)
        {
            return (readiness with { State = ImageState.Uncovered, Reason = $"it has nothing for the nodes ({string.Join(", ", platforms)})" }, platforms, []);
        }

        // Before it has a manifest a runtime turns to its next source: one that is not whole is served to nobody.
        List<Platform> ready = top.Missing.IsEmpty ? [.. surveys.Where(survey => survey.Survey.Missing.IsEmpty).Select(survey => survey.Platform)] : [];
        if (missing.Lack is not { } lack)
        {
            return (readiness with { State = ImageState.Ready }, offered, ready);
        }

        if (Former(route, reference, copy, platforms) is { } former)
        {
            return (readiness with { State = ImageState.Ready, Lacks = lack, Reason = "the tag has moved to what is held only in part; what it named before is served until that is whole" }, former, former);
        }

        return (
            readiness with
            {
                State = ImageState.Partial,
                Lacks = lack,
                NotFor = ready.Count is 0 ? null : [.. offered.Except(ready).Select(platform => platform.ToString())],
                Reason = Attempted(readiness.Image) ?? Text(lack),
            },
            offered,
            ready);
    }

    /// <returns>The platforms on which what a tag named before it moved could be pulled; null where it could not.</returns>
    private List<Platform>? Former(Route route, Reference reference, HeldManifest copy, List<Platform> platforms)
    {
        if (!reference.IsTag || held.Former(ManifestKey.Of(route, reference), copy.Repository) is not { IsStored: true } former)
        {
            return null;
        }

        var (all, each) = closure.SurveyFor(route.Project, former.Repository, former.Digest, platforms);
        return all.Missing.IsEmpty && each.All(survey => survey.Survey.Missing.IsEmpty) && each.Count == platforms.Count ? [.. each.Select(survey => survey.Platform)] : null;
    }

    /// <summary>Why the project's options have it not be served without upstream; null: they do.</summary>
    private string? Withheld(Route route, Reference reference, HeldManifest copy)
    {
        if (!reference.IsTag || _deleted.IsKept(route, reference, copy) || (copy.GoneSince is not null && _deleted.IsPinned(copy)))
        {
            return null;
        }

        return copy.GoneSince is { } since
            ? string.Create(CultureInfo.InvariantCulture, $"upstream has the tag no more since {since:yyyy-MM-dd HH:mm} UTC, and the project {route.Project.Name} serves such tags only for its deletedFor; a pin has it served again")
            : string.Create(CultureInfo.InvariantCulture, $"upstream last confirmed the tag at {copy.CheckedAt:yyyy-MM-dd HH:mm} UTC, and the project {route.Project.Name} serves what is not confirmed only for its staleFor");
    }

    private ImageReadiness Absent(ImageReadiness readiness, Route route)
    {
        var endpoint = route.Project.Endpoint!;
        var last = attempts.Of(readiness.Image)?.End;
        var health = endpoint.Health.Fault ?? endpoint.Health.Failing;
        return last is FetchEnd.Fault(UpstreamOutcome<long>.Denied) ? readiness with { State = ImageState.Uncovered, Reason = $"{last.Explanation}; give the endpoint {endpoint.Name} a credential that may pull it" }
            : health is not null && last is not (FetchEnd.Absent or FetchEnd.NoRoom) ? readiness with { State = ImageState.Uncovered, Reason = $"{endpoint.Registry} cannot be reached; roadstead endpoint show {endpoint.Name} says why" }
            : readiness with { State = ImageState.Absent, Reason = last?.Explanation ?? "it has not been fetched yet" };
    }

    private string? Attempted(string image) => attempts.Of(image)?.End.Explanation;

    private static string Text(ImageLack lack) => lack.Blobs == 0
        ? string.Create(CultureInfo.InvariantCulture, $"{lack.Manifests} of its manifests are not held")
        : string.Create(CultureInfo.InvariantCulture, $"{lack.Blobs} of its blobs are not held");

    private sealed class Missing
    {
        private readonly HashSet<Digest> _manifests = [];
        private readonly Dictionary<Digest, long> _blobs = [];

        public ImageLack? Lack => _manifests.Count + _blobs.Count == 0 ? null : new ImageLack(_manifests.Count, _blobs.Count, _blobs.Values.Sum());

        public void Add(ImageSurvey survey)
        {
            _manifests.UnionWith(survey.Missing.Manifests);
            foreach (var blob in survey.Missing.Blobs)
            {
                _blobs[blob] = survey.Blobs.GetValueOrDefault(blob);
            }
        }
    }
}
