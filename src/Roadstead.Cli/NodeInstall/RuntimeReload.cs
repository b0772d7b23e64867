using Roadstead.Cli.NodeConfig;

namespace Roadstead.Cli.NodeInstall;

/// <summary>What one runtime needs to take changed files up.</summary>
/// <param name="Paths">The files, as the node has them.</param>
internal sealed record ReloadNeed(string Runtime, Reload Reload, IReadOnlyList<string> Services, IReadOnlyList<string> Paths)
{
    /// <summary>The strongest need of each runtime for some changed files; none for those that need nothing.</summary>
    public static IReadOnlyList<ReloadNeed> Of(IEnumerable<(string Path, IReadOnlyList<InstalledReload> Reloads)> changed) =>
    [
        .. from file in changed
           from reload in file.Reloads
           where reload.Reload != Reload.None
           group (file.Path, reload) by reload.Runtime into runtime
           let strongest = runtime.Max(one => one.reload.Reload)
           select new ReloadNeed(runtime.Key, strongest, runtime.First().reload.Services, [.. runtime.Select(one => one.Path)]),
    ];
}

/// <summary>What became of a reload.</summary>
internal abstract record ReloadOutcome(ReloadNeed Need, string Message)
{
    /// <summary>The runtime has the files in force.</summary>
    public sealed record TakenUp(ReloadNeed Need, string Message) : ReloadOutcome(Need, Message);

    /// <summary>It does not run, and reads them at its start.</summary>
    public sealed record NotRunning(ReloadNeed Need, string Message) : ReloadOutcome(Need, Message);

    /// <summary>It is on a machine that is not reached from here.</summary>
    public sealed record Elsewhere(ReloadNeed Need, string Message) : ReloadOutcome(Need, Message);

    /// <summary>The operator must do it; the message has the command.</summary>
    public sealed record Left(ReloadNeed Need, string Message) : ReloadOutcome(Need, Message);
}

/// <summary>Has runtimes take files up, by the gentlest way that works: nothing, SIGHUP, and a restart only with consent.</summary>
/// <param name="live">The node's processes are seen from here: it is this machine, or this is a container that shares its process name space.</param>
/// <param name="consent">Restarts are wanted.</param>
/// <param name="isRemembered">What is left is done by the next run, if it may restart.</param>
internal sealed class RuntimeReload(NodeFiles files, bool live, bool consent, TimeProvider time, bool isRemembered = true)
{
    private const int HangUp = 1;
    private readonly SystemdUnits _units = new(files);
    private readonly RuntimeProcesses _processes = new(files);

    public bool IsLive { get; } = live || files.IsThisMachine;

    /// <summary>What would be done, in the words of a plan.</summary>
    public string Intent(ReloadNeed need) => !IsLive ? $"{Command(need)}, where {files.Root} runs as a node"
        : need.Reload == Reload.Signal ? $"{Command(need)}; containers go on"
        : consent ? Command(need)
        : $"{Command(need)}, which is left to you unless --restart is given";

    /// <summary>False: the process that runs has read the files already, or none runs.</summary>
    public bool IsDue(PendingReload pending) => IsLive && _processes.Find(pending.Runtime, pending.Paths) is { Count: > 0 } running && running.Any(process => process.Started <= pending.Since);

    public async Task<ReloadOutcome> Run(ReloadNeed need, CancellationToken cancellation)
    {
        if (!IsLive)
        {
            return new ReloadOutcome.Elsewhere(need, $"{need.Runtime}: where {files.Root} runs as a node, {Command(need)} takes the change up.");
        }

        var unit = _units.Active(need.Services);
        var running = _processes.Find(need.Runtime, need.Paths);
        if (unit is null && running.Count == 0)
        {
            return new ReloadOutcome.NotRunning(need, $"{need.Runtime}: does not run; it takes the files at its start.");
        }

        if (need.Reload == Reload.Restart)
        {
            return Restart(need, unit);
        }

        var before = time.GetUtcNow();
        if ((unit is not null ? _units.Do("reload", unit) : Signal(running)) is { } fault)
        {
            return new ReloadOutcome.Left(need, $"{need.Runtime}: could not be reloaded: {fault} Run: {Command(need)}");
        }

        return need.Runtime == "crio" && unit is not null
            ? await CrioProof(need, unit, before, cancellation).ConfigureAwait(false)
            : new ReloadOutcome.TakenUp(need, $"{need.Runtime}: reloaded ({(unit is not null ? $"systemctl reload {unit}" : $"SIGHUP to process {string.Join(", ", running.Select(process => process.Id))}")}).");
    }

    private ReloadOutcome Restart(ReloadNeed need, string? unit)
    {
        if (!consent)
        {
            return new ReloadOutcome.Left(need, $"{need.Runtime}: must be restarted to take up {string.Join(", ", need.Paths)}. Run: {Command(need, unit)}{(isRemembered ? " (or this again with --restart)" : "")}.");
        }

        if (unit is null)
        {
            return new ReloadOutcome.Left(need, $"{need.Runtime}: runs as no unit of systemd, so restart it yourself, to take up {string.Join(", ", need.Paths)}.");
        }

        return _units.Do("restart", unit) is { } fault
            ? new ReloadOutcome.Left(need, $"{need.Runtime}: systemctl restart {unit} failed: {fault} See: journalctl -u {unit}. roadstead node uninstall puts the files back.")
            : new ReloadOutcome.TakenUp(need, $"{need.Runtime}: restarted (systemctl restart {unit}).");
    }

    private async Task<ReloadOutcome> CrioProof(ReloadNeed need, string unit, DateTimeOffset since, CancellationToken cancellation) =>
        await _units.CrioReloaded(unit, since, time, cancellation).ConfigureAwait(false) switch
        {
            true => new ReloadOutcome.TakenUp(need, $"{need.Runtime}: reloaded (systemctl reload {unit}), and its log says that it took the registries up."),
            false => new ReloadOutcome.Left(need, $"{need.Runtime}: was reloaded and refused the files; it goes on with what it had. See: journalctl -u {unit}. roadstead node uninstall puts the files back."),
            null => new ReloadOutcome.TakenUp(need, $"{need.Runtime}: reloaded (systemctl reload {unit}); its log does not tell whether it took the registries up: see journalctl -u {unit}."),
        };

    private static string? Signal(IReadOnlyList<RuntimeProcess> running)
    {
        try
        {
            var signalled = running.Select(process => SystemCalls.Signal(process.Id, HangUp)).ToList();
            return signalled.Contains(true) ? null : "it ended just now.";
        }
        catch (IOException exception)
        {
            return StorageFault.Explain(exception);
        }
    }

    private string Command(ReloadNeed need, string? unit = null) => $"systemctl {(need.Reload == Reload.Signal ? "reload" : "restart")} {unit ?? Unit(need)}";

    private string Unit(ReloadNeed need) => 
        (IsLive ? _units.Active(need.Services) : null) ?? need.Services.FirstOrDefault(_units.Exists) ?? (need.Services.Count > 0 ? need.Services[0] : need.Runtime);
}
