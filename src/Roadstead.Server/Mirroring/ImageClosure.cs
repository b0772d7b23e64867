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
internal sealed record ImageSurvey(MissingContent Missing, IReadOnlyDictionary<Digest, long> Blobs);

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
        return new ImageSurvey(new MissingContent([.. walk.Manifests], [.. walk.Blobs]), walk.Sizes);
    });

    /// <summary>The manifests that an index names; empty for what is no index.</summary>
    public IReadOnlyList<Descriptor> Entries(Digest manifest) =>
        database.Read(connection => ManifestTable.Children(connection, manifest).FindAll(child => child.Role == ChildRole.Manifest).ConvertAll(child => child.Descriptor));

    private void Visit(Walk walk, Digest manifest, int depth)
    {
        var children = ManifestTable.Children(walk.Connection, manifest);
        foreach (var child in Choose(walk, manifest, children))
        {
            var digest = child.Descriptor.Digest;
            if (child.Role == ChildRole.Blob)
            {
                walk.Sizes[digest] = child.Descriptor.Size;
                if (!IsHeld(walk, digest))
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
    }

    private bool IsHeld(Walk walk, Digest blob) =>
        RepositoryTable.HasBlob(walk.Connection, walk.Repository, blob)
        && BlobTable.Size(walk.Connection, blob) is { } size && store.Stat(blob) == size;

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
        public HashSet<Digest> Manifests { get; } = [];

        public HashSet<Digest> Blobs { get; } = [];

        public Dictionary<Digest, long> Sizes { get; } = [];
    }
}
