using System.Data.Common;
using Roadstead.Oci;
using Roadstead.Oci.Client;
using Roadstead.Server.Blobs;
using Roadstead.Server.Integrity;
using Roadstead.Server.Metadata;
using Roadstead.Server.Projects;

namespace Roadstead.Server.Mirroring;

/// <summary>Blobs by digest: from the store, from a fill under way, or from a new one. A blob is served to a repository only if its own upstream has it.</summary>
internal sealed class BlobMirror(
    FileBlobStore store, BlobFillTable fills, BlobRelayTable relays, StoreRoom room, Database database, UsageLedger ledger, StorageFaults storage, DamagedBlobs damaged, TimeProvider clock,
    ServerLifetime lifetime) : IDisposable
{
    private readonly SharedCalls<BlobKey, UpstreamOutcome<long>> _confirmations = new(lifetime.Stops);
    private readonly SharedCalls<Digest, bool> _checks = new(lifetime.Stops);
    private readonly RecentRefusals _refusals = new();
    private readonly HeldBlobs _held = new();

    /// <summary>Opens a blob for reading, fetching it if need be. The caller disposes what is served.</summary>
    public async Task<MirrorAnswer<BlobSource>> Open(Route route, Digest digest, CancellationToken cancellation) =>
        await TryOpen(route, digest, mayPass: true, cancellation).ConfigureAwait(false) ?? throw new InvalidOperationException("What cannot be stored passes through.");

    /// <returns>The answer; null if it cannot be stored and may not pass through.</returns>
    private async Task<MirrorAnswer<BlobSource>?> TryOpen(Route route, Digest digest, bool mayPass, CancellationToken cancellation)
    {
        var key = BlobKey.Of(route, digest);
        if (_held.Find(key) is { } lately && fills.Find(digest) is null && await OpenHeld(route, digest, lately, cancellation).ConfigureAwait(false) is { } again)
        {
            return again;
        }

        _held.Forget(key);
        var hasFailed = false;
        while (true)
        {
            var known = Look(route, digest);
            if (known.IsManifest)
            {
                return NotServed(new UpstreamOutcome<BlobSource>.NotFound());
            }

            if (_refusals.Find<BlobSource>(route.Project.Endpoint!, key) is { } refusal && !known.IsLinked)
            {
                return NotServed(refusal);
            }

            // A fill of this repository's own is joined even when its file is in its place and its row is about to be.
            var joinable = fills.Find(digest) is { } running && (known.IsLinked || running.IsOf(route));
            if (!joinable && await OpenHeld(route, digest, known, cancellation).ConfigureAwait(false) is { } held)
            {
                if (held is MirrorAnswer<BlobSource>.Served { Value: BlobSource.Held })
                {
                    _held.Remember(key, known);
                }

                return held;
            }

            switch (await Follow(route, digest, known, mayPass, cancellation).ConfigureAwait(false))
            {
                case { Answer: { } followed }:
                    return followed;
                case { IsNotKept: true }:
                    return null;
                case { Fault: { } fault } when hasFailed:
                    // What is wrong each time it comes would be asked for without end.
                    return NotServed(fault);
                case { Fault: not null }:
                    hasFailed = true;
                    break;
            }
        }
    }

    /// <summary>The size of a blob in bytes; nothing is fetched for it.</summary>
    public async Task<MirrorAnswer<long>> Stat(Route route, Digest digest, CancellationToken cancellation)
    {
        var known = Look(route, digest);
        if (known.IsManifest)
        {
            return new MirrorAnswer<long>.NotServed(new UpstreamOutcome<long>.NotFound());
        }

        if (HeldSize(digest, known) is { } held && known.IsLinked)
        {
            return new MirrorAnswer<long>.Served(held, CacheOutcome.Hit);
        }

        if (fills.Find(digest) is { } fill && (known.IsLinked || fill.IsOf(route)) && await fill.Started.WaitAsync(cancellation).ConfigureAwait(false) is UpstreamOutcome<long>.Found filling)
        {
            return new MirrorAnswer<long>.Served(filling.Value, CacheOutcome.Miss);
        }

        var outcome = await Confirm(route, digest, cancellation, isPull: false).ConfigureAwait(false);
        return outcome is UpstreamOutcome<long>.Found found
            ? new MirrorAnswer<long>.Served(HeldSize(digest, known) ?? found.Value, CacheOutcome.Miss)
            : new MirrorAnswer<long>.NotServed(outcome);
    }

    /// <summary>Has the store hold the blob, for this repository; complete when it does.</summary>
    /// <returns>Found, or why it cannot be held; null if there is no room for it.</returns>
    public async Task<UpstreamOutcome<long>?> Complete(Route route, Digest digest, CancellationToken cancellation)
    {
        switch (await TryOpen(route, digest, mayPass: false, cancellation).ConfigureAwait(false))
        {
            case null:
                return null;
            case MirrorAnswer<BlobSource>.NotServed(var why):
                return why.As<long>();
            case MirrorAnswer<BlobSource>.Served(var source, _, _):
                using (source)
                {
                    if (source is BlobSource.Held && !Look(route, digest).IsLinked)
                    {
                        // At hand, and not to be counted for this project.
                        return null;
                    }

                    var isHeld = source is BlobSource.Held || (source is BlobSource.Filling { Reader: var reader } && await reader.Stored.WaitAsync(cancellation).ConfigureAwait(false));
                    return isHeld
                        ? new UpstreamOutcome<long>.Found(source.Size)
                        : new UpstreamOutcome<long>.Unavailable(new UpstreamFault(UpstreamFaultKind.ServerError, $"{route.Repository} {digest} was not stored"));
                }

            default:
                throw new InvalidOperationException("Unknown answer.");
        }
    }

    public void Dispose()
    {
        _refusals.Dispose();
        _held.Dispose();
    }

    /// <returns>The answer, if there is one; else what is held must be looked at again.</returns>
    private async Task<Followed> Follow(Route route, Digest digest, BlobKnowledge known, bool mayPass, CancellationToken cancellation)
    {
        if (mayPass && relays.TryJoin(BlobKey.Of(route, digest)) is var (running, place))
        {
            // It just proved to be more than can be stored.
            return new Followed(await Pass(new PassThrough(route, digest, running.Size, running.IsNamed, clock), running, place, cancellation).ConfigureAwait(false));
        }

        var fill = fills.FindOrStart(digest, () => store.Stat(digest) is null ? new BlobFill(route, digest, known.NamedSize, store, room, clock, Record) : null);
        if (fill is null)
        {
            return default;
        }

        var own = fill.IsOf(route);
        if (!own && !known.IsLinked && await Confirm(route, digest, cancellation).ConfigureAwait(false) is not UpstreamOutcome<long>.Found and var refused)
        {
            return new Followed(NotServed(refused.As<BlobSource>()));
        }

        var started = await fill.Started.WaitAsync(cancellation).ConfigureAwait(false);
        if (started is UpstreamOutcome<long>.Found)
        {
            var otherwise = new PassThrough(route, digest, fill.Size, known.NamedSize is not null, clock);
            if (!fill.HasFailed && fill.Follow() is { } reader)
            {
                return new Followed(new MirrorAnswer<BlobSource>.Served(new BlobSource.Filling(reader, otherwise), CacheOutcome.Miss));
            }

            if (fill.CannotBeStored)
            {
                return mayPass ? new Followed(await Pass(otherwise, fill, cancellation).ConfigureAwait(false)) : new Followed(null, IsNotKept: true);
            }
        }

        if (started is not UpstreamOutcome<long>.Found && own)
        {
            _refusals.Remember(route.Project.Endpoint!, BlobKey.Of(route, digest), started);
            return new Followed(NotServed(started.As<BlobSource>()));
        }

        // It ended in the meantime; or it is another repository's, whose upstream's refusal is no answer for this one.
        await fill.Ended.WaitAsync(cancellation).ConfigureAwait(false);
        return own && fill.HasFailed
            ? new Followed(null, Fault: new UpstreamOutcome<BlobSource>.Unavailable(new UpstreamFault(UpstreamFaultKind.ServerError, $"{route.Repository} {digest}: upstream did not bring it")))
            : default;
    }

    private async Task<MirrorAnswer<BlobSource>?> OpenHeld(Route route, Digest digest, BlobKnowledge known, CancellationToken cancellation)
    {
        try
        {
            return await OpenFile(route, digest, known, cancellation).ConfigureAwait(false);
        }
        catch (Exception exception) when (exception is IOException or UnauthorizedAccessException)
        {
            // Held, and not to be had: as if it could not be stored.
            storage.Report("blobs", $"{digest} cannot be read: {exception.Message}");
            return await Confirm(route, digest, cancellation).ConfigureAwait(false) switch
            {
                UpstreamOutcome<long>.Found found => await Pass(new PassThrough(route, digest, known.Size ?? known.NamedSize ?? found.Value, known.NamedSize is not null, clock), null, cancellation).ConfigureAwait(false),
                var refused => NotServed(refused.As<BlobSource>()),
            };
        }
    }

    /// <summary>Joins those whose blob passes through already, or begins it, with what upstream answered to a fill that could not keep it.</summary>
    private async Task<MirrorAnswer<BlobSource>> Pass(PassThrough body, BlobFill? fill, CancellationToken cancellation)
    {
        var (relay, reader) = relays.Join(body, () => fill?.IsOf(body.Route) == true ? fill.TakeUnread() : null);
        return await Pass(body, relay, reader, cancellation).ConfigureAwait(false);
    }

    private static async Task<MirrorAnswer<BlobSource>> Pass(PassThrough body, BlobRelay relay, RelayReader reader, CancellationToken cancellation)
    {
        body.Via(reader);
        try
        {
            if (await relay.Started.WaitAsync(cancellation).ConfigureAwait(false) is not UpstreamOutcome<long>.Found and var refused)
            {
                body.Dispose();
                return NotServed(refused.As<BlobSource>());
            }

            return new MirrorAnswer<BlobSource>.Served(new BlobSource.Passing(body), CacheOutcome.Bypass);
        }
        catch (OperationCanceledException)
        {
            body.Dispose();
            throw;
        }
    }

    private async Task<MirrorAnswer<BlobSource>?> OpenFile(Route route, Digest digest, BlobKnowledge known, CancellationToken cancellation)
    {
        if (store.Open(digest) is not { } blob)
        {
            return null;
        }

        long? told = null;
        if (!known.IsLinked || known.Size is null)
        {
            var confirmed = await Confirm(route, digest, cancellation).ConfigureAwait(false);
            if (confirmed is not UpstreamOutcome<long>.Found found)
            {
                blob.Dispose();
                return NotServed(confirmed.As<BlobSource>());
            }

            told = known.NamedSize ?? found.Value;
        }

        if (known.Size is { } size && blob.Size != size)
        {
            // Shortened or emptied behind the server's back: not a blob any more.
            blob.Dispose();
            store.Delete(digest);
            return null;
        }

        if (known.Size is null && blob.Size != told && !await IsRight(digest, blob.Size).WaitAsync(cancellation).ConfigureAwait(false))
        {
            blob.Dispose();
            return null;
        }

        return new MirrorAnswer<BlobSource>.Served(
            new BlobSource.Held(blob, new PassThrough(route, digest, blob.Size, known.NamedSize is not null, clock)), CacheOutcome.Hit);
    }

    /// <summary>
    /// Looks at the bytes of a file that no row vouches for, and whose size is not the one that was told: by an upstream, or by a manifest that anyone
    /// could have written. Neither says anything of a file; its hash does.
    /// </summary>
    /// <returns>True if it is the blob, which is recorded then; false if it was not, and is taken away.</returns>
    private Task<bool> IsRight(Digest digest, long size) => _checks.Join(digest, async _ =>
    {
        if (await BlobCheck.Run(store, digest, _ => Task.CompletedTask).ConfigureAwait(false) is not BlobFinding.Right)
        {
            await storage.Survive(() => damaged.TakeAway(digest)).ConfigureAwait(false);
            return false;
        }

        await storage.Survive(() => Change(digest, connection => BlobTable.Add(connection, digest, size, clock.GetUtcNow()))).ConfigureAwait(false);
        return true;
    });

    private long? HeldSize(Digest digest, BlobKnowledge known) => known.Size is { } size && store.Stat(digest) == size ? size : null;

    /// <summary>Asks this repository's upstream whether it has the blob, and notes that it has, where there is room for it in the project's quota.</summary>
    /// <param name="route">The repository.</param>
    /// <param name="digest">The blob.</param>
    /// <param name="cancellation">Ends the wait.</param>
    /// <param name="isPull">False if only its size is wanted: nothing makes room for that.</param>
    private async Task<UpstreamOutcome<long>> Confirm(Route route, Digest digest, CancellationToken cancellation, bool isPull = true)
    {
        var key = BlobKey.Of(route, digest);
        if (_refusals.Find<long>(route.Project.Endpoint!, key) is { } refusal)
        {
            return refusal;
        }

        return await _confirmations.Join(key, async stops =>
        {
            var outcome = await route.Project.Endpoint!.HeadBlob(route.Repository, digest, stops).ConfigureAwait(false);
            _refusals.Remember(route.Project.Endpoint!, key, outcome);
            if (outcome is UpstreamOutcome<long>.Found { Value: var told })
            {
                using var admitted = await MayLink(route, digest, told, isPull, stops).ConfigureAwait(false);
                if (admitted is null || (!isPull && store.Stat(digest) is null))
                {
                    // Nor is it noted for its size alone: what is not held counts for nobody yet, and would count unasked once another project holds it.
                    return outcome;
                }

                await storage.Survive(() => Change(digest, connection =>
                {
                    Link(connection, route, digest, clock.GetUtcNow());
                    // A file that has another size was shortened while no row knew of it.
                    if (store.Stat(digest) == told)
                    {
                        BlobTable.Add(connection, digest, told, null);
                    }
                })).ConfigureAwait(false);
            }

            return outcome;
        }).WaitAsync(cancellation).ConfigureAwait(false);
    }

    /// <returns>What keeps its room until it is noted; null if it is not to be.</returns>
    private async Task<RoomReservation?> MayLink(Route route, Digest digest, long size, bool isPull, CancellationToken stops)
    {
        try
        {
            return route.Project.Options.Quota is null ? RoomReservation.None : isPull ? await room.Admit(route, digest, size, stops).ConfigureAwait(false) : null;
        }
        catch (DbException exception)
        {
            storage.Report("database", $"{digest} is not noted for the project {route.Project.Name}: {exception.Message}");
            return null;
        }
    }

    private Task Record(BlobFill fill) => Change(fill.Digest, connection =>
    {
        BlobTable.Add(connection, fill.Digest, fill.Size, clock.GetUtcNow());
        Link(connection, fill.Route, fill.Digest, clock.GetUtcNow());
    });

    private async Task Change(Digest digest, Action<DbConnection> change) =>
        ledger.Apply(await database.Write(connection => ledger.Track(connection, digest, () => change(connection))).ConfigureAwait(false));

    /// <summary>Notes that a repository has a blob, and that it belongs to no image there where that is so.</summary>
    internal static void Link(DbConnection connection, Route route, Digest digest, DateTimeOffset at)
    {
        var repository = RepositoryTable.FindOrAdd(connection, route.Project.Name, route.Project.Endpoint!.Registry, route.Repository);
        RepositoryTable.LinkBlob(connection, repository, digest);
        if (ManifestTable.BlobSize(connection, repository, digest) is null)
        {
            LooseBlobTable.Note(connection, repository, digest, at);
        }
    }

    private BlobKnowledge Look(Route route, Digest digest) => storage.Survive(() => Read(route, digest), BlobKnowledge.None);

    private BlobKnowledge Read(Route route, Digest digest) => database.Read(connection =>
    {
        var repository = RepositoryTable.Find(connection, route.Project.Name, route.Project.Endpoint!.Registry, route.Repository);
        return new BlobKnowledge(
            ManifestTable.Exists(connection, digest),
            repository is { } id && RepositoryTable.HasBlob(connection, id, digest),
            BlobTable.Size(connection, digest),
            repository is { } row ? ManifestTable.BlobSize(connection, row, digest) : null);
    });

    private static MirrorAnswer<BlobSource> NotServed(UpstreamOutcome<BlobSource> why) => new MirrorAnswer<BlobSource>.NotServed(why);

    /// <param name="Answer">The answer; null if there is none yet.</param>
    /// <param name="IsNotKept">It cannot be stored, and may not pass through.</param>
    /// <param name="Fault">It came to nothing before a byte of it could be had.</param>
    private readonly record struct Followed(MirrorAnswer<BlobSource>? Answer, bool IsNotKept = false, UpstreamOutcome<BlobSource>? Fault = null);
}
