using System.Buffers;
using System.Data.Common;
using System.Globalization;
using Roadstead.Oci;
using Roadstead.Oci.Client;
using Roadstead.Server.Blobs;
using Roadstead.Server.Metadata;
using Roadstead.Server.Projects;

namespace Roadstead.Server.Mirroring;

/// <summary>What became of content that was to be added without an upstream.</summary>
internal abstract record ContentOutcome
{
    private ContentOutcome()
    {
    }

    /// <summary>It is held.</summary>
    public sealed record Held : ContentOutcome;

    /// <summary>It is not what it is said to be.</summary>
    /// <param name="Why">As a sentence.</param>
    public sealed record Wrong(string Why) : ContentOutcome;

    /// <summary>Something else must be held first.</summary>
    /// <param name="Why">As a sentence.</param>
    public sealed record Early(string Why) : ContentOutcome;

    /// <summary>It is not held, and has to be sent.</summary>
    public sealed record Absent : ContentOutcome;

    /// <summary>There is no room for it.</summary>
    /// <param name="Why">As a sentence.</param>
    public sealed record NoRoom(string Why) : ContentOutcome;

    /// <summary>The server's own storage failed.</summary>
    /// <param name="Why">As a sentence.</param>
    public sealed record Fault(string Why) : ContentOutcome;
}

/// <summary>
/// What is held, read and added to without any upstream: the way of images into and out of a place that has none. Reading is no pull. What is added is believed as if
/// upstream had confirmed it: its manifests first, then the blobs that they name, so that no blob is ever without an image; the tag last, when all is there.
/// </summary>
internal sealed partial class HeldContent(
    HeldManifests manifests, ImageClosure closure, FileBlobStore store, StoreRoom room, RecentPulls pulls, Database database, BlobRecords records, ILogger<HeldContent> log)
{
    private const int ChunkSize = 128 * 1024;

    /// <summary>A manifest of a repository; null if none of that name is held.</summary>
    public HeldManifest? Find(Route route, Reference reference) => manifests.Find(ManifestKey.Of(route, reference));

    /// <summary>How much is held of what a manifest of the project names.</summary>
    public ImageSurvey Survey(Project project, HeldManifest top) => closure.Survey(project, top.Repository, top.Digest);

    /// <summary>Opens a blob of a repository, which is not evicted while it is open; null if the repository has none.</summary>
    public StoredBlob? Open(Route route, Digest digest)
    {
        // First of all: what is open stays.
        var blob = store.Open(digest);
        if (blob is null || database.Read(connection => Row(connection, route) is { } row && RepositoryTable.HasBlob(connection, row, digest) && BlobTable.Size(connection, digest) == blob.Size))
        {
            return blob;
        }

        blob.Dispose();
        return null;
    }

    /// <summary>Stores a manifest by its digest, and keeps it of each index of the repository that names it.</summary>
    public async Task<ContentOutcome> PutManifest(Route route, Digest digest, byte[] bytes, string? mediaType)
    {
        if (Digest.Of(bytes, digest.Algorithm) != digest)
        {
            return new ContentOutcome.Wrong($"The body is not {digest}: its bytes have another digest.");
        }

        var (manifest, fault) = ManifestReader.Read(bytes, mediaType);
        if (manifest is null)
        {
            return new ContentOutcome.Wrong($"{digest} is no manifest that clients can use: {fault}.");
        }

        var held = await manifests.Store(ManifestKey.Of(route, new Reference(digest)), new UpstreamManifest(digest, manifest, bytes)).ConfigureAwait(false);
        if (!held.IsStored)
        {
            return new ContentOutcome.Fault($"{digest} is not stored: the server's database fails, or takes too long. Try again.");
        }

        await database.Write(connection => ManifestTable.Ask(connection, held.Repository, digest)).ConfigureAwait(false);
        return Note(held);
    }

    /// <summary>Has a tag name a manifest that is held with all that is kept of it.</summary>
    public async Task<ContentOutcome> PutTag(Route route, Reference tag, Digest digest)
    {
        if (Find(route, new Reference(digest)) is not { } top)
        {
            return new ContentOutcome.Early($"{route.Repository} has no manifest {digest}, which {tag} is to name. Send that first.");
        }

        if (Survey(route.Project, top).Missing is { IsEmpty: false } missing)
        {
            return new ContentOutcome.Early(string.Create(
                CultureInfo.InvariantCulture, $"{digest} lacks {missing.Manifests.Count} manifests and {missing.Blobs.Count} blobs, as {missing.Manifests.Concat(missing.Blobs).First()}; {tag} names it once all is there."));
        }

        if (await manifests.Confirm(ManifestKey.Of(route, tag), digest).ConfigureAwait(false) is not { IsStored: true } held)
        {
            return new ContentOutcome.Fault($"{tag} is not set: the server's database fails, or takes too long. Try again.");
        }

        LogTag(log, route.Project.Name, route.Repository, tag, digest);
        return Note(held);
    }

    /// <summary>Has a repository have a blob that is held for others.</summary>
    /// <param name="route">The repository.</param>
    /// <param name="digest">The blob.</param>
    /// <param name="size">Its bytes, as whoever wants it believes.</param>
    /// <param name="stops">Ends the wait for room.</param>
    public async Task<ContentOutcome> TakeUp(Route route, Digest digest, long size, CancellationToken stops)
    {
        // While it is open nobody takes it away.
        using var blob = store.Open(digest);
        if (blob is null)
        {
            return new ContentOutcome.Absent();
        }

        var (early, isLinked, known) = database.Read(connection => (Unnamed(connection, route, digest, size), Row(connection, route) is { } row && RepositoryTable.HasBlob(connection, row, digest), BlobTable.Size(connection, digest)));
        if (early is not null)
        {
            return early;
        }

        if (known != blob.Size || blob.Size != size)
        {
            // A file that no row vouches for; or the size is a lie, which the bytes will show.
            return new ContentOutcome.Absent();
        }

        if (isLinked)
        {
            return new ContentOutcome.Held();
        }

        using var reservation = route.Project.Options.Quota is null ? RoomReservation.None : await room.Admit(route, digest, size, stops).ConfigureAwait(false);
        if (reservation is null)
        {
            return new ContentOutcome.NoRoom($"The quota of project {route.Project.Name} has no room for {digest}: what else it holds is pinned or being pulled, or its image is larger than the quota.");
        }

        await records.Share(route, digest).ConfigureAwait(false);
        return new ContentOutcome.Held();
    }

    /// <summary>Stores a blob that a manifest of the repository names.</summary>
    /// <param name="route">The repository.</param>
    /// <param name="digest">The blob.</param>
    /// <param name="size">How many bytes it has.</param>
    /// <param name="body">Its bytes; what it throws is for the caller.</param>
    /// <param name="stops">Ends it; nothing of it is kept then.</param>
    public async Task<ContentOutcome> PutBlob(Route route, Digest digest, long size, Stream body, CancellationToken stops)
    {
        if (database.Read(connection => Unnamed(connection, route, digest, size)) is { } early)
        {
            return early;
        }

        if (await room.Reserve(route, digest, size, isProof: false, stops).ConfigureAwait(false) is not RoomOutcome.Reserved(var reservation))
        {
            return new ContentOutcome.NoRoom($"There is no room for {digest} of {route.Project.Name}/{route.Repository}: {room.NeverFits(route, digest, size) ?? "what else is held is pinned or being pulled"}.");
        }

        using (reservation)
        {
            return await Store(route, digest, size, body, reservation, stops).ConfigureAwait(false);
        }
    }

    private async Task<ContentOutcome> Store(Route route, Digest digest, long size, Stream body, RoomReservation reservation, CancellationToken stops)
    {
        BlobWriter? writer = null;
        if (OnDisk(() => writer = store.Begin(size)) is { } full)
        {
            return full;
        }

        using (writer)
        using (writer!.File)
        {
            reservation.OnDisk();
            using var hash = digest.CreateHash();
            if (await Copy(body, writer, hash, stops).ConfigureAwait(false) is { } fault)
            {
                return fault;
            }

            if (writer.Length != size || !digest.Matches(hash))
            {
                return new ContentOutcome.Wrong($"The body is not {digest}: its bytes have another digest. Nothing of it is kept.");
            }

            if (OnDisk(() => writer.Commit(digest)) is { } failed)
            {
                return failed;
            }
        }

        await records.Add(route, digest, size).ConfigureAwait(false);
        LogBlob(log, route.Project.Name, route.Repository, digest, size);
        return new ContentOutcome.Held();
    }

    private static async Task<ContentOutcome?> Copy(Stream body, BlobWriter writer, System.Security.Cryptography.IncrementalHash hash, CancellationToken stops)
    {
        var buffer = ArrayPool<byte>.Shared.Rent(ChunkSize);
        try
        {
            int count;
            while ((count = await body.ReadAsync(buffer.AsMemory(0, ChunkSize), stops).ConfigureAwait(false)) > 0)
            {
                if (OnDisk(() => writer.Append(buffer.AsSpan(0, count))) is { } fault)
                {
                    return fault;
                }

                hash.AppendData(buffer, 0, count);
            }

            return null;
        }
        finally
        {
            ArrayPool<byte>.Shared.Return(buffer);
        }
    }

    /// <returns>Why a blob must not come; null: a manifest of the repository names it so.</returns>
    private static ContentOutcome? Unnamed(DbConnection connection, Route route, Digest digest, long size) => (Row(connection, route) is { } row ? ManifestTable.BlobSize(connection, row, digest) : null) switch
    {
        null => new ContentOutcome.Early($"No manifest of {route.Project.Name}/{route.Repository} names {digest}, or several do and contradict each other. Send the manifest first."),
        { } named when named != size => new ContentOutcome.Wrong(string.Create(CultureInfo.InvariantCulture, $"{digest} has {size} bytes, and its manifest says {named}.")),
        _ => null,
    };

    /// <summary>What just came is not the first to go.</summary>
    private ContentOutcome Note(HeldManifest held) => pulls.Note(held.Repository, held.Digest)
        ? new ContentOutcome.Held()
        : new ContentOutcome.Fault($"{held.Digest} is being evicted at this moment, to make room for others. Try again.");

    private static long? Row(DbConnection connection, Route route) => RepositoryTable.Find(connection, route.Project.Name, route.Project.Endpoint!.Registry, route.Repository);

    private static ContentOutcome.Fault? OnDisk(Action work)
    {
        try
        {
            work();
            return null;
        }
        catch (Exception exception) when (exception is IOException or UnauthorizedAccessException)
        {
            return new ContentOutcome.Fault($"The server's disk does not take it: {exception.Message}");
        }
    }

    [LoggerMessage(LogLevel.Information, "imported blob project={Project} repository={Repository} digest={Digest} bytes={Bytes}")]
    private static partial void LogBlob(ILogger log, string project, RepositoryName repository, Digest digest, long bytes);

    [LoggerMessage(LogLevel.Information, "imported tag project={Project} repository={Repository} reference={Tag} digest={Digest}")]
    private static partial void LogTag(ILogger log, string project, RepositoryName repository, Reference tag, Digest digest);
}
