using System.Data.Common;
using System.Globalization;
using Roadstead.Oci;
using Roadstead.Server.Blobs;
using Roadstead.Server.Metadata;
using Roadstead.Server.Projects;

namespace Roadstead.Server.Mirroring;

/// <param name="Bytes">Of blobs that the whole store holds at most; null: unlimited.</param>
internal sealed record StoreQuota(long? Bytes);

/// <summary>Says what may be stored: within a project's quota, the store's quota, and the watermark of the disk. Room is taken before a blob is fetched into it.</summary>
internal sealed partial class StoreRoom(StoreQuota store, Database database, UsageLedger ledger, DiskSpace disk, TimeProvider clock, ILogger<StoreRoom> log)
{
    // A client waits for a cold blob so much longer at most, and only if all that could go was in use a moment ago.
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(10);
    private static readonly TimeSpan BetweenTries = TimeSpan.FromMilliseconds(200);

    // What a person notices.
    private static readonly TimeSpan LongWait = TimeSpan.FromSeconds(1);

    private readonly Lock _gate = new();
    private readonly Dictionary<string, long> _reserved = new(StringComparer.Ordinal);
    private long _reservedTotal;

    // Reserved, and not yet seen by the disk.
    private long _pending;

    /// <summary>Makes room; null while nothing is there that can.</summary>
    public Func<RoomNeed, CancellationToken, Task<RoomMade>>? MakeRoom { get; set; }

    /// <summary>Why a blob will never be stored, whatever goes; null if it may be. Nothing is evicted for the answer.</summary>
    public string? NeverFits(Route route, Digest blob, long size)
    {
        if (Math.Min(route.Project.Options.Quota ?? long.MaxValue, store.Bytes ?? long.MaxValue) is not (< long.MaxValue and var quota))
        {
            return null;
        }

        // What belongs to an image that does not fit would only drive out others that do.
        var image = Math.Max(size, ImageSize(route, blob) ?? 0);
        return image <= quota ? null : string.Create(
            CultureInfo.InvariantCulture,
            $"its image has {image} bytes, and {(route.Project.Options.Quota == quota ? $"the quota of project {route.Project.Name}" : "storage.quota")} is {quota}");
    }

    /// <summary>Takes room for a blob, and has room made for it if need be.</summary>
    /// <param name="route">For whom.</param>
    /// <param name="blob">The blob.</param>
    /// <param name="size">Its bytes.</param>
    /// <param name="isProof">True if the store holds them already: on the disk they are twice for a while, and of the store's quota they take no more than before.</param>
    /// <param name="cancellation">Ends the wait.</param>
    public async Task<RoomOutcome> Reserve(Route route, Digest blob, long size, bool isProof, CancellationToken cancellation)
    {
        if (NeverFits(route, blob, size) is { } never)
        {
            return new RoomOutcome.Refused(never);
        }

        var project = route.Project;
        var isTight = disk.Left() < size;
        if (isTight || project.Options.Quota is not null || store.Bytes is not null)
        {
            await ledger.Count().WaitAsync(cancellation).ConfigureAwait(false);
        }

        // Were all that is held to go, it would not fit.
        if (isTight && Math.Max(size, ImageSize(route, blob) ?? 0) is var image && disk.Left() + ledger.Total is var most && image > most)
        {
            return new RoomOutcome.Refused(string.Create(CultureInfo.InvariantCulture, $"its image has {image} bytes, and the disk has room for {most} below its watermark"));
        }

        var room = new Room(project, blob, size, isProof ? 0 : size, isProof && IsCountedFor(project, blob) ? 0 : size);
        return await Take(() => TryTake(room), project, blob, Patience, cancellation).ConfigureAwait(false) is { } lacking
            ? new RoomOutcome.Refused($"{(lacking.Project is not null ? $"the quota of project {project.Name}" : "the store")} is full, and all that it holds is pinned or being pulled")
            : new RoomOutcome.Reserved(new RoomReservation(() => OnDisk(size), () => Release(room)));
    }

    /// <summary>Takes room in a project's quota for a blob that the store holds for another project: it takes none of the disk's. Nobody waits for it, for the blob is at hand.</summary>
    /// <returns>What keeps it until the blob counts for the project; null if there is none to be had.</returns>
    public async Task<RoomReservation?> Admit(Route route, Digest blob, long size, CancellationToken cancellation)
    {
        var project = route.Project;
        if (IsCountedFor(project, blob))
        {
            return RoomReservation.None;
        }

        if (NeverFits(route, blob, size) is not null)
        {
            return null;
        }

        await ledger.Count().WaitAsync(cancellation).ConfigureAwait(false);
        return await Take(() => TryTakeOf(project, blob, size), project, blob, TimeSpan.Zero, cancellation).ConfigureAwait(false) is null ? new RoomReservation(() => { }, () => GiveBack(project.Name, size)) : null;
    }

    /// <summary>The bytes by which a project is over its quota; 0 or less if it is not.</summary>
    public long Excess(Project project) => project.Options.Quota is { } quota ? ledger.Of(project.Name) + Reserved(project.Name) - quota : 0;

    /// <summary>The bytes by which the store is over its quota, or the disk over its watermark.</summary>
    public long Excess() => Lacking(0, 0);

    /// <summary>Takes room, and has it made where it lacks, for as long as a client may be kept waiting.</summary>
    /// <returns>What is lacking still; null if the room is taken.</returns>
    private async Task<RoomNeed?> Take(Func<RoomNeed?> tryTake, Project project, Digest blob, TimeSpan patience, CancellationToken cancellation)
    {
        var since = clock.GetTimestamp();
        RoomNeed? need;
        while ((need = tryTake()) is not null)
        {
            var made = MakeRoom is { } make ? await make(need, cancellation).ConfigureAwait(false) : RoomMade.Nothing;
            if (made == RoomMade.Nothing || clock.GetElapsedTime(since) > (made == RoomMade.InUse ? patience : Patience))
            {
                break;
            }

            if (made == RoomMade.InUse)
            {
                await Task.Delay(BetweenTries, clock, cancellation).ConfigureAwait(false);
            }
        }

        if (clock.GetElapsedTime(since) is var waited && waited > LongWait)
        {
            LogWaited(log, project.Name, blob, waited.TotalSeconds, need is null ? "it is there now" : "there is none");
        }

        return need;
    }

    /// <returns>What is lacking; null if the room is taken.</returns>
    private RoomNeed? TryTake(Room room)
    {
        lock (_gate)
        {
            if (Lacking(room.Disk, room.Store) > 0 && LackingOf(room.Project, room.Own) <= 0)
            {
                return new RoomNeed(null, () => Lacking(room.Disk, room.Store), room.Blob);
            }

            if (TryTakeOf(room.Project, room.Blob, room.Own) is { } need)
            {
                return need;
            }

            _reservedTotal += room.Store;
            _pending += room.Disk;
            return null;
        }
    }

    /// <summary>As above, of the project's quota alone.</summary>
    private RoomNeed? TryTakeOf(Project project, Digest blob, long size)
    {
        lock (_gate)
        {
            if (LackingOf(project, size) > 0)
            {
                return new RoomNeed(project.Name, () => LackingOf(project, size), blob);
            }

            _reserved[project.Name] = _reserved.GetValueOrDefault(project.Name) + size;
            return null;
        }
    }

    private long LackingOf(Project project, long size) =>
        project.Options.Quota is { } quota ? ledger.Of(project.Name) + Reserved(project.Name) + size - quota : 0;

    private long Lacking(long onDisk, long ofStore)
    {
        lock (_gate)
        {
            return Math.Max(
                store.Bytes is { } quota ? ledger.Total + _reservedTotal + ofStore - quota : 0,
                disk.Left() is { } left ? onDisk + _pending - left : 0);
        }
    }

    private long Reserved(string project)
    {
        lock (_gate)
        {
            return _reserved.GetValueOrDefault(project);
        }
    }

    private void OnDisk(long size)
    {
        lock (_gate)
        {
            _pending -= size;
        }
    }

    private void Release(Room room)
    {
        lock (_gate)
        {
            _reservedTotal -= room.Store;
        }

        GiveBack(room.Project.Name, room.Own);
    }

    private void GiveBack(string project, long size)
    {
        lock (_gate)
        {
            if (_reserved.GetValueOrDefault(project) is var reserved && reserved > size)
            {
                _reserved[project] = reserved - size;
            }
            else
            {
                _reserved.Remove(project);
            }
        }
    }

    /// <summary>True of a blob that the project has: it counts once for all of the project's repositories.</summary>
    private bool IsCountedFor(Project project, Digest blob) => database.Read(connection => UsageTable.Projects(connection, blob)).Contains(project.Name);

    [LoggerMessage(LogLevel.Information, "waited for room project={Project} digest={Digest} seconds={Seconds:0.0}: what could go was being pulled; {End}")]
    private static partial void LogWaited(ILogger log, string project, Digest digest, double seconds, string end);

    private long? ImageSize(Route route, Digest blob)
    {
        try
        {
            return database.Read(connection =>
                RepositoryTable.Find(connection, route.Project.Name, route.Project.Endpoint!.Registry, route.Repository) is { } repository ? ImageTable.SmallestWith(connection, repository, blob) : null);
        }
        catch (DbException)
        {
            // What the database does not say keeps no blob out.
            return null;
        }
    }

    /// <summary>What a blob takes.</summary>
    /// <param name="Project">For whom.</param>
    /// <param name="Blob">Which.</param>
    /// <param name="Disk">Bytes of the disk.</param>
    /// <param name="Store">Bytes that the store has more with it.</param>
    /// <param name="Own">Bytes that the project has more with it.</param>
    private sealed record Room(Project Project, Digest Blob, long Disk, long Store, long Own);
}
