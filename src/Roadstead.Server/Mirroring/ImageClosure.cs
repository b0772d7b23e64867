using System.Data.Common;
using System.Runtime.InteropServices;
using Roadstead.Oci;
using Roadstead.Server.Blobs;
using Roadstead.Server.Metadata;
using Roadstead.Server.Projects;

namespace Roadstead.Server.Mirroring;

/// <summary>What of an image is not held yet.</summary>
/// <param name="Manifests">Manifests whose own children are not known before they are there.</param>
/// <param name="Blobs">Configs, layers and files.</param>
internal sealed record MissingContent(IReadOnlyList<Digest> Manifests, IReadOnlyList<Digest> Blobs)
{
    public bool IsEmpty => Manifests.Count == 0 && Blobs.Count == 0;
}

/// <summary>How much of an image is held, as far as its manifests are.</summary>
/// <param name="Missing">What is not.</param>
/// <param name="Blobs">The sizes of all its blobs, in bytes.</param>
internal sealed record ImageSurvey(MissingContent Missing, IReadOnlyDictionary<Digest, long> Blobs)
{
    /// <summary>Its manifests that are held, the top one first.</summary>
    public IReadOnlyList<Digest> Manifests { get; init; } = [];
}

/// <summary>
/// All that must be held for a manifest to be pulled with upstream gone. Of an index: the children that clients asked for, else those of the platforms that
/// clients asked for elsewhere in the repository, else those of the project's platforms, else those of linux on the server's own architecture.
/// </summary>
internal sealed class ImageClosure(Database database, FileBlobStore store)
{
    // Indexes within indexes; deeper ones are not images.
    private const int MaxDepth = 4;

    private static readonly Platform Own = new("linux", RuntimeInformation.OSArchitecture switch
    {
        Architecture.X64 => "amd64",
        Architecture.X86 => "386",
        var other => other.ToString().ToLowerInvariant(),
    });

    public MissingContent Missing(Project project, long repository, Digest manifest) => Survey(project, repository, manifest).Missing;

    public ImageSurvey Survey(Project project, long repository, Digest manifest) => database.Read(connection =>
    {
        var walk = new Walk(connection, project, repository);
        Visit(walk, manifest, 0);
        return walk.Result;
    });

    /// <summary>As <see cref="Survey"/>, and the same of what nodes of some platforms pull of it.</summary>
    /// <returns>Only those of the platforms for which an index has something.</returns>
    public (ImageSurvey All, IReadOnlyList<(Platform Platform, ImageSurvey Survey)> Platforms) SurveyFor(Project project, long repository, Digest manifest, IReadOnlyList<Platform> platforms) => database.Read(connection =>
    {
        var walk = new Walk(connection, project, repository);
        Visit(walk, manifest, 0);
        var all = walk.Result;
        var children = ManifestTable.Children(connection, manifest);
        if (!children.Exists(child => child.Role == ChildRole.Manifest))
        {
            return (all, (IReadOnlyList<(Platform, ImageSurvey)>)[.. platforms.Select(platform => (platform, all))]);
        }

        return (all, [.. platforms.Select(platform => (platform, Offered(children, platform))).Where(offer => offer.Item2.Count > 0).Select(offer => (offer.platform, Of(offer.Item2)))]);

        ImageSurvey Of(List<ManifestChild> offered)
        {
            var part = new Walk(connection, project, repository);
            offered.ForEach(child => Take(part, manifest, child, 0));
            return part.Result;
        }
    });

    /// <summary>The manifests that nodes pull of an index; empty for what is no index.</summary>
    /// <param name="project">The project.</param>
    /// <param name="repository">The repository's row.</param>
    /// <param name="manifest">The index.</param>
    /// <param name="platforms">Of the nodes; empty, or where it has nothing for them: those that are kept of it.</param>
    public IReadOnlyList<Digest> Pulled(Project project, long repository, Digest manifest, IReadOnlyList<Platform> platforms) => database.Read(connection =>
    {
        var children = ManifestTable.Children(connection, manifest);
        var offered = platforms.SelectMany(platform => Offered(children, platform)).ToList();
        var pulled = offered.Count > 0 ? offered : Choose(new Walk(connection, project, repository), manifest, children).Where(child => child.Role == ChildRole.Manifest);
        return (IReadOnlyList<Digest>)[.. pulled.Select(child => child.Descriptor.Digest).Distinct()];
    });

    /// <summary>The blobs that a manifest names itself.</summary>
    public IReadOnlyList<Descriptor> Blobs(Digest manifest) =>
        database.Read(connection => ManifestTable.Children(connection, manifest).FindAll(child => child.Role == ChildRole.Blob).ConvertAll(child => child.Descriptor));

    /// <summary>The manifests that an index names; empty for what is no index.</summary>
    public IReadOnlyList<Descriptor> Entries(Digest manifest) =>
        database.Read(connection => ManifestTable.Children(connection, manifest).FindAll(child => child.Role == ChildRole.Manifest).ConvertAll(child => child.Descriptor));

    /// <summary>True of a manifest that clients have not asked for of an index of the repository that names it.</summary>
    public bool IsUnasked(long repository, Digest manifest) => database.Read(connection => ManifestTable.IsUnasked(connection, repository, manifest));

    private void Visit(Walk walk, Digest manifest, int depth)
    {
        walk.Held.Add(manifest);
        var children = ManifestTable.Children(walk.Connection, manifest);
        foreach (var child in Choose(walk, manifest, children))
        {
            Take(walk, manifest, child, depth);
        }
    }

    private void Take(Walk walk, Digest parent, ManifestChild child, int depth)
    {
        var digest = child.Descriptor.Digest;
        if (child.Role == ChildRole.Blob)
        {
            walk.Sizes[digest] = child.Descriptor.Size;
            if (!IsHeld(walk, parent, digest))
            {
                walk.Blobs.Add(digest);
            }
        }
        else if (!RepositoryTable.HasManifest(walk.Connection, walk.Repository, digest) || !ManifestTable.Exists(walk.Connection, digest))
        {
            walk.Manifests.Add(digest);
        }
        else if (depth < MaxDepth)
        {
            Visit(walk, digest, depth + 1);
        }
    }

    private static List<ManifestChild> Offered(List<ManifestChild> children, Platform platform) =>
        children.FindAll(child => child.Role == ChildRole.Manifest && (child.Descriptor.Platform is not { } offered || platform.Matches(offered)));

    private bool IsHeld(Walk walk, Digest parent, Digest blob) => walk.HeldOf(parent).TryGetValue(blob, out var size) && store.Stat(blob) == size;

    private static IEnumerable<ManifestChild> Choose(Walk walk, Digest parent, List<ManifestChild> children)
    {
        if (!children.Exists(child => child.Role == ChildRole.Manifest))
        {
            return children.Where(child => child.Role == ChildRole.Blob);
        }

        var asked = ManifestTable.AskedOf(walk.Connection, walk.Repository, parent);
        if (children.Exists(child => asked.Contains(child.Descriptor.Digest) && child.Descriptor.Platform?.IsUnknown != true))
        {
            return children.Where(child => asked.Contains(child.Descriptor.Digest));
        }

        var wanted = ManifestTable.AskedPlatforms(walk.Connection, walk.Repository) is { Count: > 0 } elsewhere ? elsewhere
            : walk.Project.Platforms.Count > 0 ? walk.Project.Platforms
            : [Own];
        var chosen = children.FindAll(child => child.Descriptor.Platform is not { } offered || wanted.Any(platform => platform.Matches(offered)));

        // An index of other platforms alone is wanted for one of these, whichever it is.
        return chosen.Count > 0 ? chosen : children.Where(child => child.Descriptor.Platform?.IsUnknown != true);
    }

    private sealed record Walk(DbConnection Connection, Project Project, long Repository)
    {
        private Digest? _parent;
        private Dictionary<Digest, long> _held = [];

        public List<Digest> Held { get; } = [];

        public HashSet<Digest> Manifests { get; } = [];

        public HashSet<Digest> Blobs { get; } = [];

        public Dictionary<Digest, long> Sizes { get; } = [];

        /// <summary>The blobs that a manifest names, the repository has and the database knows, with their sizes: asked for once, since one manifest's come together.</summary>
        public Dictionary<Digest, long> HeldOf(Digest manifest)
        {
            if (_parent != manifest)
            {
                _held = ImageTable.Blobs(Connection, new ImageKey(Repository, manifest)).ToDictionary(blob => blob.Digest, blob => blob.Size);
                _parent = manifest;
            }

            return _held;
        }

        public ImageSurvey Result => new(new MissingContent([.. Manifests], [.. Blobs]), Sizes) { Manifests = [.. Held.Distinct()] };
    }
}
