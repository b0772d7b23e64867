using Roadstead.Api;
using Roadstead.Cli.Commands;
using Roadstead.Cli.NodeConfig;
using Roadstead.Cli.NodeInstall;
using Roadstead.Cli.NodeUse;
using Roadstead.Cli.NodeVerify;

namespace Roadstead.Cli.NodeAgent;

/// <summary>
/// Keeps a node pulling through the mirror: what is in force is put right again when somebody changes it, and what the server wants otherwise is put in force
/// when the server lets this node. Lives through the server's absence: what is in force stays.
/// </summary>
/// <remarks>
/// 1. The plan is made anew: of options and of what the server tells. 2. The files of the plan in force are put right. 3. Another plan is asked leave for, and put in
/// force. 4. Pulls prove it, when something changed or failed or it is time. 5. All of it is reported, with the images that the node's containers use.
/// </remarks>
internal sealed class Agent(AgentRequest request, ManagementClient server, AgentLog log, TimeProvider clock)
{
    // HTTP's 413.
    private const int TooLong = 413;

    private static readonly TimeSpan PullTimeout = TimeSpan.FromSeconds(60);

    private readonly AgentReport _report = new();
    private readonly UseSurvey _use = new(request.Files);
    private readonly Dictionary<string, string> _left = new(StringComparer.Ordinal);
    private VerifyReport? _proof;
    private long _proven;
    private IReadOnlyList<string> _faults = [];

    /// <summary>Works until it is told to stop.</summary>
    public async Task Run(CancellationToken cancellation)
    {
        while (true)
        {
            await Round(cancellation).ConfigureAwait(false);

            // Not all nodes at the same moment.
            await Task.Delay(request.Interval * (0.9 + (0.2 * Random.Shared.NextDouble())), clock, cancellation).ConfigureAwait(false);
        }
    }

    /// <summary>One look at the node.</summary>
    /// <returns>True if all is as it is to be, and proven.</returns>
    public async Task<bool> Round(CancellationToken cancellation)
    {
        _faults = [];
        var wanted = await Plan(cancellation).ConfigureAwait(false);
        var target = wanted is null ? null : PlanRevision.Of(wanted);
        var record = Record();
        if (record?.Revision is { } current)
        {
            await PutRight(record, wanted is not null && target == current ? wanted : null, current, cancellation).ConfigureAwait(false);
        }

        if (wanted is not null && target != record?.Revision && _faults.Count == 0 && await MayProceed(target!, record, cancellation).ConfigureAwait(false))
        {
            await Install(wanted, target!, "put in force", cancellation).ConfigureAwait(false);
            record = Record();
        }

        await Prove(record, wanted, cancellation).ConfigureAwait(false);
        var (runtimes, isTaken) = await Tell(target ?? record?.Revision, record, cancellation).ConfigureAwait(false);
        return isTaken && runtimes.Count > 0 && runtimes.All(runtime => runtime.State == RuntimeState.Verified) && target == record?.Revision;
    }

    private async Task<MirrorPlan?> Plan(CancellationToken cancellation)
    {
        switch (await PlanSource.Plan(request.Wish, cancellation).ConfigureAwait(false))
        {
            case PlanSource.Outcome.Ready(var plan):
                log.Stands("server", "info", "answers");
                return plan;
            case PlanSource.Outcome.Failed(var message):
                log.Stands("server", "warning", $"{message} What is in force stays.");
                return null;
            case PlanSource.Outcome.WrongUsage(var messages):
                log.Stands("options", "error", string.Join(" ", messages));
                return null;
            default:
                throw new InvalidOperationException("Unknown outcome.");
        }
    }

    private InstallRecord? Record()
    {
        try
        {
            switch (new RecordFolder(request.Files).Load())
            {
                case RecordFolder.Outcome.Loaded(var record):
                    return record;
                case RecordFolder.Outcome.Malformed(var message):
                    Fail([message]);
                    return null;
                default:
                    return null;
            }
        }
        catch (Exception exception) when (exception is IOException or UnauthorizedAccessException)
        {
            Fail([StorageFault.Explain(exception)]);
            return null;
        }
    }

    /// <param name="plan">What is in force, if the server told it just now; null: the record says it.</param>
    private async Task PutRight(InstallRecord record, MirrorPlan? plan, string revision, CancellationToken cancellation)
    {
        if ((plan ?? await InForce(record, cancellation).ConfigureAwait(false)) is { } inForce)
        {
            await Install(inForce, revision, "put right: somebody had changed it", cancellation).ConfigureAwait(false);
        }
    }

    private async Task<MirrorPlan?> InForce(InstallRecord record, CancellationToken cancellation)
    {
        if (record.Plan.Username is not { } username)
        {
            return record.Plan.ToPlan(null);
        }

        if (request.Wish.PasswordFile is not { } file || request.Wish.Username != username)
        {
            log.Stands("credential", "warning", $"what is in force logs in as {username}, whose password is not given here: it is not looked after.");
            return null;
        }

        try
        {
            return record.Plan.ToPlan(new MirrorCredential(username, (await PlanSource.Read("--password-file", file, cancellation).ConfigureAwait(false)).TrimEnd('\r', '\n')));
        }
        catch (IOException exception)
        {
            log.Stands("credential", "warning", exception.Message);
            return null;
        }
    }

    private async Task<bool> MayProceed(string target, InstallRecord? record, CancellationToken cancellation)
    {
        switch (await Send(Report(target, record, Runtimes(record)), cancellation).ConfigureAwait(false))
        {
            case ApiOutcome<NodeInstruction>.Answered({ Proceed: true }):
                log.Stands("roll-out", "info", $"{target} may be put in force");
                return true;
            case ApiOutcome<NodeInstruction>.Answered({ Reason: var reason }):
                log.Stands("roll-out", "info", $"{target} waits: {reason}");
                return false;
            case var fault:
                log.Stands("report", "warning", Fault(fault));
                return false;
        }
    }

    private async Task Install(MirrorPlan plan, string revision, string what, CancellationToken cancellation)
    {
        var changed = false;
        var install = new InstallRequest(request.Files, request.Runtimes, request.Wish, IsDry: false, IsLive: true, request.MayRestart) { Made = (plan, revision) };
        switch (await new Installation(install, report => Task.FromResult(changed = !report.ChangesNothing), clock).Run(cancellation).ConfigureAwait(false))
        {
            case NodeOutcome.Failed(var messages):
                Fail(messages);
                break;
            case NodeOutcome.WrongUsage(var messages):
                Fail(messages);
                break;
            case NodeOutcome.Ended(var report):
                Note(report, changed, $"{revision} {what}");
                break;
        }
    }

    private void Note(InstallReport report, bool changed, string what)
    {
        foreach (var runtime in report.Reloads.Select(reload => reload.Need.Runtime).Concat(changed ? [] : _left.Keys.ToList()))
        {
            _left.Remove(runtime);
        }

        foreach (var reload in report.Reloads)
        {
            log.Stands(reload.Need.Runtime, reload is ReloadOutcome.Left ? "warning" : "info", reload.Message);
            if (reload is ReloadOutcome.Left)
            {
                _left[reload.Need.Runtime] = reload.Message;
            }
        }

        foreach (var kept in report.Kept)
        {
            log.Stands("files", "warning", kept);
        }

        if (changed || report.Reloads.Count > 0)
        {
            _proof = null;
        }

        if (changed)
        {
            log.Say("info", $"configuration {what}: {string.Join(", ", report.Changes)}");
        }
    }

    private async Task Prove(InstallRecord? record, MirrorPlan? wanted, CancellationToken cancellation)
    {
        if (record?.Revision is not { } revision || (_proof is { AllVerified: true } && clock.GetElapsedTime(_proven) < request.VerifyEvery))
        {
            return;
        }

        var plan = wanted is not null && PlanRevision.Of(wanted) == revision ? wanted : record.Plan.ToPlan(null);
        var runtimes = Runtimes(record).Where(found => record.Runtimes.Contains(found.Runtime.Name)).ToList();
        _proof = await NodeVerifier.Run(runtimes, plan, request.Files, new VerifyOptions(PullTimeout, OutageWish.None), null, clock, cancellation).ConfigureAwait(false);
        _proven = clock.GetTimestamp();
    }

    private IReadOnlyList<DetectedRuntime> Runtimes(InstallRecord? record) =>
        request.Runtimes.Count > 0 ? [.. request.Runtimes.Distinct().Select(named => RuntimeDetector.Named(request.Files, named, request.Wish.Version))] : RuntimeDetector.Detect(request.Files);

    private async Task<(IReadOnlyList<RuntimeReport> Runtimes, bool IsTaken)> Tell(string? target, InstallRecord? record, CancellationToken cancellation)
    {
        var runtimes = Runtimes(record);
        var report = Report(target ?? "none", record, runtimes);
        foreach (var runtime in report.Runtimes)
        {
            log.Stands(runtime.Name, runtime.State == RuntimeState.Failed ? "error" : "info", $"{Word(runtime.State)}{(runtime.Message is null ? "" : $": {runtime.Message}")}");
        }

        if (target is null)
        {
            return (report.Runtimes, false);
        }

        var images = await _use.Look(runtimes, cancellation).ConfigureAwait(false);
        var outcome = await Send(report with { Images = images, Platform = UseSurvey.Platform }, cancellation).ConfigureAwait(false);
        var isTaken = outcome is ApiOutcome<NodeInstruction>.Answered;
        log.Stands("report", isTaken ? "info" : "warning", isTaken ? "taken" : Fault(outcome));
        return (report.Runtimes, isTaken);
    }

    private async Task<ApiOutcome<NodeInstruction>> Send(NodeReport report, CancellationToken cancellation)
    {
        var outcome = await server.Report(request.Name, report, cancellation).ConfigureAwait(false);

        // A server of an earlier release takes shorter reports, and has no use for the images.
        return outcome is ApiOutcome<NodeInstruction>.Refused { Status: TooLong } && report.Images is not null
            ? await server.Report(request.Name, report with { Images = null }, cancellation).ConfigureAwait(false)
            : outcome;
    }

    private NodeReport Report(string target, InstallRecord? record, IReadOnlyList<DetectedRuntime> runtimes) =>
        new(ProgramVersion.Text, target, record?.Revision, request.IsCanary, record?.Plan.Mirror ?? request.Wish.Mirror?.ToString() ?? request.Wish.Asked?.ToString(), _report.Of(runtimes, _faults, _left, _proof, record is not null));

    private void Fail(IReadOnlyList<string> messages)
    {
        _faults = messages;
        log.Stands("configuration", "error", string.Join(" ", messages));
    }

    private string Fault<T>(ApiOutcome<T> outcome) => string.Join(" ", ServerFault.Of(request.Wish.Asked!, outcome, "--token-file"));

    private static string Word(RuntimeState state) => state switch
    {
        RuntimeState.Verified => "pulls through the mirror",
        RuntimeState.Failed => "does not pull through the mirror",
        RuntimeState.RestartNeeded => "must be restarted",
        RuntimeState.NotInstalled => "is not configured",
        _ => "has not been tried",
    };
}
