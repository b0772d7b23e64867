using Roadstead.Oci;
using Roadstead.Oci.Client;
using Roadstead.Server.Metadata;
using Roadstead.Server.Projects;

namespace Roadstead.Server.Mirroring;

/// <summary>What refers to a manifest: upstream's list, kept and fresh for as long as a tag is.</summary>
internal sealed class ReferrerLists(Database database, StorageFaults storage, TimeProvider clock, ServerLifetime lifetime)
{
    private readonly SharedCalls<(string Project, RegistryName Registry, RepositoryName Repository, Digest Subject), UpstreamOutcome<ReferrerList>> _calls = new(lifetime.Stops);

    public async Task<MirrorAnswer<ReferrerList>> List(Route route, Digest subject, CancellationToken cancellation)
    {
        var endpoint = route.Project.Endpoint!;
        var held = storage.Survive(() => Held(route, subject), null);
        var now = clock.GetUtcNow();
        var copy = held is not null && route.Project.ServesStale(route.Project.FreshFor, held.CheckedAt, now) ? ReferrerList.Read(held.Index) : null;
        var age = held is null ? TimeSpan.MaxValue : now - held.CheckedAt;
        if (copy is not null && age >= TimeSpan.Zero && age < route.Project.FreshFor)
        {
            return new MirrorAnswer<ReferrerList>.Served(copy, CacheOutcome.Hit);
        }

        var call = () => _calls.Join((route.Project.Name, endpoint.Registry, route.Repository, subject), stops => Fetch(route, subject, stops));
        var outcome = await endpoint.Patience(route.Repository, null, copy is not null, call, clock, cancellation).ConfigureAwait(false);
        return outcome is UpstreamOutcome<ReferrerList>.Found { Value: var list } ? new MirrorAnswer<ReferrerList>.Served(list, CacheOutcome.Miss)
            : copy is not null ? new MirrorAnswer<ReferrerList>.Served(copy, CacheOutcome.Stale, StaleReason.Of(outcome))
            : new MirrorAnswer<ReferrerList>.NotServed(outcome);
    }

    private ReferrersRow? Held(Route route, Digest subject) => database.Read(connection =>
        RepositoryTable.Find(connection, route.Project.Name, route.Project.Endpoint!.Registry, route.Repository) is { } repository
            ? ReferrersTable.Find(connection, repository, subject)
            : null);

    private async Task<UpstreamOutcome<ReferrerList>> Fetch(Route route, Digest subject, CancellationToken stops)
    {
        var endpoint = route.Project.Endpoint!;
        var outcome = await endpoint.GetReferrers(route.Repository, subject, stops).ConfigureAwait(false);
        if (outcome is UpstreamOutcome<ReferrerList>.Found { Value: var list } && list.ToIndex(null) is { Length: <= ManifestReader.MaxSize } index)
        {
            var row = new ReferrersRow(index, clock.GetUtcNow());
            await storage.Survive(() => database.Write(
                connection =>
                {
                    // Asking for what is not there leaves nothing behind.
                    var repository = list.IsEmpty
                        ? RepositoryTable.Find(connection, route.Project.Name, endpoint.Registry, route.Repository)
                        : RepositoryTable.FindOrAdd(connection, route.Project.Name, endpoint.Registry, route.Repository);
                    if (repository is { } id && (!list.IsEmpty || RepositoryTable.HasManifest(connection, id, subject)))
                    {
                        ReferrersTable.Set(connection, id, subject, row);
                    }
                },
                stops)).ConfigureAwait(false);
        }

        return outcome;
    }
}
