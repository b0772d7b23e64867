using Roadstead.Oci;
using Roadstead.Oci.Client;
using Roadstead.Server.Metadata;
using Roadstead.Server.Projects;

namespace Roadstead.Server.Mirroring;

/// <summary>Tags that upstream has no more: when that is believed, and what becomes of their copies. None is ever removed for it.</summary>
internal sealed class DeletedTags(HeldManifests held, Database database, StorageFaults storage, TimeProvider clock)
{
    /// <summary>Looks twice at an upstream that says that it does not have a tag, and notes it if a registry says so.</summary>
    /// <param name="route">The repository.</param>
    /// <param name="key">The tag.</param>
    /// <param name="copy">What it named.</param>
    /// <param name="ask">Asks for the tag again, by GET.</param>
    /// <param name="stops">Ends it.</param>
    /// <returns>What came of asking again.</returns>
    public async Task<UpstreamOutcome<HeldManifest>> Confirm(Route route, ManifestKey key, HeldManifest copy, Func<Task<UpstreamOutcome<HeldManifest>>> ask, CancellationToken stops)
    {
        if (copy.GoneSince is not null)
        {
            return new UpstreamOutcome<HeldManifest>.NotFound();
        }

        // A balancer that has lost its registry answers 404 to everything, its front page too.
        var outcome = await ask().ConfigureAwait(false);
        if (outcome is UpstreamOutcome<HeldManifest>.NotFound && await route.Project.Endpoint!.Check(stops).ConfigureAwait(false) is UpstreamOutcome<bool>.Found)
        {
            await held.MarkGone(key, copy).ConfigureAwait(false);
        }

        return outcome;
    }

    /// <summary>True if what a tag names is served by it whatever became of it upstream.</summary>
    public bool IsPinned(HeldManifest copy) => storage.Survive(() => database.Read(connection => ImageTable.IsPinned(connection, new ImageKey(copy.Repository, copy.Digest))), false);

    /// <summary>True if the project's options have the copy of a tag be served that upstream does not confirm.</summary>
    public bool IsKept(Route route, Reference reference, HeldManifest copy)
    {
        var now = clock.GetUtcNow();
        return !route.Project.Withholds(copy.GoneSince, now) && route.Project.ServesStale(copy.FreshFor(route.Project, route.Repository, reference), copy.CheckedAt, now);
    }

    /// <summary>The answer for a tag whose copy the project serves no longer.</summary>
    public MirrorAnswer<HeldManifest>? Refusal(Route route, ManifestKey key, HeldManifest copy)
    {
        if (!route.Project.Withholds(copy.GoneSince, clock.GetUtcNow()) || IsPinned(copy))
        {
            return null;
        }

        var image = $"{route.Project.Name}/{route.Repository}";
        return new MirrorAnswer<HeldManifest>.NotServed(new UpstreamOutcome<HeldManifest>.NotFound())
        {
            Explanation = $"{route.Project.Endpoint!.Registry} is known since {copy.GoneSince:yyyy-MM-dd HH:mm:ss} UTC to have it no more, and the project {route.Project.Name} serves what was deleted there only for its deletedFor. "
                + $"A copy is held: pull {image}@{copy.Digest}; by its tag it is served again once it is pinned (roadstead image pin {image}:{key.Reference}) or deletedFor is longer",
        };
    }
}
