using Roadstead.Oci;
using Roadstead.Oci.Client;
using Roadstead.Server.Metadata;
using Roadstead.Server.Projects;

namespace Roadstead.Server.Mirroring;

/// <summary>A page of a list, and the page after it; null after the last one.</summary>
internal sealed record ListedPage(IReadOnlyList<string> Entries, ListPage? Next);

/// <summary>A repository's tags: upstream's, or, where it brings none, those that are held.</summary>
internal sealed class TagLists(Database database, StorageFaults storage, TimeProvider clock, ServerLifetime lifetime) : IDisposable
{
    private readonly SharedCalls<(string Project, RegistryName Registry, RepositoryName Repository, ListPage Page), UpstreamOutcome<UpstreamTags>> _calls = new(lifetime.Stops);
    private readonly RecentRefusals _refusals = new();

    public async Task<MirrorAnswer<ListedPage>> List(Route route, ListPage page, CancellationToken cancellation)
    {
        if (page.Count == 0)
        {
            return new MirrorAnswer<ListedPage>.Served(new ListedPage([], null), CacheOutcome.Hit);
        }

        var endpoint = route.Project.Endpoint!;
        var repository = storage.Survive(() => database.Read(connection => RepositoryTable.Find(connection, route.Project.Name, endpoint.Registry, route.Repository)), null);
        var anyHeld = repository is { } row && Held(route, row, "", 1).Count > 0;
        var key = (route.Project.Name, endpoint.Registry, route.Repository);
        if (!anyHeld && _refusals.Find<ListedPage>(endpoint, key) is { } refusal)
        {
            return new MirrorAnswer<ListedPage>.NotServed(refusal);
        }

        var call = () => _calls.Join((route.Project.Name, endpoint.Registry, route.Repository, page), stops => endpoint.GetTags(route.Repository, page, stops));
        var outcome = await endpoint.Patience(route.Repository, null, anyHeld, call, clock, cancellation).ConfigureAwait(false);
        if (outcome is UpstreamOutcome<UpstreamTags>.Found { Value: var tags })
        {
            return new MirrorAnswer<ListedPage>.Served(new ListedPage(tags.Tags, tags.Next), CacheOutcome.Miss);
        }

        if (!anyHeld)
        {
            _refusals.Remember(endpoint, key, outcome);
            return new MirrorAnswer<ListedPage>.NotServed(outcome.As<ListedPage>());
        }

        // A place in upstream's own order, as a link of it may have named, means nothing here: its list is begun anew.
        var (entries, next) = page.Cut(Held(route, repository!.Value, page.LastTag ?? "", (page.Count ?? ListPage.MaxCount) + 1));
        return new MirrorAnswer<ListedPage>.Served(new ListedPage(entries, next), CacheOutcome.Stale, StaleReason.Of(outcome));
    }

    public void Dispose() => _refusals.Dispose();

    /// <summary>Those that a client would be given when upstream brings none.</summary>
    private List<string> Held(Route route, long repository, string after, int count)
    {
        var now = clock.GetUtcNow();
        return storage.Survive(() => database.Read(connection => TagTable.Names(connection, repository, after, count, (name, row) => IsShown(route, name, row, now) || (row.GoneSince is not null && ImageTable.IsPinned(connection, new ImageKey(repository, row.Digest))))), []);
    }

    private static bool IsShown(Route route, string name, TagRow row, DateTimeOffset now) =>
        !route.Project.Withholds(row.GoneSince, now) && route.Project.ServesStale(route.Project.FreshForTag(route.Repository, name), row.CheckedAt, now);
}
