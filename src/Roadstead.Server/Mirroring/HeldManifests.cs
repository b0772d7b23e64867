using System.Data.Common;
using Microsoft.Extensions.Caching.Memory;
using Roadstead.Oci;
using Roadstead.Oci.Client;
using Roadstead.Server.Metadata;
using Roadstead.Server.Projects;

namespace Roadstead.Server.Mirroring;

/// <summary>A manifest that the mirror holds, as a reference of a repository names it.</summary>
/// <param name="Repository">The repository's row.</param>
/// <param name="Digest">The manifest's identity.</param>
/// <param name="MediaType">The type to serve it as.</param>
/// <param name="Bytes">It, as upstream sent it.</param>
/// <param name="CheckedAt">When upstream last said that the reference names it; for a digest, which always does, the earliest time there is.</param>
public sealed record HeldManifest(long Repository, Digest Digest, string MediaType, byte[] Bytes, DateTimeOffset CheckedAt)
{
    /// <summary>Stands for a repository's row where the database would take none.</summary>
    public const long NoRow = 0;

    private long _wholeAt = long.MinValue;
    private long _askedAt = long.MinValue;
    private long _notedAt = long.MinValue;
    private Freshness? _freshness;

    /// <summary>The digest as an entity tag (RFC 9110 section 8.8.3), made once.</summary>
    public string EntityTag => field ??= $"\"{Digest}\"";

    /// <summary>True if it is in the database; false if it could only be passed through.</summary>
    public bool IsStored => Repository != NoRow;

    /// <summary>Since when upstream is known to have the tag no more; null: as far as is known, it has it.</summary>
    public DateTimeOffset? GoneSince { get; init; }

    /// <summary>Notes that a pull of it was noted.</summary>
    public void MarkNoted(TimeProvider clock) => Volatile.Write(ref _notedAt, clock.GetTimestamp());

    /// <summary>True if that was so within <paramref name="span"/>.</summary>
    public bool WasNotedWithin(TimeSpan span, TimeProvider clock) => IsWithin(ref _notedAt, span, clock);

    /// <summary>Notes that the database knows that clients ask for it, of every index that names it now.</summary>
    public void MarkAsked(TimeProvider clock) => Volatile.Write(ref _askedAt, clock.GetTimestamp());

    /// <summary>True if that was so within <paramref name="span"/>.</summary>
    public bool WasAskedWithin(TimeSpan span, TimeProvider clock) => IsWithin(ref _askedAt, span, clock);

    /// <summary>Notes that all it names is held.</summary>
    public void MarkWhole(TimeProvider clock) => Volatile.Write(ref _wholeAt, clock.GetTimestamp());

    /// <summary>True if all it names was found held within <paramref name="span"/>.</summary>
    public bool WasWholeWithin(TimeSpan span, TimeProvider clock) => IsWithin(ref _wholeAt, span, clock);

    /// <summary>How long it is fresh as what a tag of the project names; null: as long as it is held. The project's rules are gone through once.</summary>
    public TimeSpan? FreshFor(Project project, RepositoryName repository, Reference tag)
    {
        if (!project.HasFreshnessRules)
        {
            return project.FreshFor;
        }

        if (Volatile.Read(ref _freshness) is not { } known || known.Project != project)
        {
            Volatile.Write(ref _freshness, known = new Freshness(project, project.FreshForTag(repository, tag.ToString())));
        }

        return known.Span;
    }

    private sealed record Freshness(Project Project, TimeSpan? Span);

    private static bool IsWithin(ref long moment, TimeSpan span, TimeProvider clock) => Volatile.Read(ref moment) is not long.MinValue and var at && clock.GetElapsedTime(at) <= span;
}

/// <summary>Names a manifest among all that are mirrored.</summary>
internal readonly record struct ManifestKey(string Project, RegistryName Registry, RepositoryName Repository, Reference Reference)
{
    public static ManifestKey Of(Route route, Reference reference) =>
        new(route.Project.Name, route.Project.Endpoint!.Registry, route.Repository, reference);
}

/// <summary>The manifests and tags in the database, with those in use kept in memory.</summary>
internal sealed class HeldManifests(Database database, StorageFaults storage, TimeProvider clock) : IDisposable
{
    private const long MemoryLimit = 64 * 1024 * 1024;
    private const int EntryOverhead = 512;

    private readonly MemoryCache _memory = new(new MemoryCacheOptions { SizeLimit = MemoryLimit });
    private int _reading;

    /// <summary>What is in memory, and as the database has it; nothing is waited for.</summary>
    public HeldManifest? InMemory(ManifestKey key) => _memory.TryGetValue(key, out Remembered? kept) && kept!.Reading == Volatile.Read(ref _reading) ? kept.Manifest : null;

    public HeldManifest? Find(ManifestKey key)
    {
        var reading = Volatile.Read(ref _reading);
        if (_memory.TryGetValue(key, out Remembered? kept) && kept!.Reading == reading)
        {
            return kept.Manifest;
        }

        // Where the database cannot be asked, what it said before stands.
        if (storage.Survive(() => database.Read(connection => Find(connection, key)), kept?.Manifest) is not { } held || !IsIntact(held.Digest, held.Bytes))
        {
            _memory.Remove(key);
            return null;
        }

        return Remember(key, held, reading);
    }

    /// <summary>What a tag named before it moved to a manifest of the repository; null if nothing of that is held.</summary>
    public HeldManifest? Former(ManifestKey tag, long repository) =>
        storage.Survive(() => database.Read(connection => TagTable.Former(connection, repository, tag.Reference.ToString())), null) is { } digest ? Find(tag with { Reference = new Reference(digest) }) : null;

    /// <summary>Has every manifest be read anew from the database, from which some were removed.</summary>
    public void Reread() => Interlocked.Increment(ref _reading);

    /// <summary>Writes a manifest with its tag and what it names, in one transaction.</summary>
    public async Task<HeldManifest> Store(ManifestKey key, UpstreamManifest manifest)
    {
        var now = clock.GetUtcNow();
        var reading = Volatile.Read(ref _reading);
        var repository = HeldManifest.NoRow;
        var stored = await storage.Survive(async () => repository = await database.Write(connection =>
        {
            var id = RepositoryTable.FindOrAdd(connection, key.Project, key.Registry, key.Repository);
            ManifestTable.Add(connection, manifest.Digest, manifest.Manifest, manifest.Bytes);
            RepositoryTable.LinkManifest(connection, id, manifest.Digest, now);
            SetTag(connection, id, key.Reference, manifest.Digest, now);
            return id;
        }).ConfigureAwait(false)).ConfigureAwait(false);
        return !stored ? new HeldManifest(HeldManifest.NoRow, manifest.Digest, manifest.Manifest.MediaType, manifest.Bytes, now) : Remember(key, new HeldManifest(repository, manifest.Digest, manifest.Manifest.MediaType, manifest.Bytes, now), reading);
    }

    /// <summary>Notes that upstream confirmed for this repository a manifest whose bytes are held already, for it or for another one.</summary>
    /// <returns>The manifest; null if its bytes are not held.</returns>
    public async Task<HeldManifest?> Confirm(ManifestKey key, Digest digest)
    {
        if (storage.Survive(() => database.Read(connection => ManifestTable.Find(connection, digest)), null) is not { } row || !IsIntact(digest, row.Bytes))
        {
            return null;
        }

        var now = clock.GetUtcNow();
        var reading = Volatile.Read(ref _reading);
        var repository = storage.Survive(() => database.Read(connection => RepositoryTable.Find(connection, key.Project, key.Registry, key.Repository)), null) ?? HeldManifest.NoRow;
        await storage.Survive(async () => repository = await database.Write(connection =>
        {
            var id = RepositoryTable.FindOrAdd(connection, key.Project, key.Registry, key.Repository);
            if (!ManifestTable.Exists(connection, digest) && ManifestReader.Read(row.Bytes, row.MediaType).Manifest is { } manifest)
            {
                // Evicted since it was read.
                ManifestTable.Add(connection, digest, manifest, row.Bytes);
            }

            RepositoryTable.LinkManifest(connection, id, digest, now);
            SetTag(connection, id, key.Reference, digest, now);
            return id;
        }).ConfigureAwait(false)).ConfigureAwait(false);

        // What upstream said holds in memory even where it cannot be written down.
        var held = new HeldManifest(repository, digest, row.MediaType, row.Bytes, now);
        return held.IsStored ? Remember(key, held, reading) : held;
    }

    /// <summary>Notes that upstream has a tag no more. What it named stays held; the tag is upstream's again with the next <see cref="Store"/> or <see cref="Confirm"/>.</summary>
    public async Task MarkGone(ManifestKey key, HeldManifest copy)
    {
        var now = clock.GetUtcNow();
        var reading = Volatile.Read(ref _reading);
        await storage.Survive(() => database.Write(connection => TagTable.SetGone(connection, copy.Repository, key.Reference.ToString(), copy.Digest, now))).ConfigureAwait(false);
        Remember(key, copy with { GoneSince = now }, reading);
    }

    public void Dispose() => _memory.Dispose();

    /// <summary>The database has no checksums of its own. What is not what it was is forgotten, and fetched anew.</summary>
    private bool IsIntact(Digest digest, byte[] bytes)
    {
        if (Digest.Of(bytes, digest.Algorithm) == digest)
        {
            return true;
        }

        storage.ReportDamage(digest);
        _ = storage.Survive(() => database.Write(connection => ManifestTable.Remove(connection, digest)));
        return false;
    }

    private static HeldManifest? Find(DbConnection connection, ManifestKey key)
    {
        if (RepositoryTable.Find(connection, key.Project, key.Registry, key.Repository) is not { } repository)
        {
            return null;
        }

        if (key.Reference.Digest is { } digest)
        {
            return RepositoryTable.HasManifest(connection, repository, digest) && ManifestTable.Find(connection, digest) is { } row
                ? new HeldManifest(repository, digest, row.MediaType, row.Bytes, DateTimeOffset.MinValue)
                : null;
        }

        return TagTable.Find(connection, repository, key.Reference.ToString()) is { } tag && ManifestTable.Find(connection, tag.Digest) is { } tagged
            ? new HeldManifest(repository, tag.Digest, tagged.MediaType, tagged.Bytes, tag.CheckedAt) { GoneSince = tag.GoneSince }
            : null;
    }

    private static void SetTag(DbConnection connection, long repository, Reference reference, Digest digest, DateTimeOffset at)
    {
        if (reference.IsTag)
        {
            TagTable.Set(connection, repository, reference.ToString(), new TagRow(digest, at));
        }
    }

    private HeldManifest Remember(ManifestKey key, HeldManifest held, int reading)
    {
        using var entry = _memory.CreateEntry(key);
        entry.Value = new Remembered(held, reading);
        entry.Size = held.Bytes.Length + EntryOverhead;
        return held;
    }

    /// <param name="Manifest">What the database said.</param>
    /// <param name="Reading">In which reading of it, so that what was removed since is not believed.</param>
    private sealed record Remembered(HeldManifest Manifest, int Reading);
}
