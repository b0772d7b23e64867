using System.Data.Common;
using Roadstead.Server.Blobs;
using Roadstead.Server.Metadata;
using Roadstead.Server.Mirroring;
using Roadstead.Server.Projects;
using Roadstead.Server.Telemetry;

namespace Roadstead.Server.Retention;

/// <summary>What is done beside pulls: they are written down, and what is over a quota or over the watermark is brought back below it.</summary>
internal sealed partial class RetentionWork(
    ProjectCatalog catalog, FileBlobStore store, PullRecorder recorder, StoreRoom room, Evictor evictor, GarbageCollector garbage, RetentionRun policies, UsageLedger ledger, ServerMetrics metrics, TimeProvider clock,
    ServerLifetime lifetime, ILogger<RetentionWork> log)
{
    private static readonly TimeSpan Every = TimeSpan.FromSeconds(5);
    private static readonly TimeSpan BetweenLines = TimeSpan.FromHours(1);
    private static readonly TimeSpan BetweenCollections = TimeSpan.FromHours(6);

    // A database that was lost takes up its files again as they are pulled: they are given the time for that.
    private static readonly TimeSpan Grace = TimeSpan.FromDays(7);

    /// <summary>The grace for what the operator wants cleaned now: long enough for whatever is under way.</summary>
    public static readonly TimeSpan ShortGrace = TimeSpan.FromMinutes(10);

    private readonly RareLine _full = new(clock, BetweenLines);
    private readonly RareLine _collection = new(clock, BetweenCollections);
    private readonly RareLine _early = new(clock, ShortGrace / 2);
    private readonly RareLine _fault = new(clock);

    /// <summary>Works until the server stops, and writes down what was pulled until then.</summary>
    public async Task Run()
    {
        metrics.Registry.AddBeforeCollectCallback(ShowUsage);
        try
        {
            while (true)
            {
                await Task.Delay(Every, clock, lifetime.Stops).ConfigureAwait(false);
                await Survive(Step).ConfigureAwait(false);
            }
        }
        catch (OperationCanceledException)
        {
            await Survive(recorder.Write).ConfigureAwait(false);
        }
    }

    private async Task Step()
    {
        await recorder.Write().ConfigureAwait(false);
        store.Uses.Forget(BlobDisposal.UsuallyUnderWay);
        await ledger.Count().ConfigureAwait(false);
        foreach (var project in catalog.Snapshot.Projects.Where(project => room.Excess(project) > 0))
        {
            await evictor.MakeRoom(new RoomNeed(project.Name, () => room.Excess(project)), lifetime.Stops).ConfigureAwait(false);
        }

        if (room.Excess() > 0 && await evictor.MakeRoom(new RoomNeed(null, room.Excess), lifetime.Stops).ConfigureAwait(false) == RoomMade.Nothing && _full.IsDue())
        {
            LogFull(log, room.Excess());
        }

        await policies.RunDue().ConfigureAwait(false);
        if (_collection.IsDue())
        {
            await garbage.Run(Grace, isDryRun: false, lifetime.Stops).ConfigureAwait(false);
        }

        // When no image makes room any more, what nothing names need not wait for a week.
        if (evictor.TakeNothingLeft() && _early.IsDue())
        {
            await garbage.Run(ShortGrace, isDryRun: false, lifetime.Stops).ConfigureAwait(false);
        }
    }

    private async Task Survive(Func<Task> step)
    {
        try
        {
            await step().ConfigureAwait(false);
        }
        catch (Exception exception) when (exception is DbException or IOException or UnauthorizedAccessException)
        {
            if (_fault.IsDue())
            {
                LogFault(log, exception.Message);
            }
        }
    }

    private void ShowUsage()
    {
        metrics.StoreBytes.Set(ledger.Total);
        foreach (var project in catalog.Snapshot.Projects)
        {
            metrics.ProjectBytes.WithLabels(project.Name).Set(ledger.Of(project.Name));
        }
    }

    [LoggerMessage(LogLevel.Error, "ALERT store full: it is {Bytes} bytes over its quota or the disk's watermark, and all that it holds is pinned, or is not what fills the disk. What is pulled now passes through and is not kept. Free room on the disk, or raise storage.quota or storage.watermark")]
    private static partial void LogFull(ILogger log, long bytes);

    [LoggerMessage(LogLevel.Error, "making room in the store: {Fault}")]
    private static partial void LogFault(ILogger log, string fault);
}
