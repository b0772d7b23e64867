using System.Runtime.InteropServices;
using Roadstead.Api;
using Roadstead.Cli.NodeInstall;
using Roadstead.Cli.NodeVerify;

namespace Roadstead.Cli.NodeUse;

/// <summary>Finds out again and again which images the containers of a node use, of all its runtimes.</summary>
internal sealed class UseSurvey(NodeFiles files)
{
    // A runtime that hangs must not keep the agent from its work.
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(15);

    private readonly Dictionary<string, IReadOnlyList<UsedImage>> _last = new(StringComparer.Ordinal);

    /// <summary>As images name it; null: it has no such name.</summary>
    public static string? Platform => RuntimeInformation.OSArchitecture switch
    {
        Architecture.X64 => "linux/amd64",
        Architecture.X86 => "linux/386",
        Architecture.Arm64 => "linux/arm64",
        Architecture.Arm => "linux/arm/v7",
        Architecture.Armv6 => "linux/arm/v6",
        Architecture.S390x => "linux/s390x",
        Architecture.Ppc64le => "linux/ppc64le",
        Architecture.RiscV64 => "linux/riscv64",
        Architecture.LoongArch64 => "linux/loong64",
        _ => null,
    };

    /// <returns>
    /// Null where it cannot be told: no runtime answers, or one that runs has not answered since the agent's start. One that has counts with what it told last.
    /// </returns>
    public async Task<IReadOnlyList<UsedImage>?> Look(IReadOnlyList<DetectedRuntime> runtimes, CancellationToken cancellation)
    {
        var told = await Task.WhenAll(runtimes.Select(runtime => Survive(runtime, cancellation))).ConfigureAwait(false);
        foreach (var (runtime, use) in runtimes.Zip(told))
        {
            if (use is RuntimeUse.Told now)
            {
                _last[runtime.Runtime.Name] = UsedNames.Of(now);
            }
        }

        return told.Any(use => use is RuntimeUse.Told) && runtimes.Zip(told).All(pair => pair.Second is not RuntimeUse.Silent || _last.ContainsKey(pair.First.Runtime.Name))
            ? [.. UsedNames.Unite(runtimes.SelectMany(runtime => _last.GetValueOrDefault(runtime.Runtime.Name, []))).Take(NodeReport.MostImages)]
            : null;
    }

    private async Task<RuntimeUse> Survive(DetectedRuntime runtime, CancellationToken cancellation)
    {
        using var budget = CancellationTokenSource.CreateLinkedTokenSource(cancellation);
        budget.CancelAfter(Patience);
        try
        {
            return await Ask(runtime, budget.Token).ConfigureAwait(false);
        }
        catch (OperationCanceledException) when (!cancellation.IsCancellationRequested)
        {
            return new RuntimeUse.Silent();
        }
        catch (Exception exception) when (exception is IOException or UnauthorizedAccessException)
        {
            return new RuntimeUse.Silent();
        }
    }

    private Task<RuntimeUse> Ask(DetectedRuntime runtime, CancellationToken cancellation) => runtime.Runtime.Name switch
    {
        "podman" => EngineUse.Podman(new NodeTool(files), cancellation),
        "docker" => EngineUse.Docker(new NodeTool(files), cancellation),
        var name => (runtime.Socket ?? (CriSockets.Of(name) is [var usual, ..] ? usual : null)) is { } socket
            ? CriUse.Ask(files.Locate(socket), cancellation)
            : Task.FromResult<RuntimeUse>(new RuntimeUse.Away()),
    };
}
