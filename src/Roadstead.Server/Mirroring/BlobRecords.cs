using System.Data.Common;
using Roadstead.Oci;
using Roadstead.Server.Metadata;
using Roadstead.Server.Projects;

namespace Roadstead.Server.Mirroring;

/// <summary>What the database says of a blob and a repository.</summary>
/// <param name="IsManifest">It is the digest of a manifest that is held.</param>
/// <param name="IsLinked">The repository's own upstream confirmed the blob.</param>
/// <param name="Size">The held blob's size in bytes; null if none is recorded.</param>
/// <param name="NamedSize">The size that a manifest gives; null where none names it.</param>
/// <param name="MayOpen">The file may be opened, once upstream confirmed the blob. Else upstream must send it, whether or not it is held.</param>
internal sealed record BlobKnowledge(bool IsManifest, bool IsLinked, long? Size, long? NamedSize, bool MayOpen);

/// <summary>The rows of blobs: which are held, and which repositories have them. What is written to them is counted.</summary>
internal sealed class BlobRecords(Database database, UsageLedger ledger, StorageFaults storage, SharingRule sharing, TimeProvider clock)
{
    public BlobKnowledge Look(Route route, Digest digest) => storage.Survive(() => database.Read(connection => Read(connection, route, digest)), new BlobKnowledge(false, false, null, null, !sharing.HasPrivate));

    /// <summary>True of the digest of a manifest that is held for anybody. Asked for once upstream has brought it, since before <see cref="Look"/> tells of manifests only to those who have them.</summary>
    public bool IsManifestOfAnyone(Digest digest) => sharing.HasPrivate && storage.Survive(() => database.Read(connection => ManifestTable.Exists(connection, digest)), false);

    /// <summary>The same of a manifest of which the project may know. Upstream has only claimed to have a blob of that digest, and must not learn by that who else has what.</summary>
    public bool IsSharedManifest(Route route, Digest digest) => sharing.HasPrivate && storage.Survive(
        () => database.Read(connection => ManifestTable.Exists(connection, digest) && sharing.MayShare(route.Project, () => UsageTable.HoldersOfManifest(connection, digest))), false);

    /// <summary>Notes that the store holds a blob, which came for a repository.</summary>
    public Task Add(Route route, Digest digest, long size) => Change(digest, connection =>
    {
        DropClaims(connection, route.Project, digest);
        BlobTable.Add(connection, digest, size, clock.GetUtcNow());
        Link(connection, route, digest);
    });

    /// <summary>Notes that a repository's upstream says that it has a blob, where its word is enough.</summary>
    /// <param name="route">The repository.</param>
    /// <param name="digest">The blob.</param>
    /// <param name="held">Tells at the moment of the write the size of its file, which no row may know yet; null where it is not what upstream says.</param>
    public Task Confirm(Route route, Digest digest, Func<long?> held) => Change(digest, connection =>
    {
        // As it is now: while upstream was asked the blob may have come for others, who do not share it.
        if (sharing.HasPrivate && !MayOpen(connection, route, digest, BlobTable.Size(connection, digest), isLinked: false))
        {
            return;
        }

        Link(connection, route, digest);
        if (held() is { } size)
        {
            BlobTable.Add(connection, digest, size, null);
        }
    });

    /// <summary>Notes that a repository has a blob that is held for others.</summary>
    public Task Share(Route route, Digest digest) => Change(digest, connection => Link(connection, route, digest));

    /// <summary>Notes that the bytes of a file hash to its name.</summary>
    public Task FoundRight(Digest digest, long size) => Change(digest, connection => BlobTable.Add(connection, digest, size, clock.GetUtcNow()));

    private async Task Change(Digest digest, Action<DbConnection> change) =>
        ledger.Apply(await database.Write(connection => ledger.Track(connection, digest, () => change(connection))).ConfigureAwait(false));

    private BlobKnowledge Read(DbConnection connection, Route route, Digest digest)
    {
        var repository = RepositoryTable.Find(connection, route.Project.Name, route.Project.Endpoint!.Registry, route.Repository);

        // Before the link: what was a claim until the blob came is none that goes with its size.
        var size = BlobTable.Size(connection, digest);
        var isLinked = repository is { } id && RepositoryTable.HasBlob(connection, id, digest);
        return new BlobKnowledge(
            isLinked || !sharing.HasPrivate ? ManifestTable.Exists(connection, digest) : repository is { } own && RepositoryTable.HasManifest(connection, own, digest),
            isLinked,
            size,
            repository is { } row ? ManifestTable.BlobSize(connection, row, digest) : null,
            MayOpen(connection, route, digest, size, isLinked));
    }

    /// <summary>True if upstream's word is enough. Of what no row vouches for nobody knows whose it is, and a link to it is no more than a claim.</summary>
    private bool MayOpen(DbConnection connection, Route route, Digest digest, long? size, bool isLinked) =>
        !sharing.HasPrivate || (size is not null && (isLinked || sharing.MayShare(route.Project, () => UsageTable.Holders(connection, digest))));

    /// <summary>Notes that a repository has a blob, and that it belongs to no image there where that is so.</summary>
    private void Link(DbConnection connection, Route route, Digest digest)
    {
        var repository = RepositoryTable.FindOrAdd(connection, route.Project.Name, route.Project.Endpoint!.Registry, route.Repository);
        RepositoryTable.LinkBlob(connection, repository, digest);
        if (ManifestTable.BlobSize(connection, repository, digest) is null)
        {
            LooseBlobTable.Note(connection, repository, digest, clock.GetUtcNow());
        }
    }

    /// <summary>While all was open a repository could be noted to have what nobody held yet, on its upstream's word. That word must not open what a private project brings now.</summary>
    private void DropClaims(DbConnection connection, Project brought, Digest digest)
    {
        if (!sharing.HasPrivate || BlobTable.Size(connection, digest) is not null)
        {
            return;
        }

        foreach (var claimant in UsageTable.Holders(connection, digest).Where(claimant => !sharing.MayKeep(claimant, brought)))
        {
            RepositoryTable.UnlinkBlob(connection, claimant, digest);
        }
    }
}
