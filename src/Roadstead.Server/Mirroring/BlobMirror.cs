using System.Data.Common;
using Roadstead.Oci;
using Roadstead.Oci.Client;
using Roadstead.Server.Blobs;
using Roadstead.Server.Integrity;
using Roadstead.Server.Projects;

namespace Roadstead.Server.Mirroring;

/// <summary>
/// Blobs by digest: from the store, from a fill under way, or from a new one. A blob is served to a repository only if its own upstream has it: its word is believed of what the project may share
/// (<see cref="SharingRule"/>), and all else it has to send.
/// </summary>
internal sealed class BlobMirror(
    FileBlobStore store, BlobFillTable fills, BlobRelayTable relays, StoreRoom room, BlobRecords records, StorageFaults storage, DamagedBlobs damaged, TimeProvider clock, ServerLifetime lifetime) : IDisposable
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
        if (_held.Find(key) is { } lately && fills.Find(digest, route.Project) is null && await OpenHeld(route, digest, lately, cancellation).ConfigureAwait(false) is { } again)
        {
            return again;
        }

        _held.Forget(key);
        var hasFailed = false;
        while (true)
        {
            var known = records.Look(route, digest);
            if (known.IsManifest)
            {
                return NotServed(new UpstreamOutcome<BlobSource>.NotFound());
            }

            if (_refusals.Find<BlobSource>(route.Project.Endpoint!, key) is { } refusal && !known.IsLinked)
            {
                return NotServed(refusal);
            }

            // A fill of this repository's own is joined even when its file is in its place and its row is about to be.
            var joinable = fills.Find(digest, route.Project) is { } running && (known.IsLinked || running.IsOf(route));
            if (!joinable && known.MayOpen && await OpenHeld(route, digest, known, cancellation).ConfigureAwait(false) is { } held)
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
        var known = records.Look(route, digest);
        if (known.IsManifest)
        {
            return new MirrorAnswer<long>.NotServed(new UpstreamOutcome<long>.NotFound());
        }

        if (HeldSize(digest, known) is { } held && known.IsLinked)
        {
            return new MirrorAnswer<long>.Served(held, CacheOutcome.Hit);
        }

        if (fills.Find(digest, route.Project) is { } fill && (known.IsLinked || fill.IsOf(route)) && await fill.Started.WaitAsync(cancellation).ConfigureAwait(false) is UpstreamOutcome<long>.Found filling)
        {
            return new MirrorAnswer<long>.Served(filling.Value, CacheOutcome.Miss);
        }

        var outcome = await Confirm(route, digest, known, cancellation, isPull: false).ConfigureAwait(false);
        return outcome is UpstreamOutcome<long>.Found found
            ? new MirrorAnswer<long>.Served((known.MayOpen ? HeldSize(digest, known) : null) ?? found.Value, CacheOutcome.Miss)
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
                    if (source is BlobSource.Held && !records.Look(route, digest).IsLinked)
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
            return new Followed(await Pass(Otherwise(route, digest, running.Size, running.IsNamed), running, place, cancellation).ConfigureAwait(false));
        }

        var fill = fills.FindOrStart(digest, route.Project, () => store.Stat(digest) is var held && held is not null && known.MayOpen
            ? null
            : new BlobFill(route, digest, known.NamedSize, isProof: held is not null && held == known.Size, store, room, records, clock));
        if (fill is null)
        {
            return default;
        }

        var own = fill.IsOf(route);
        if (!own && !known.IsLinked && await Confirm(route, digest, known, cancellation).ConfigureAwait(false) is not UpstreamOutcome<long>.Found and var refused)
        {
            return new Followed(NotServed(refused.As<BlobSource>()));
        }

        var started = await fill.Started.WaitAsync(cancellation).ConfigureAwait(false);
        if (started is UpstreamOutcome<long>.Found)
        {
            var otherwise = Otherwise(route, digest, fill.Size, known.NamedSize is not null);
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
            return await Confirm(route, digest, known, cancellation).ConfigureAwait(false) switch
            {
                UpstreamOutcome<long>.Found found => await Pass(Otherwise(route, digest, known.Size ?? known.NamedSize ?? found.Value, known.NamedSize is not null), null, cancellation).ConfigureAwait(false),
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
            var confirmed = await Confirm(route, digest, known, cancellation).ConfigureAwait(false);
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
            new BlobSource.Held(blob, Otherwise(route, digest, blob.Size, known.NamedSize is not null)), CacheOutcome.Hit);
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

        await storage.Survive(() => records.FoundRight(digest, size)).ConfigureAwait(false);
        return true;
    });

    private long? HeldSize(Digest digest, BlobKnowledge known) => known.Size is { } size && store.Stat(digest) == size ? size : null;

    /// <summary>Asks this repository's upstream whether it has the blob, and notes that it has, where there is room for it in the project's quota.</summary>
    /// <param name="route">The repository.</param>
    /// <param name="digest">The blob.</param>
    /// <param name="known">What is known of both. Of what may not be opened on upstream's word nothing is noted on it either.</param>
    /// <param name="cancellation">Ends the wait.</param>
    /// <param name="isPull">False if only its size is wanted: nothing makes room for that.</param>
    private async Task<UpstreamOutcome<long>> Confirm(Route route, Digest digest, BlobKnowledge known, CancellationToken cancellation, bool isPull = true)
    {
        var key = BlobKey.Of(route, digest);
        if (_refusals.Find<long>(route.Project.Endpoint!, key) is { } refusal)
        {
            return refusal;
        }

        return await _confirmations.Join(key, async stops =>
        {
            var outcome = await route.Project.Endpoint!.HeadBlob(route.Repository, digest, stops).ConfigureAwait(false);
            outcome = outcome is UpstreamOutcome<long>.Found && records.IsSharedManifest(route, digest) ? new UpstreamOutcome<long>.NotFound() : outcome;
            _refusals.Remember(route.Project.Endpoint!, key, outcome);
            if (outcome is UpstreamOutcome<long>.Found { Value: var told } && known.MayOpen)
            {
                using var admitted = await MayLink(route, digest, told, isPull, stops).ConfigureAwait(false);
                if (admitted is null || (!isPull && store.Stat(digest) is null))
                {
                    // Nor is it noted for its size alone: what is not held counts for nobody yet, and would count unasked once another project holds it.
                    return outcome;
                }

                // A file that has another size was shortened while no row knew of it.
                await storage.Survive(() => records.Confirm(route, digest, () => store.Stat(digest) == told ? told : null)).ConfigureAwait(false);
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

    private PassThrough Otherwise(Route route, Digest digest, long size, bool isNamed) => new(route, digest, size, isNamed, records, clock);

    private static MirrorAnswer<BlobSource> NotServed(UpstreamOutcome<BlobSource> why) => new MirrorAnswer<BlobSource>.NotServed(why);

    /// <param name="Answer">The answer; null if there is none yet.</param>
    /// <param name="IsNotKept">It cannot be stored, and may not pass through.</param>
    /// <param name="Fault">It came to nothing before a byte of it could be had.</param>
    private readonly record struct Followed(MirrorAnswer<BlobSource>? Answer, bool IsNotKept = false, UpstreamOutcome<BlobSource>? Fault = null);
}
