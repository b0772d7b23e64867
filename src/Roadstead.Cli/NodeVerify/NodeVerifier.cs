using Roadstead.Cli.NodeConfig;
using Roadstead.Cli.NodeInstall;

namespace Roadstead.Cli.NodeVerify;

/// <summary>Proves, by pulling through the runtimes of a node, that their pulls come through the mirror, and says why where they do not.</summary>
public static class NodeVerifier
{
    /// <param name="runtimes">Verified at the same time, but for those that keep images in one storage; the registries of each one after another, for their images are the same and one would hide the other.</param>
    /// <param name="files">The node, which must share this machine's network and kernel: sockets below its root are dialled, its programs run by chroot.</param>
    /// <param name="progress">Told what is being done; null: nobody wants to know.</param>
    public static async Task<VerifyReport> Run(
        IReadOnlyList<DetectedRuntime> runtimes, MirrorPlan plan, NodeFiles files, VerifyOptions options, IProgress<string>? progress, TimeProvider clock, CancellationToken cancellation)
    {
        ArgumentNullException.ThrowIfNull(runtimes);
        ArgumentNullException.ThrowIfNull(plan);
        ArgumentNullException.ThrowIfNull(clock);
        var at = clock.GetUtcNow();
        try
        {
            var reports = await Task.WhenAll(runtimes.Index().GroupBy(runtime => StorageOf(runtime.Item)).Select(InTurn)).ConfigureAwait(false);
            return new VerifyReport(plan.Mirror.ToString(), at, [.. reports.SelectMany(group => group).OrderBy(report => report.At).Select(report => report.Verdict)]);
        }
        catch (OperationCanceledException) when (cancellation.IsCancellationRequested)
        {
            // By now every runtime has taken away what it had pulled. The line of progress goes first.
            progress?.Report("");
            await Console.Error.WriteLineAsync("roadstead: verifying was interrupted; what it had put on the node is taken away again.").ConfigureAwait(false);
            throw;
        }

        async Task<List<(int At, RuntimeVerdict Verdict)>> InTurn(IEnumerable<(int Index, DetectedRuntime Runtime)> group)
        {
            var verdicts = new List<(int, RuntimeVerdict)>();
            foreach (var (index, runtime) in group)
            {
                verdicts.Add((index, await new RuntimeVerification(runtime, plan, files, options, progress, clock).Run(cancellation).ConfigureAwait(false)));
            }

            return verdicts;
        }
    }

    // CRI-O and Podman would take each other's images away.
    private static string StorageOf(DetectedRuntime runtime) => runtime.Runtime.Name is "crio" or "podman" ? "containers/storage" : $"{runtime.Runtime.Name} {runtime.Socket}";
}
