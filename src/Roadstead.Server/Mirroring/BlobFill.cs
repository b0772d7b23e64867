using System.Buffers;
using System.Security.Cryptography;
using Roadstead.Oci;
using Roadstead.Oci.Client;
using Roadstead.Server.Blobs;
using Roadstead.Server.Projects;

namespace Roadstead.Server.Mirroring;

/// <summary>One upstream GET of a blob into a spool file, which any number of readers follow at their own pace. It belongs to the server, not to a request.</summary>
/// <remarks>
/// 1. Upstream is asked; its answer is everyone's, until there is a 200. 2. Room is reserved; where there is none, the answer is handed to those who wait. 3. Bytes are written, hashed, and published to readers,
/// all but the last ones. 4. The digest is compared; only then the last bytes are published, so nobody receives a whole wrong blob.
/// 5. The file is synced, moved to its place, and recorded.
/// </remarks>
internal sealed class BlobFill
{
    private const int ChunkSize = 128 * 1024;
    private const long Withheld = 64 * 1024;

    private readonly Route _route;
    private readonly long? _named;
    private readonly bool _isProof;
    private readonly FileBlobStore _store;
    private readonly StoreRoom _room;
    private readonly BlobRecords _records;
    private readonly TimeProvider _clock;
    private readonly FillProgress _progress = new();
    private readonly TaskCompletionSource<UpstreamOutcome<long>> _started = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private readonly TaskCompletionSource<bool> _stored = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private readonly TaskCompletionSource _ended = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private SharedFile? _file;
    private UpstreamBlob? _unread;
    private volatile bool _cannotBeStored;

    /// <param name="route">The repository that it is fetched from.</param>
    /// <param name="digest">What to fetch.</param>
    /// <param name="named">The size that a manifest gives; null where none names it.</param>
    /// <param name="isProof">True if the store holds it already, for others who may not share it: upstream is to show that it has it too.</param>
    /// <param name="store">Where it goes.</param>
    /// <param name="room">Whether there is room for it.</param>
    /// <param name="records">Where its row is written once the file is in its place.</param>
    /// <param name="clock">For pauses.</param>
    public BlobFill(Route route, Digest digest, long? named, bool isProof, FileBlobStore store, StoreRoom room, BlobRecords records, TimeProvider clock)
    {
        (_route, Digest, _named, _isProof, _store, _room, _records, _clock) = (route, digest, named, isProof, store, room, records, clock);
    }

    public Digest Digest { get; }

    /// <summary>The blob's size in bytes, once <see cref="Started"/> is Found.</summary>
    public long Size { get; private set; }

    /// <summary>Upstream's answer: the size, from when on readers may follow.</summary>
    public Task<UpstreamOutcome<long>> Started => _started.Task;

    /// <summary>True once the blob is held; false when it will not be.</summary>
    public Task<bool> Stored => _stored.Task;

    /// <summary>Complete when it is no longer in the table of fills.</summary>
    public Task Ended => _ended.Task;

    /// <summary>True if it is fetched from this repository, whose upstream has so confirmed it.</summary>
    public bool IsOf(Route route) => _route.Project == route.Project && _route.Repository == route.Repository;

    public Route Route => _route;

    /// <summary>A reader of the bytes that are there and to come; null if they are no longer to be had here.</summary>
    public FillReader? Follow() => _file?.TryShare() == true ? new FillReader(_file, _progress, Size, Stored, () => CannotBeStored) : null;

    /// <summary>Bytes that have come; of the last ones only once all are known to be right.</summary>
    public long Come => _progress.Published;

    /// <summary>True if its bytes will not come, though it may still be in the table.</summary>
    public bool HasFailed => _progress.HasFailed;

    /// <summary>True if the disk would not take it, or there is no room for it: it passes through.</summary>
    public bool CannotBeStored => _cannotBeStored;

    /// <summary>Upstream's answer, of which nothing was read since it is not to be stored; null if it has none, or another one took it.</summary>
    public UpstreamBlob? TakeUnread() => Interlocked.Exchange(ref _unread, null);

    /// <summary>Says that it has left the table of fills.</summary>
    public void Leave() => _ended.TrySetResult();

    /// <summary>Fetches the blob.</summary>
    public async Task<FillEnd> Run(CancellationToken serverStops)
    {
        FillEnd end = new FillEnd.Failed("a fault of the server");
        try
        {
            end = await Fetch(serverStops).ConfigureAwait(false);
        }
        catch (UpstreamBrokenException exception)
        {
            end = new FillEnd.Failed(exception.Message);
        }
        catch (Exception exception) when (exception is IOException or UnauthorizedAccessException or System.Data.Common.DbException)
        {
            // The upstream's own faults are of the kind above or values; these are the disk's.
            _cannotBeStored = true;
            end = new FillEnd.NoRoom(exception.Message);
        }
        catch (OperationCanceledException)
        {
            end = new FillEnd.Failed("the server stops");
        }
        finally
        {
            End(end);
        }

        return end;
    }

    // Whatever ended it, nobody may wait for it any longer.
    private void End(FillEnd end)
    {
        if (end is not FillEnd.Stored)
        {
            var fault = (end as FillEnd.Failed)?.Why ?? (end is FillEnd.NoRoom ? "the mirror's disk would not take it" : null) ?? "upstream did not bring it";
            _cannotBeStored |= end is FillEnd.NotKept;
            _progress.Fail();
            if (end is FillEnd.NoRoom or FillEnd.NotKept && Size > 0)
            {
                _started.TrySetResult(new UpstreamOutcome<long>.Found(Size));
            }

            _started.TrySetResult(new UpstreamOutcome<long>.Unavailable(new UpstreamFault(UpstreamFaultKind.ServerError, $"{Digest}: {fault}")));
        }

        _stored.TrySetResult(end is FillEnd.Stored);
        _file?.Release();
    }

    private async Task<FillEnd> Fetch(CancellationToken stops)
    {
        if (_named is { } told && _room.NeverFits(_route, Digest, told) is { } never)
        {
            Size = told;
            return new FillEnd.NotKept(never);
        }

        var outcome = await BlobRequest.Send(_route, Digest, _named, null, _clock, stops).ConfigureAwait(false);
        if (outcome is not UpstreamOutcome<UpstreamBlob>.Found { Value: var opened })
        {
            _started.TrySetResult(outcome.As<long>());
            return new FillEnd.Refused();
        }

        // Only now: what upstream does not have must drive nothing out.
        var size = _named ?? opened.Size;
        Size = size ?? 0;
        var room = Size > 0 ? await Reserve(opened, stops).ConfigureAwait(false) : null;
        if (room is RoomOutcome.Refused(var why))
        {
            _unread = opened;
            return new FillEnd.NotKept(why);
        }

        using var reservation = (room as RoomOutcome.Reserved)?.Reservation;
        using var body = new ResumingBody(_route, Digest, opened, _clock);
        return await Store(body, size, reservation, stops).ConfigureAwait(false);
    }

    private async Task<RoomOutcome> Reserve(UpstreamBlob opened, CancellationToken stops)
    {
        try
        {
            return await _room.Reserve(_route, Digest, Size, _isProof, stops).ConfigureAwait(false);
        }
        catch
        {
            opened.Dispose();
            throw;
        }
    }

    private async Task<FillEnd> Store(ResumingBody body, long? size, RoomReservation? reservation, CancellationToken stops)
    {
        using var writer = _store.Begin(size ?? 0);
        reservation?.OnDisk();
        _file = new SharedFile(writer.File);

        // What no manifest names may be a manifest, which must not go out as a blob; a small one is looked at before a byte of it goes out.
        var suspect = _named is null && (size ?? 0) <= ManifestReader.MaxSize;
        if (size is { } known && !suspect)
        {
            Announce(known);
        }

        using var hash = Digest.CreateHash();
        await Copy(body, writer, hash, size, stops).ConfigureAwait(false);
        if (Verify(writer, hash, size, suspect) is { } wrong)
        {
            return wrong;
        }

        Announce(writer.Length);
        _progress.Publish(writer.Length);
        writer.Commit(Digest);
        await _records.Add(_route, Digest, Size).ConfigureAwait(false);
        return new FillEnd.Stored();
    }

    private void Announce(long size)
    {
        Size = size;
        _started.TrySetResult(new UpstreamOutcome<long>.Found(size));
    }

    private async Task Copy(ResumingBody body, BlobWriter writer, IncrementalHash hash, long? size, CancellationToken stops)
    {
        var buffer = ArrayPool<byte>.Shared.Rent(ChunkSize);
        try
        {
            int read;
            while ((read = await body.Read(buffer.AsMemory(0, ChunkSize), size, stops).ConfigureAwait(false)) > 0)
            {
                _route.Project.Endpoint!.ReportReceived(read);
                if (writer.Length + read > size)
                {
                    throw new UpstreamBrokenException($"upstream sends more than the {size} bytes that it should");
                }

                writer.Append(buffer.AsSpan(0, read));
                hash.AppendData(buffer.AsSpan(0, read));
                if (size is { } end)
                {
                    _progress.Publish(Math.Min(writer.Length, end - Math.Min(Withheld, end)));
                }
            }
        }
        finally
        {
            ArrayPool<byte>.Shared.Return(buffer);
        }
    }

    /// <returns>The end, if the bytes are not a blob of that digest; null if they are.</returns>
    private FillEnd? Verify(BlobWriter writer, IncrementalHash hash, long? size, bool suspect)
    {
        if ((size is not null && writer.Length != size) || !Digest.Matches(hash))
        {
            // Before anyone can know of it: who comes from now on must not join.
            _progress.Fail();
            _route.Project.Endpoint!.ReportWrongBytes(Digest, $"{_route.Repository} {Digest}: upstream's bytes have another digest; they are discarded");
            _started.TrySetResult(new UpstreamOutcome<long>.Unavailable(
                new UpstreamFault(UpstreamFaultKind.Nonsense, $"{_route.Repository} {Digest}: upstream's bytes have another digest")));
            return new FillEnd.Refused();
        }

        if (writer.Length <= ManifestReader.MaxSize && ((suspect && LooksLikeManifest(writer)) || _records.IsManifestOfAnyone(Digest)))
        {
            _started.TrySetResult(new UpstreamOutcome<long>.NotFound());
            return new FillEnd.Failed("it was asked for as a blob, and it is a manifest");
        }

        return null;
    }

    private static bool LooksLikeManifest(BlobWriter writer)
    {
        var bytes = new byte[writer.Length];
        return RandomAccess.Read(writer.File, bytes, 0) == bytes.Length && ManifestReader.LooksLikeManifest(bytes);
    }
}
