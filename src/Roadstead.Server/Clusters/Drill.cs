using Roadstead.Api;
using Roadstead.Server.Blobs;
using Roadstead.Server.Integrity;
using Roadstead.Server.Metadata;
using Roadstead.Server.Mirroring;
using Roadstead.Server.Projects;

namespace Roadstead.Server.Clusters;

/// <summary>
/// Proves what a <see cref="ReadinessSurvey"/> says: asks for every image in use as a node would, by projects whose endpoints lead nowhere, and reads all that it names to the last byte. Pulls go
/// on as before: nothing that the drill has is shared with them but what is held.
/// </summary>
internal sealed class Drill(
    HeldManifests held, RecentPulls pulls, ImageClosure closure, SharingRule sharing, Database database, StorageFaults storage, FileBlobStore store, DamagedBlobs damaged, TimeProvider clock, ServerLifetime lifetime)
{
    private static readonly TimeSpan BetweenReports = TimeSpan.FromSeconds(1);

    /// <param name="snapshot">The projects in force.</param>
    /// <param name="inventory">What is in use.</param>
    /// <param name="report">Is told how far it has come, at the beginning and each second.</param>
    /// <param name="stops">Ends it.</param>
    public async Task<DrillReport> Run(ProjectSnapshot snapshot, ClusterInventory inventory, Func<DrillProgress, Task> report, CancellationToken stops)
    {
        var began = clock.GetTimestamp();
        using var mirror = new ManifestMirror(held, pulls, closure, new PrefetchQueue(), sharing, database, storage, clock, lifetime);
        using var ends = CancellationTokenSource.CreateLinkedTokenSource(stops);
        using var walk = new DrillWalk(mirror, held, closure, database, store, damaged, snapshot, inventory, ends.Token);
        var work = Task.Run(walk.Run, ends.Token);
        try
        {
            while (!work.IsCompleted)
            {
                await report(walk.Progress).ConfigureAwait(false);
                await Task.WhenAny(work, Task.Delay(BetweenReports, clock, ends.Token)).ConfigureAwait(false);
            }
        }
        finally
        {
            await ends.CancelAsync().ConfigureAwait(false);
            await ((Task)work).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        }

        var failed = await work.ConfigureAwait(false);
        var images = inventory.Images.Count;
        return new DrillReport(clock.GetUtcNow(), images, images - failed.Count, walk.Progress.Bytes, clock.GetElapsedTime(began).TotalSeconds, failed);
    }
}
