using System.Diagnostics;
using Roadstead.Cli.NodeConfig;
using Roadstead.Cli.NodeFormats;
using Roadstead.Cli.NodeInstall;

namespace Roadstead.Cli.NodeVerify;

/// <summary>Verifies one runtime of the node.</summary>
internal sealed class RuntimeVerification(
    DetectedRuntime runtime, MirrorPlan plan, NodeFiles files, VerifyOptions options, IProgress<string>? progress, TimeProvider clock)
{
    // Told of the first registry that it is about.
    private const string DockerHubAlone = "Docker has mirrors of docker.io alone, unless it keeps images in containerd's store.";

    private static readonly TimeSpan Sweeping = TimeSpan.FromSeconds(15);

    private string Name => runtime.Runtime.Name;

    /// <summary>Of hosts.toml, where the runtime does not tell.</summary>
    private string? UsualFolder => runtime.Runtime switch
    {
        Containerd => Containerd.CertsD,
        MicroK8s => MicroK8s.CertsD,
        K3s k3s => k3s.CertsD,
        _ => null,
    };

    public async Task<RuntimeVerdict> Run(CancellationToken cancellation)
    {
        try
        {
            progress?.Report($"{Name}: is it there?");
            using var budget = CancellationTokenSource.CreateLinkedTokenSource(cancellation);
            budget.CancelAfter(options.PullTimeout);
            var (puller, state) = await Pullers.Open(runtime, files, budget.Token).ConfigureAwait(false);
            using (puller)
            {
                return state switch
                {
                    PullerState.Running(var version) => await Verify(puller, version, cancellation).ConfigureAwait(false),
                    PullerState.Away(var why) => Nothing(puller.Way, null, new VerifyCause(CauseKind.RuntimeAway, $"{Name} does not answer: it does not run, or elsewhere.",
                        ToStart(puller.Way), puller.Way, Evidence.Of(why, plan.Credential))),
                    _ => throw new InvalidOperationException("Unknown state."),
                };
            }
        }
        catch (OperationCanceledException) when (!cancellation.IsCancellationRequested)
        {
            return Nothing(null, null, new VerifyCause(CauseKind.RuntimeAway, $"{Name} does not answer within {options.PullTimeout.TotalSeconds:0} s, though it can be reached.", "Look at its log; restart it if it hangs."));
        }
        catch (Exception exception) when (exception is IOException or UnauthorizedAccessException)
        {
            return Nothing(null, null, new VerifyCause(CauseKind.ConfigurationBroken, $"A file of the node cannot be read: {exception.Message}", "Run as root, and look at the disk."));
        }
    }

    private async Task<RuntimeVerdict> Verify(ImagePuller puller, string? version, CancellationToken cancellation)
    {
        // k3s and MicroK8s have versions of their own; what their containerd says is its own.
        var told = version is not null && Name is not ("k3s" or "rke2" or "microk8s") ? RuntimeVersion.Parse(version) : null;
        var versioned = plan with { Version = runtime.Version ?? plan.Version ?? told };
        if (runtime.Runtime.Render(versioned) is not RenderResult.Rendered(var rendered))
        {
            var faults = ((RenderResult.Faulty)runtime.Runtime.Render(versioned)).Faults;
            return Nothing(puller.Way, version, new VerifyCause(CauseKind.PlanUnfit, string.Join(" ", faults.Select(fault => fault.ToString())), "Give other options."));
        }

        await Sweep(puller, versioned, cancellation).ConfigureAwait(false);
        var docker = puller as DockerPuller;
        var containerdStore = docker is not null && await docker.HasContainerdStore(cancellation).ConfigureAwait(false);
        var folder = await puller.ConfigPath(cancellation).ConfigureAwait(false);
        var check = Check(versioned, folder, puller is CriPuller, containerdStore, docker is null ? null : await docker.Mirrors(cancellation).ConfigureAwait(false));
        var one = new RegistryVerification(puller, new NodeTrust(files, versioned, rendered), check, versioned, options.PullTimeout, clock);
        var reports = new List<RegistryReport>();
        VerifyCause? unreached = null;
        foreach (var registry in versioned.Registries)
        {
            progress?.Report($"{Name}: {registry.Registry}");
            if (docker is not null && !containerdStore && registry.Registry != RegistryMirror.DockerHub)
            {
                reports.Add(new RegistryReport(registry.Registry, registry.Project, VerifyState.Skipped, null, null, null, reports.Any(report => report.State == VerifyState.Skipped) ? [] : [DockerHubAlone]));
                continue;
            }

            var (report, connected) = unreached is null
                ? await one.Run(Place(registry, versioned, docker is not null && !containerdStore), cancellation).ConfigureAwait(false)
                : (new RegistryReport(registry.Registry, registry.Project, VerifyState.Failed, null, null, unreached with { Evidence = null }, []), false);
            reports.Add(report);

            // What cannot be reached for one registry cannot for the next, and waiting for it may take half a minute each time.
            unreached = report.State == VerifyState.Failed && !connected ? report.Cause : null;
        }

        return new RuntimeVerdict(Name, version, puller.Way, null, reports, await Outage(puller, versioned, rendered, folder, reports, cancellation).ConfigureAwait(false));
    }

    /// <summary>Takes away what a run left that was ended before it could; names of those images are verifying's alone.</summary>
    private static async Task Sweep(ImagePuller puller, MirrorPlan plan, CancellationToken cancellation)
    {
        using var budget = CancellationTokenSource.CreateLinkedTokenSource(cancellation);
        budget.CancelAfter(Sweeping);
        try
        {
            foreach (var registry in plan.Registries.Select(known => known.Registry).Append(OutageRig.Registry))
            {
                foreach (var name in await puller.Held($"{registry}/{MirrorProbe.Image}", budget.Token).ConfigureAwait(false))
                {
                    await puller.Remove(name, budget.Token).ConfigureAwait(false);
                }
            }
        }
        catch (OperationCanceledException) when (!cancellation.IsCancellationRequested)
        {
            // A runtime that hangs is found out by the pulls that follow.
        }
    }

    private async Task<OutageReport?> Outage(ImagePuller puller, MirrorPlan versioned, RuntimeConfiguration rendered, string? folder, List<RegistryReport> reports, CancellationToken cancellation)
    {
        if (options.Outage == OutageWish.None || reports.FirstOrDefault(report => report is { State: VerifyState.Verified, ByTag: not null }) is not { } good)
        {
            return null;
        }

        progress?.Report($"{Name}: what an outage costs{(options.Outage == OutageWish.All ? $", at most {2 * options.PullTimeout.TotalSeconds:0} s" : "")}");
        var registry = versioned.Registries.First(known => known.Registry == good.Registry);
        var ca = rendered.Files.FirstOrDefault(file => file.Path.EndsWith(".crt", StringComparison.Ordinal))?.Path;
        if (Name != "crio")
        {
            return await Measure(OutageRig.For(Name, puller, files, versioned, registry, folder is { Length: > 0 } ? folder : UsualFolder, ca)).ConfigureAwait(false);
        }

        // CRI-O reads no file of one pull's own; the tools that pull by the same library do.
        var (tool, state) = await Pullers.FirstThatRuns(Pullers.ContainersImage(files), cancellation).ConfigureAwait(false);
        using (tool)
        {
            return await Measure(state is PullerState.Running ? OutageRig.OfRegistriesConf(tool, files, versioned, registry) : OutageRig.For(Name, puller, files, versioned, registry, null, ca)).ConfigureAwait(false);
        }

        Task<OutageReport> Measure(OutageRig rig) => new OutageMeter(rig, good.ByTag!.Took, options, clock).Measure(cancellation);
    }

    private string ToStart(string tried) => CriSockets.Of(Name) is not [var usual, ..] ? "Start it, or install it."
        : tried.EndsWith(usual, StringComparison.Ordinal) ? $"Start it; if it runs, its socket is elsewhere: name that, as in --runtime {Name}=/PATH/OF/ITS.sock."
        : $"Start it; if it runs, name its socket, which usually is --runtime {Name}={usual}.";

    private ConfigurationCheck Check(MirrorPlan versioned, string? folder, bool isCri, bool containerdStore, IReadOnlyList<string>? inForce) => runtime.Runtime switch
    {
        Crio => new CrioCheck(files, versioned),
        Podman => new RegistriesConfCheck(files, versioned, RegistriesConfPlaces.System),
        Containerd => new ContainerdCheck(files, versioned, folder, isCri),
        MicroK8s => new HostsTomlCheck(files, versioned with { Version = null }, MicroK8s.CertsD),
        Docker => new DockerCheck(files, versioned, containerdStore, inForce),
        K3s k3s => new K3sCheck(files, versioned, k3s),
        _ => throw new UnreachableException(),
    };

    /// <summary>Docker before 25 takes a mirror without a path, where the project is at the root.</summary>
    private static MirrorPlace Place(RegistryMirror registry, MirrorPlan versioned, bool byDaemonJson) =>
        byDaemonJson && versioned.IsBefore(25, 0) && registry.Root is { } root ? new MirrorPlace(registry, root, "") : new MirrorPlace(registry, versioned.Mirror, $"{registry.Project}/");

    private RuntimeVerdict Nothing(string? way, string? version, VerifyCause cause) => new(Name, version, way, cause, [], null);
}
