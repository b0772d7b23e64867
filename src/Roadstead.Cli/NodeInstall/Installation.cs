using Roadstead.Cli.Commands;
using Roadstead.Cli.NodeConfig;
using Roadstead.Cli.NodeMerge;

namespace Roadstead.Cli.NodeInstall;

/// <param name="Runtimes">Those that were named; empty: what the node has.</param>
/// <param name="IsLive">The node's processes are seen from here, even if its root folder is not this machine's.</param>
/// <param name="MayRestart">Runtimes may be restarted where nothing gentler works.</param>
internal sealed record InstallRequest(NodeFiles Files, IReadOnlyList<NodeRuntime> Runtimes, PlanWish Wish, bool IsDry, bool IsLive, bool MayRestart)
{
    /// <summary>The plan, made already, and what reports call it; null: it is made of the wish.</summary>
    public (MirrorPlan Plan, string Revision)? Made { get; init; }
}

/// <summary>Makes a node's runtimes use the mirror.</summary>
/// <param name="agree">Shows what is to be done, and asks whether it may.</param>
internal sealed class Installation(InstallRequest request, Func<InstallReport, Task<bool>> agree, TimeProvider time)
{
    private readonly NodeFiles _files = request.Files;
    private readonly RecordFolder _folder = new(request.Files);
    private readonly RuntimeReload _reload = new(request.Files, request.IsLive, request.MayRestart, time);
    private string? _unsettled;

    public async Task<NodeOutcome> Run(CancellationToken cancellation)
    {
        if (NodeCheck.Fault(_files, request.IsDry) is { } fault)
        {
            return Failed(fault);
        }

        try
        {
            using var held = request.IsDry ? null : await NodeLock.Take(_files, time, cancellation).ConfigureAwait(false);
            return _folder.Load() switch
            {
                RecordFolder.Outcome.Malformed(var message) => Failed(message),
                RecordFolder.Outcome.Loaded(var record) => await Run(record, cancellation).ConfigureAwait(false),
                _ => await Run(record: null, cancellation).ConfigureAwait(false),
            };
        }
        catch (Exception exception) when (exception is IOException or UnauthorizedAccessException)
        {
            return Failed(StorageFault.Explain(exception));
        }
    }

    private static NodeOutcome.Failed Failed(string message) => new([message]);

    private async Task<NodeOutcome> Run(InstallRecord? record, CancellationToken cancellation)
    {
        var wish = request.Wish.Remembering(record);
        if (request.Made is var (made, _))
        {
            return await Run(record, wish, made, cancellation).ConfigureAwait(false);
        }

        switch (await PlanSource.Plan(wish, cancellation).ConfigureAwait(false))
        {
            case PlanSource.Outcome.WrongUsage(var messages):
                return new NodeOutcome.WrongUsage(messages);
            case PlanSource.Outcome.Failed(var message):
                return Failed(message);
            case PlanSource.Outcome.Ready(var plan):
                return await Run(record, wish, plan, cancellation).ConfigureAwait(false);
            default:
                throw new InvalidOperationException("Unknown outcome.");
        }
    }

    private async Task<NodeOutcome> Run(InstallRecord? record, PlanWish wish, MirrorPlan plan, CancellationToken cancellation)
    {
        var named = request is { Runtimes.Count: 0, Made: null, Wish: { Server: null, Registries.Count: 0 } } ? Remembered(record) : request.Runtimes;
        IReadOnlyList<DetectedRuntime> runtimes = named.Count > 0 ? [.. named.Distinct().Select(one => RuntimeDetector.Named(_files, one, plan.Version))] : Detect(plan.Version);
        if (runtimes.Count == 0)
        {
            return Failed($"{_files.Root} has none of the runtimes that are known. Say --runtime if it is to get one.");
        }

        if (plan.Version is not null && runtimes.Count > 1)
        {
            return new NodeOutcome.WrongUsage([$"--runtime-version is of one runtime, and there are {string.Join(", ", runtimes.Select(found => found.Runtime.Name))}: give one --runtime with it"]);
        }

        var changes = NodeChanges.Compute(_files, runtimes, plan, record, NodeEdits.For);
        if (changes.Faults.Count > 0)
        {
            // One that cannot have the plan need not keep the others from it.
            return new NodeOutcome.Failed(runtimes.Count == 1 ? changes.Faults : [.. changes.Faults, $"nothing was changed. --runtime chooses among {string.Join(", ", runtimes.Select(found => found.Runtime.Name))}."]);
        }

        var needs = ReloadNeed.Of(changes.Changes.Select(change => (change.Path, DaemonJsonKeys.Strengthen(change, changes.Entries.First(entry => entry.Path == change.Path).Reloads ?? []))));
        needs = [.. needs, .. Pending(record, needs)];
        IEnumerable<string> notes =
        [
            .. changes.Edits.Notes,
            .. request.Runtimes.Count > 0 ? [] : RuntimeDetector.LeftOut(_files, runtimes),
            .. changes.Replaced.Select(replaced => $"{replaced.Path}: somebody had changed it since it was installed; that is kept as {RecordFolder.KeptName(replaced.Path, replaced.Bytes)}."),
            .. (record?.Runtimes ?? []).Where(name => runtimes.All(found => found.Runtime.Name != name)).Select(name => $"{name} was configured before and is no more: its files are again as they were. Name it with --runtime too if it is to stay."),
        ];
        var report = new InstallReport(_files.Root, runtimes, changes.Changes, changes.Edits.Owners, changes.Kept, [.. notes], [.. needs.Select(_reload.Intent)]);
        if (request.IsDry)
        {
            return new NodeOutcome.Ended(report with { State = report.ChangesNothing && needs.Count == 0 ? ReportState.NothingToDo : ReportState.Planned, Summary = Summary(report) });
        }

        if (!report.ChangesNothing && !await agree(report).ConfigureAwait(false))
        {
            return new NodeOutcome.Ended(report with { State = ReportState.Declined, Summary = "Nothing was changed." });
        }

        var next = Next(record, wish, plan, runtimes, changes, needs);
        return Write(record, next, changes) is { } fault ? Failed(fault) : new NodeOutcome.Ended(await TakeUp(report, next, needs, cancellation).ConfigureAwait(false));
    }

    /// <summary>Without options the runtimes are those of the install before.</summary>
    private static IReadOnlyList<NodeRuntime> Remembered(InstallRecord? record) => [.. (record?.Runtimes ?? []).Select(Runtimes.Named).OfType<NodeRuntime>()];

    private IReadOnlyList<DetectedRuntime> Detect(RuntimeVersion? version)
    {
        var found = RuntimeDetector.Detect(_files);
        return version is not null && found.Count == 1 ? [found[0] with { Version = version }] : found;
    }

    private static string Summary(InstallReport report) => report.ChangesNothing ? "Nothing is to be changed." : "Nothing was changed: this is what would be.";

    /// <summary>What an install before left to the operator, and was not done since.</summary>
    private IEnumerable<ReloadNeed> Pending(InstallRecord? record, IReadOnlyList<ReloadNeed> needs) =>
        from pending in record?.Pending ?? []
        where needs.All(need => need.Runtime != pending.Runtime || need.Reload < pending.Reload) && _reload.IsDue(pending)
        select new ReloadNeed(pending.Runtime, pending.Reload, pending.Services, pending.Paths);

    private InstallRecord Next(InstallRecord? record, PlanWish wish, MirrorPlan plan, IReadOnlyList<DetectedRuntime> runtimes, NodeChanges changes, IReadOnlyList<ReloadNeed> needs)
    {
        var made = FileTransaction.MissingFolders(changes.Changes).Select(_files.NameOf);
        return new InstallRecord(
            InstallRecord.CurrentForm, ProgramVersion.Text, wish.Asked?.ToString(), InstalledPlan.Of(plan), [.. runtimes.Select(found => found.Runtime.Name)], changes.Entries,
            [.. (record?.MadeFolders ?? []).Concat(_folder.Missing()).Concat(made).Distinct().Order(StringComparer.Ordinal)], wish.ToRecord(),
            needs.Count == 0 ? null : [.. needs.Select(need => new PendingReload(need.Runtime, need.Reload, need.Services, need.Paths, time.GetUtcNow()))], request.Made?.Revision);
    }

    /// <summary>The record first, then the files, then what remains of the record.</summary>
    /// <returns>What went wrong; null if nothing did.</returns>
    private string? Write(InstallRecord? record, InstallRecord next, NodeChanges changes)
    {
        if (next.Files.Count == 0 && record is null)
        {
            return null;
        }

        foreach (var entry in record?.Files ?? [])
        {
            FileChange.Sweep(_files.Place(entry.Path));
        }

        if (changes.Changes.Count > 0)
        {
            _folder.Keep(changes.Replaced);
            if (Announce(record, next, changes) is { } fault)
            {
                return fault;
            }

            switch (new FileTransaction(changes.Changes).Run())
            {
                case FileTransaction.Outcome.Failed(var message):
                    return Withdraw(record, next) is { } left ? $"{message} The record of it is still there: {left}" : message;
                case FileTransaction.Outcome.Torn(var message):
                    return message;
                default:
                    break;
            }
        }

        Settle(record, next with
        {
            Files = [.. next.Files.Where(entry => !changes.Returned.Contains(entry.Path)).Select(entry => entry with { Earlier = null })],
            MadeFolders = changes.Returned.Count == 0 ? next.MadeFolders : MadeFolders.Remove(_files, next.MadeFolders),
        });
        return null;
    }

    private string? Announce(InstallRecord? record, InstallRecord next, NodeChanges changes)
    {
        _folder.Sweep(record);
        try
        {
            _folder.Write(next, changes.Originals);
            return null;
        }
        catch (Exception exception) when (exception is IOException or UnauthorizedAccessException)
        {
            return $"{StorageFault.Explain(exception)} {(Withdraw(record, next) is { } left ? $"No file was changed, but the record of it is there: {left}" : "Nothing was changed.")}";
        }
    }

    /// <summary>Has the record be what it was, once no file is changed.</summary>
    /// <returns>What went wrong; null if nothing did.</returns>
    private string? Withdraw(InstallRecord? record, InstallRecord next) => Attempt(() =>
    {
        if (_folder.Load() is RecordFolder.Outcome.Loaded(var written) && (record is null || !RecordFolder.AreSame(record, written)))
        {
            if (record is null)
            {
                _folder.Remove(next);
            }
            else
            {
                _folder.Write(record, []);
            }
        }

        _folder.Sweep(record);
    });

    private void Settle(InstallRecord? record, InstallRecord settled)
    {
        // What is there says all that it takes to bring back what was, so a fault here undoes nothing.
        var fault = Attempt(() =>
        {
            if (settled.Files.Count == 0)
            {
                _folder.Remove(settled);
            }
            else if (record is null || !RecordFolder.AreSame(record, settled))
            {
                _folder.Write(settled, []);
                _folder.Sweep(settled);
            }
        });
        _unsettled ??= fault is null ? null : $"{fault} The files are in place, and node uninstall brings back what was there; run this again to have the record in order.";
    }

    private static string? Attempt(Action action)
    {
        try
        {
            action();
            return null;
        }
        catch (Exception exception) when (exception is IOException or UnauthorizedAccessException)
        {
            return StorageFault.Explain(exception);
        }
    }

    private async Task<InstallReport> TakeUp(InstallReport report, InstallRecord next, IReadOnlyList<ReloadNeed> needs, CancellationToken cancellation)
    {
        var outcomes = new List<ReloadOutcome>();
        foreach (var need in needs)
        {
            outcomes.Add(await _reload.Run(need, cancellation).ConfigureAwait(false));
        }

        if (needs.Count > 0 && _folder.Load() is RecordFolder.Outcome.Loaded(var written))
        {
            var left = outcomes.OfType<ReloadOutcome.Left>().Select(outcome => outcome.Need.Runtime).ToHashSet(StringComparer.Ordinal);
            var pending = next.Pending!.Where(one => left.Contains(one.Runtime)).ToList();
            Settle(written, written with { Pending = pending.Count == 0 ? null : pending });
        }

        IReadOnlyList<string> kept = _unsettled is null ? report.Kept : [.. report.Kept, _unsettled];
        var inPart = outcomes.Any(outcome => outcome is ReloadOutcome.Left) || kept.Count > 0 || (report.ForOwners.Count > 0 && report.Runtimes.Count > report.ForOwners.Count);
        var nothing = report.ChangesNothing && needs.Count == 0;
        return report with
        {
            State = inPart ? ReportState.DoneInPart : nothing ? ReportState.NothingToDo : ReportState.Done,
            Reloads = outcomes,
            Kept = kept,
            Summary = nothing && report.ForOwners.Count > 0 ? "No file of this node was changed: they are another one's. Apply what is printed."
                : report.ChangesNothing ? "Nothing is to be changed: the files are as they are to be."
                : $"{report.Changes.Count} {(report.Changes.Count == 1 ? "file was" : "files were")} written.",
        };
    }
}
