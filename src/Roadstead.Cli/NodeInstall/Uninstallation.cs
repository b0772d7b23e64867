namespace Roadstead.Cli.NodeInstall;

/// <param name="IsForced">Also files that somebody changed since.</param>
/// <inheritdoc cref="InstallRequest"/>
internal sealed record UninstallRequest(NodeFiles Files, bool IsDry, bool IsLive, bool MayRestart, bool IsForced);

/// <summary>Has a node's files be what they were before anything was installed.</summary>
/// <param name="agree">Shows what is to be done, and asks whether it may.</param>
internal sealed class Uninstallation(UninstallRequest request, Func<InstallReport, Task<bool>> agree, TimeProvider time)
{
    private readonly NodeFiles _files = request.Files;
    private readonly RecordFolder _folder = new(request.Files);
    private readonly RuntimeReload _reload = new(request.Files, request.IsLive, request.MayRestart, time, isRemembered: false);

    public async Task<NodeOutcome> Run(CancellationToken cancellation)
    {
        if (NodeCheck.Fault(_files, request.IsDry) is { } fault)
        {
            return new NodeOutcome.Failed([fault]);
        }

        try
        {
            using var held = request.IsDry ? null : await NodeLock.Take(_files, time, cancellation).ConfigureAwait(false);
            return _folder.Load() switch
            {
                RecordFolder.Outcome.Malformed(var message) => new NodeOutcome.Failed([message]),
                RecordFolder.Outcome.Loaded(var record) => await Run(record, cancellation).ConfigureAwait(false),
                _ => Nothing(),
            };
        }
        catch (Exception exception) when (exception is IOException or UnauthorizedAccessException)
        {
            return new NodeOutcome.Failed([StorageFault.Explain(exception)]);
        }
    }

    private NodeOutcome.Ended Nothing()
    {
        if (!request.IsDry)
        {
            _folder.Sweep(record: null);
        }

        return new NodeOutcome.Ended(new InstallReport(_files.Root, [], [], [], [], [], []) { State = ReportState.NothingToDo, Summary = "Nothing is installed." });
    }

    private async Task<NodeOutcome> Run(InstallRecord record, CancellationToken cancellation)
    {
        var restorations = record.Files.Select(entry => (entry, Restoration.Of(_files, _folder, entry, request.IsForced))).ToList();
        IReadOnlyList<FileChange> changes = [.. restorations.Select(one => one.Item2).OfType<Restoration.Needed>().Select(needed => needed.Change)];
        IReadOnlyList<InstalledFile> kept = [.. restorations.Where(one => one.Item2 is Restoration.Kept).Select(one => one.entry)];
        var needs = ReloadNeed.Of(changes.Select(change => (change.Path, DaemonJsonKeys.Strengthen(change, record.Files.First(entry => entry.Path == change.Path).Reloads ?? []))));
        var report = new InstallReport(
            _files.Root, [], changes, [], [.. restorations.Select(one => one.Item2).OfType<Restoration.Kept>().Select(one => $"{one.Why} It was left as it is; --force puts back what was there before.")], [],
            [.. needs.Select(_reload.Intent)]);
        if (request.IsDry)
        {
            return new NodeOutcome.Ended(report with { Summary = "Nothing was changed: this is what would be." });
        }

        if (!report.ChangesNothing && !await agree(report).ConfigureAwait(false))
        {
            return new NodeOutcome.Ended(report with { State = ReportState.Declined, Summary = "Nothing was changed." });
        }

        if (Restore(record, changes, kept) is { } fault)
        {
            return new NodeOutcome.Failed([fault]);
        }

        return new NodeOutcome.Ended(await TakeUp(report, needs, cancellation).ConfigureAwait(false));
    }

    /// <returns>What went wrong; null if nothing did.</returns>
    private string? Restore(InstallRecord record, IReadOnlyList<FileChange> changes, IReadOnlyList<InstalledFile> kept)
    {
        foreach (var entry in record.Files)
        {
            FileChange.Sweep(_files.Place(entry.Path));
        }

        switch (new FileTransaction(changes).Run())
        {
            case FileTransaction.Outcome.Failed(var message):
                return message;
            case FileTransaction.Outcome.Torn(var message):
                return message;
            default:
                break;
        }

        var rest = record with { Files = kept, MadeFolders = MadeFolders.Remove(_files, record.MadeFolders), Pending = null };
        if (kept.Count == 0)
        {
            _folder.Remove(rest);
        }
        else
        {
            _folder.Write(rest, []);
        }

        _folder.Sweep(kept.Count == 0 ? null : rest);
        return null;
    }

    private async Task<InstallReport> TakeUp(InstallReport report, IReadOnlyList<ReloadNeed> needs, CancellationToken cancellation)
    {
        var outcomes = new List<ReloadOutcome>();
        foreach (var need in needs)
        {
            outcomes.Add(await _reload.Run(need, cancellation).ConfigureAwait(false));
        }

        var inPart = report.Kept.Count > 0 || outcomes.Any(outcome => outcome is ReloadOutcome.Left);
        return report with
        {
            State = inPart ? ReportState.DoneInPart : ReportState.Done,
            Reloads = outcomes,
            Summary = report.Kept.Count > 0 ? "Some files were left as they are, and what was there before them is kept." : "Every file is as it was before.",
        };
    }
}
