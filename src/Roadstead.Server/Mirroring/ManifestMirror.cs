using Roadstead.Oci;
using Roadstead.Oci.Client;
using Roadstead.Server.Metadata;
using Roadstead.Server.Projects;

namespace Roadstead.Server.Mirroring;

/// <summary>Why a manifest is asked for.</summary>
public enum ManifestPurpose
{
    /// <summary>A client looks at it.</summary>
    Inspect,

    /// <summary>A client pulls it: what it names will be asked for next, and is completed whether or not the client stays.</summary>
    Pull,

    /// <summary>The mirror completes an image.</summary>
    Complete,

    /// <summary>The mirror looks what a client would get, which is no pull.</summary>
    Drill,
}

/// <summary>Manifests by reference: fresh from the store, stale after asking upstream, cold from upstream, one call for all who wait.</summary>
internal sealed class ManifestMirror(
    HeldManifests held, RecentPulls pulls, ImageClosure closure, PrefetchQueue prefetch, SharingRule sharing, Database database, StorageFaults storage, TimeProvider clock, ServerLifetime lifetime) : IDisposable
{
    // An endpoint that answered this lately will serve the rest of an image that is not whole.
    private static readonly TimeSpan AnsweredLately = TimeSpan.FromSeconds(5);

    // How long what the database and the files say of a manifest is believed before they are looked at again.
    private static readonly TimeSpan WholeFor = TimeSpan.FromSeconds(10);

    // Much shorter than a pull counts as under way.
    private static readonly TimeSpan NotedFor = TimeSpan.FromMilliseconds(50);

    private readonly SharedCalls<ManifestKey, UpstreamOutcome<HeldManifest>> _calls = new(lifetime.Stops);
    private readonly SharedCalls<string, bool> _probes = new(lifetime.Stops);
    private readonly RecentRefusals _refusals = new();
    private readonly DeletedTags _deleted = new(held, database, storage, clock);

    public async Task<MirrorAnswer<HeldManifest>> Get(Route route, Reference reference, ManifestPurpose purpose, CancellationToken cancellation)
    {
        var key = ManifestKey.Of(route, reference);
        var answer = held.Find(key) is not { } copy ? await Cold(route, key, cancellation).ConfigureAwait(false)
            : IsFresh(route, copy, reference) ? new MirrorAnswer<HeldManifest>.Served(copy, CacheOutcome.Hit)
            : await Stale(route, key, copy, cancellation).ConfigureAwait(false);
        if (purpose is ManifestPurpose.Inspect or ManifestPurpose.Pull && answer is MirrorAnswer<HeldManifest>.Served { Value: { IsStored: true } pulled } && !TryNote(pulled))
        {
            // It is being evicted at this moment, and comes anew.
            answer = await Cold(route, key, cancellation).ConfigureAwait(false);
            _ = answer is MirrorAnswer<HeldManifest>.Served { Value: { IsStored: true } again } && TryNote(again);
        }

        return answer is MirrorAnswer<HeldManifest>.Served served && purpose != ManifestPurpose.Complete
            ? await ServeIfWhole(route, reference, served, purpose, cancellation).ConfigureAwait(false)
            : answer;
    }

    /// <summary>A manifest that <see cref="Get"/> would serve from memory alone, without waiting for anything; null: it may be had the other way.</summary>
    public HeldManifest? FindAtOnce(Route route, Reference reference, ManifestPurpose purpose) =>
        held.InMemory(ManifestKey.Of(route, reference)) is { IsStored: true } copy && IsFresh(route, copy, reference) && copy.WasWholeWithin(WholeFor, clock)
        && (purpose != ManifestPurpose.Pull || reference.IsTag || copy.WasAskedWithin(WholeFor, clock)) && TryNote(copy)
            ? copy
            : null;

    public void Dispose() => _refusals.Dispose();

    /// <summary>Notes that a client pulls it, which keeps it from being evicted.</summary>
    /// <returns>False if that comes too late.</returns>
    private bool TryNote(HeldManifest manifest)
    {
        if (manifest.WasNotedWithin(NotedFor, clock))
        {
            return true;
        }

        if (!pulls.Note(manifest.Repository, manifest.Digest))
        {
            return false;
        }

        manifest.MarkNoted(clock);
        return true;
    }

    /// <summary>What the database says, or no where it cannot be asked.</summary>
    private bool Knows(Func<System.Data.Common.DbConnection, bool> question) => storage.Survive(() => database.Read(question), false);

    private bool IsFresh(Route route, HeldManifest copy, Reference reference)
    {
        if (copy.GoneSince is not null)
        {
            // It may have come back.
            return false;
        }

        if (!reference.IsTag || copy.FreshFor(route.Project, route.Repository, reference) is not { } freshFor)
        {
            return true;
        }

        var age = clock.GetUtcNow() - copy.CheckedAt;
        return age >= TimeSpan.Zero && age < freshFor;
    }

    private async Task<MirrorAnswer<HeldManifest>> Cold(Route route, ManifestKey key, CancellationToken cancellation)
    {
        if (_refusals.Find<HeldManifest>(route.Project.Endpoint!, key) is { } refusal)
        {
            return new MirrorAnswer<HeldManifest>.NotServed(refusal);
        }

        var outcome = await _calls.Join(key, stops => Fetch(route, key, stops)).WaitAsync(cancellation).ConfigureAwait(false);
        return outcome is UpstreamOutcome<HeldManifest>.Found found
            ? new MirrorAnswer<HeldManifest>.Served(found.Value, found.Value.IsStored ? CacheOutcome.Miss : CacheOutcome.Bypass)
            : new MirrorAnswer<HeldManifest>.NotServed(outcome);
    }

    private async Task<MirrorAnswer<HeldManifest>> Stale(Route route, ManifestKey key, HeldManifest copy, CancellationToken cancellation)
    {
        var call = () => _calls.Join(key, stops => Revalidate(route, key, copy, stops));
        var outcome = await route.Project.Endpoint!.Patience(route.Repository, key.Reference, hasCopy: true, call, clock, cancellation).ConfigureAwait(false);
        if (outcome is UpstreamOutcome<HeldManifest>.Found found)
        {
            return new MirrorAnswer<HeldManifest>.Served(found.Value, found.Value.Digest == copy.Digest ? CacheOutcome.Hit : CacheOutcome.Miss);
        }

        // What upstream last said of the tag holds for as long as it says nothing else.
        copy = held.Find(key) ?? copy;
        if (_deleted.Refusal(route, key, copy) is { } refusal)
        {
            return refusal;
        }

        var isGone = outcome is UpstreamOutcome<HeldManifest>.NotFound;
        var isKept = _deleted.IsKept(route, key.Reference, copy);
        return isKept || ((isGone || copy.GoneSince is not null) && _deleted.IsPinned(copy))
            ? new MirrorAnswer<HeldManifest>.Served(copy, CacheOutcome.Stale, isGone && !isKept ? StaleReason.GoneAndPinned : StaleReason.Of(outcome))
            : new MirrorAnswer<HeldManifest>.NotServed(outcome);
    }

    /// <summary>One GET of all types, or, where a repository of those that share with this one brought the bytes already, upstream's word that this one has them too.</summary>
    private async Task<UpstreamOutcome<HeldManifest>> Fetch(Route route, ManifestKey key, CancellationToken stops)
    {
        var endpoint = route.Project.Endpoint!;
        if (key.Reference.Digest is { } digest
            && Knows(connection => ManifestTable.Exists(connection, digest) && sharing.MayShare(route.Project, () => UsageTable.HoldersOfManifest(connection, digest))))
        {
            // Whoever tells another digest speaks of something else.
            var head = await endpoint.HeadManifest(route.Repository, key.Reference, stops).ConfigureAwait(false);
            if (head is UpstreamOutcome<UpstreamManifestHead>.Found { Value.Digest: var told } && (told is null || told == digest) && await held.Confirm(key, digest).ConfigureAwait(false) is { } confirmed)
            {
                return new UpstreamOutcome<HeldManifest>.Found(confirmed);
            }
        }

        var outcome = await GetAndStore(route, key, key.Reference, stops).ConfigureAwait(false);
        _refusals.Remember(endpoint, key, outcome);
        return outcome;
    }

    private async Task<UpstreamOutcome<HeldManifest>> Revalidate(Route route, ManifestKey key, HeldManifest copy, CancellationToken stops)
    {
        var outcome = await Compare(route, key, copy, stops).ConfigureAwait(false);
        return outcome is UpstreamOutcome<HeldManifest>.NotFound
            ? await _deleted.Confirm(route, key, copy, () => GetAndStore(route, key, key.Reference, stops), stops).ConfigureAwait(false)
            : outcome;
    }

    /// <summary>A HEAD, which costs nothing of a rate limit; then, only where the tag moved, a GET.</summary>
    private async Task<UpstreamOutcome<HeldManifest>> Compare(Route route, ManifestKey key, HeldManifest copy, CancellationToken stops)
    {
        var endpoint = route.Project.Endpoint!;
        var head = await endpoint.HeadManifest(route.Repository, key.Reference, stops).ConfigureAwait(false);
        if (head is UpstreamOutcome<UpstreamManifestHead>.Found { Value.Digest: { } digest })
        {
            // A header proves nothing: it must not bring this repository a manifest that only others have.
            if (digest == copy.Digest || Knows(connection => RepositoryTable.HasManifest(connection, copy.Repository, digest)))
            {
                return await held.Confirm(key, digest).ConfigureAwait(false) is { } known
                    ? new UpstreamOutcome<HeldManifest>.Found(known)
                    : await GetAndStore(route, key, key.Reference, stops).ConfigureAwait(false);
            }

            if (await GetAndStore(route, key, new Reference(digest), stops).ConfigureAwait(false) is UpstreamOutcome<HeldManifest>.Found moved)
            {
                return moved;
            }
        }
        else if (head is not (UpstreamOutcome<UpstreamManifestHead>.Found or UpstreamOutcome<UpstreamManifestHead>.Unavailable { Fault.Kind: UpstreamFaultKind.Nonsense }))
        {
            return head.As<HeldManifest>();
        }

        // An upstream that answers no HEAD, or with a digest that it does not have.
        return await GetAndStore(route, key, key.Reference, stops).ConfigureAwait(false);
    }

    private async Task<UpstreamOutcome<HeldManifest>> GetAndStore(Route route, ManifestKey key, Reference wanted, CancellationToken stops)
    {
        var outcome = await route.Project.Endpoint!.GetManifest(route.Repository, wanted, stops).ConfigureAwait(false);
        return outcome is UpstreamOutcome<UpstreamManifest>.Found found
            ? new UpstreamOutcome<HeldManifest>.Found(await held.Store(key, found.Value).ConfigureAwait(false))
            : outcome.As<HeldManifest>();
    }

    /// <summary>
    /// Runtimes turn to another source before they have a manifest and never after it. So a manifest is served if all it names is held, or if its endpoint
    /// just showed that it can bring the rest.
    /// </summary>
    private async Task<MirrorAnswer<HeldManifest>> ServeIfWhole(
        Route route, Reference reference, MirrorAnswer<HeldManifest>.Served served, ManifestPurpose purpose, CancellationToken cancellation)
    {
        var manifest = served.Value;
        if (!manifest.IsStored)
        {
            // Upstream brought it just now, and the disk would not take it: what it names will come the same way.
            return served;
        }

        if (purpose == ManifestPurpose.Pull && !reference.IsTag && !manifest.WasAskedWithin(WholeFor, clock))
        {
            await Ask(manifest, cancellation).ConfigureAwait(false);
        }

        if (manifest.WasWholeWithin(WholeFor, clock))
        {
            return served;
        }

        switch (storage.Survive(() => closure.Missing(route.Project, manifest.Repository, manifest.Digest), null))
        {
            case { IsEmpty: true }:
                manifest.MarkWhole(clock);
                return served;
            case null when manifest.WasWholeWithin(TimeSpan.MaxValue, clock):
                // The database cannot be asked, and when it could it knew of nothing that was missing.
                return served;
        }

        if (purpose == ManifestPurpose.Pull)
        {
            prefetch.Add(new PrefetchImage(route, manifest.Repository, manifest.Digest));
        }

        // That its front page answers is no comfort where it has just failed to confirm this very image.
        var endpoint = route.Project.Endpoint!;
        if (served.StaleReason is not (null or StaleReason.Gone or StaleReason.GoneAndPinned))
        {
            return InPart(route, reference, manifest);
        }

        if (endpoint.Health.AnsweredWithin(AnsweredLately, route.Repository))
        {
            return served;
        }

        await _probes.Join(endpoint.Name, async stops =>
        {
            await endpoint.Probe(stops).ConfigureAwait(false);
            return true;
        }).WaitAsync(cancellation).ConfigureAwait(false);
        return endpoint.Health.AnsweredWithin(AnsweredLately, route.Repository)
            ? served
            : InPart(route, reference, manifest);
    }

    /// <summary>What a tag named until it moved is better than nothing, where that is whole and the rest of what it names now cannot be had.</summary>
    private MirrorAnswer<HeldManifest> InPart(Route route, Reference reference, HeldManifest manifest) =>
        reference.IsTag && held.Former(ManifestKey.Of(route, reference), manifest.Repository) is { IsStored: true } former
        && storage.Survive(() => closure.Missing(route.Project, former.Repository, former.Digest), null) is { IsEmpty: true }
            ? new MirrorAnswer<HeldManifest>.Served(former, CacheOutcome.Stale, StaleReason.NewerInPart)
            : HeldInPart(route, reference);

    /// <summary>Has the database know that clients ask for a manifest by its digest, as they do for their platform's of an index.</summary>
    private async Task Ask(HeldManifest manifest, CancellationToken cancellation)
    {
        var isKnown = storage.Survive(() => (bool?)!database.Read(connection => ManifestTable.IsUnasked(connection, manifest.Repository, manifest.Digest)), null);
        if (isKnown == false)
        {
            isKnown = await storage.Survive(() => database.Write(connection => ManifestTable.Ask(connection, manifest.Repository, manifest.Digest), cancellation)).ConfigureAwait(false);
        }

        if (isKnown == true)
        {
            manifest.MarkAsked(clock);
        }
    }

    private static MirrorAnswer<HeldManifest>.NotServed HeldInPart(Route route, Reference reference) => new(new UpstreamOutcome<HeldManifest>.Unavailable(new UpstreamFault(
        UpstreamFaultKind.ServerError, $"{route.Repository} {reference} is held only in part, and {route.Project.Endpoint!.Registry} cannot be reached for the rest")));
}
