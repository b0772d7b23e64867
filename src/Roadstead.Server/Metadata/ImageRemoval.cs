using System.Data.Common;
using Roadstead.Oci;

namespace Roadstead.Server.Metadata;

/// <summary>What went with an image.</summary>
/// <param name="Gone">Blobs that nothing names any more; their rows are gone, their files may go.</param>
/// <param name="Changes">What became of the usage of each blob.</param>
internal sealed record RemovedImage(IReadOnlyList<Digest> Gone, IReadOnlyList<UsageChange> Changes);

/// <summary>Takes an image out of its repository: its tags, its manifests, and the blobs that no other manifest names.</summary>
/// <param name="connection">Within a write.</param>
/// <param name="ledger">Takes note of what that does to usage.</param>
/// <param name="now">The time.</param>
internal sealed class ImageRemoval(DbConnection connection, UsageLedger ledger, DateTimeOffset now)
{
    /// <param name="image">Which.</param>
    /// <param name="manifests">It and the manifests below it, each after those that name it.</param>
    /// <param name="mayGo">False of a blob whose file must stay for now.</param>
    public RemovedImage Run(ImageKey image, IReadOnlyList<Digest> manifests, Func<Digest, bool> mayGo)
    {
        var going = Going(image, manifests);
        var blobs = going.SelectMany(manifest => ManifestTable.Children(connection, manifest)).Where(child => child.Role == ChildRole.Blob).Select(child => child.Descriptor.Digest).Distinct().ToList();
        foreach (var manifest in going)
        {
            Unlink(image.Repository, manifest);
        }

        var gone = new List<Digest>();
        var changes = blobs.ConvertAll(blob => ledger.Track(connection, blob, () =>
        {
            if (!IsNamed(blob, image.Repository))
            {
                RepositoryTable.UnlinkBlob(connection, image.Repository, blob);
            }

            if (RepositoryTable.IsLinked(connection, blob) || !StrayTable.IsStray(connection, blob))
            {
                return;
            }

            if (mayGo(blob))
            {
                BlobTable.Remove(connection, blob);
                gone.Add(blob);
            }
            else
            {
                LooseBlobTable.Note(connection, LooseBlobTable.NoRepository, blob, now);
            }
        }));
        return new RemovedImage(gone, changes);
    }

    /// <summary>Those that no other manifest of the repository names.</summary>
    private List<Digest> Going(ImageKey image, IReadOnlyList<Digest> manifests)
    {
        var going = new List<Digest>();
        foreach (var manifest in manifests)
        {
            if (manifest == image.Digest || ImageTable.Parents(connection, image with { Digest = manifest }).TrueForAll(going.Contains))
            {
                going.Add(manifest);
            }
        }

        return going;
    }

    private void Unlink(long repository, Digest manifest)
    {
        Execute("DELETE FROM tag WHERE repository = @repository AND digest = @digest", repository, manifest);
        Execute("DELETE FROM asked_child WHERE repository = @repository AND parent = @digest", repository, manifest);
        Execute("DELETE FROM referrers WHERE repository = @repository AND subject = @digest", repository, manifest);
        Execute("DELETE FROM repository_manifest WHERE repository = @repository AND digest = @digest", repository, manifest);
        if (!connection.Exists("SELECT 1 FROM repository_manifest WHERE digest = @digest", ("@digest", manifest.ToString())))
        {
            ManifestTable.Remove(connection, manifest);
        }
    }

    private bool IsNamed(Digest blob, long repository) => connection.Exists(
        """
        SELECT 1 FROM manifest_child child JOIN repository_manifest link ON link.digest = child.parent AND link.repository = @repository
        WHERE child.digest = @digest AND child.role = 1
        """,
        ("@repository", repository), ("@digest", blob.ToString()));

    private void Execute(string sql, long repository, Digest digest) => connection.Execute(sql, ("@repository", repository), ("@digest", digest.ToString()));
}
