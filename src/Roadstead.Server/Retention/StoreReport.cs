using Roadstead.Server.Blobs;
using Roadstead.Server.Metadata;
using Roadstead.Server.Mirroring;
using Roadstead.Server.Projects;

namespace Roadstead.Server.Retention;

/// <summary>How full the store is.</summary>
/// <param name="Bytes">Bytes of blobs, each once.</param>
/// <param name="Quota">The most that it may hold; null: unlimited.</param>
/// <param name="UntilWatermark">Bytes until the disk's watermark; null where there is none.</param>
/// <param name="Projects">What each project holds.</param>
internal sealed record StoreUsage(long Bytes, long? Quota, long? UntilWatermark, IReadOnlyList<ProjectStorage> Projects);

/// <param name="Name">Of the project.</param>
/// <param name="Bytes">Bytes of its blobs.</param>
/// <param name="Quota">The most that it may hold; null: unlimited.</param>
internal sealed record ProjectStorage(string Name, long Bytes, long? Quota);

/// <summary>Tells how full the store is.</summary>
internal sealed class StoreReport(ProjectCatalog catalog, UsageLedger ledger, StoreQuota quota, DiskSpace disk)
{
    /// <exception cref="System.Data.Common.DbException">It cannot be counted.</exception>
    public async Task<StoreUsage> Usage(CancellationToken cancellation)
    {
        await ledger.Count().WaitAsync(cancellation).ConfigureAwait(false);
        return new StoreUsage(
            ledger.Total,
            quota.Bytes,
            disk.Left(),
            [.. catalog.Snapshot.Projects.Select(project => new ProjectStorage(project.Name, ledger.Of(project.Name), project.Options.Quota)).OrderBy(project => project.Name, StringComparer.Ordinal)]);
    }
}
