using System.Data.Common;
using Roadstead.Oci;

namespace Roadstead.Server.Metadata;

/// <summary>What a write made of a blob's usage.</summary>
/// <param name="Sequence">Its place among all writes.</param>
/// <param name="Before">Before it.</param>
/// <param name="After">After it.</param>
internal sealed record UsageChange(long Sequence, BlobUsage Before, BlobUsage After)
{
    /// <summary>Bytes that the store, or else the project, no longer has to count.</summary>
    /// <param name="project">Null: of the store alone.</param>
    public long FreedOf(string? project) => Before.Size - After.Size is > 0 and var freed ? freed
        : project is not null && Before.Projects.Contains(project) && !After.Projects.Contains(project) ? Before.Size : 0;
}

/// <summary>Keeps in memory how many bytes the store and each project hold. Counted once, when somebody first wants to know, and kept true by each write that changes it.</summary>
internal sealed class UsageLedger(Database database)
{
    private readonly Lock _gate = new();
    private readonly List<UsageChange> _early = [];
    private readonly HashSet<Digest> _changed = [];
    private Dictionary<string, long> _byProject = new(StringComparer.Ordinal);
    private Task? _counting;
    private long _total;
    private long _sequence;
    private long _countedAt = long.MaxValue;

    /// <summary>True once <see cref="Count"/> is complete.</summary>
    public bool IsCounted
    {
        get
        {
            lock (_gate)
            {
                return _countedAt != long.MaxValue;
            }
        }
    }

    /// <summary>Bytes of all blobs; 0 before <see cref="Count"/>.</summary>
    public long Total
    {
        get
        {
            lock (_gate)
            {
                return _total;
            }
        }
    }

    /// <summary>Bytes of a project's blobs; 0 before <see cref="Count"/>.</summary>
    public long Of(string project)
    {
        lock (_gate)
        {
            return _byProject.GetValueOrDefault(project);
        }
    }

    /// <summary>Complete when all is counted.</summary>
    /// <exception cref="DbException">The database cannot be read; the next call tries again.</exception>
    public Task Count()
    {
        lock (_gate)
        {
            return _counting is { IsFaulted: false, IsCanceled: false } ? _counting : _counting = CountAll();
        }
    }

    /// <summary>Runs a change within a write, and tells what it made of a blob's usage; <see cref="Apply"/> it once the write is done.</summary>
    public UsageChange Track(DbConnection connection, Digest blob, Action change)
    {
        ArgumentNullException.ThrowIfNull(change);
        var before = UsageTable.Of(connection, blob);
        change();

        lock (_gate)
        {
            if (_counting is not null && _countedAt == long.MaxValue)
            {
                _changed.Add(blob);
            }

            return new UsageChange(++_sequence, before, UsageTable.Of(connection, blob));
        }
    }

    /// <summary>Takes up what a write changed.</summary>
    public void Apply(UsageChange change)
    {
        ArgumentNullException.ThrowIfNull(change);
        lock (_gate)
        {
            if (_countedAt == long.MaxValue)
            {
                if (_counting is not null)
                {
                    _early.Add(change);
                }
            }
            else if (change.Sequence > _countedAt)
            {
                Add(change);
            }
        }
    }

    /// <summary>Counts in a snapshot, which takes a while and holds up no write, and then what was written meanwhile.</summary>
    private async Task CountAll()
    {
        // Not within the lock of whoever asked; and what was written before is in the snapshot.
        await Task.Yield();
        await database.Write(_ => { }).ConfigureAwait(false);
        await database.ReadSnapshot(async snapshot =>
        {
            var (total, byProject) = (BlobTable.TotalSize(snapshot), UsageTable.ByProject(snapshot));
            var (sequence, changes) = await database.Write(connection => Since(snapshot, connection)).ConfigureAwait(false);
            lock (_gate)
            {
                (_total, _byProject) = (total, byProject);
                changes.ForEach(Add);
                _early.FindAll(change => change.Sequence > sequence).ForEach(Add);
                _countedAt = sequence;
                _early.Clear();
                _changed.Clear();
            }
        }).ConfigureAwait(false);
    }

    private (long Sequence, List<UsageChange> Changes) Since(DbConnection snapshot, DbConnection now)
    {
        lock (_gate)
        {
            var sequence = ++_sequence;
            return (sequence, [.. _changed.Select(blob => new UsageChange(sequence, UsageTable.Of(snapshot, blob), UsageTable.Of(now, blob)))]);
        }
    }

    private void Add(UsageChange change)
    {
        _total += change.After.Size - change.Before.Size;
        foreach (var project in change.Before.Projects)
        {
            _byProject[project] = _byProject.GetValueOrDefault(project) - change.Before.Size;
        }

        foreach (var project in change.After.Projects)
        {
            _byProject[project] = _byProject.GetValueOrDefault(project) + change.After.Size;
        }
    }
}
