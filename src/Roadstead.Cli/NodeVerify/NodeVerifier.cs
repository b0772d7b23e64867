using Roadstead.Cli.NodeConfig;
using Roadstead.Cli.NodeInstall;

namespace Roadstead.Cli.NodeVerify;

/// <summary>Proves, by pulling through the runtimes of a node, that their pulls come through the mirror, and says why where they do not.</summary>
public static class NodeVerifier
{
    /// <param name="runtimes">Verified at the same time; the registries of each one after another, for their images are the same and one would hide the other.</param>
    /// <param name="files">The node, which must share this machine's network and kernel: sockets below its root are dialled, its programs run by chroot.</param>
    /// <param name="progress">Told what is being done; null: nobody wants to know.</param>
    public static async Task<VerifyReport> Run(
        IReadOnlyList<DetectedRuntime> runtimes, MirrorPlan plan, NodeFiles files, VerifyOptions options, IProgress<string>? progress, TimeProvider clock, CancellationToken cancellation)
    {
        ArgumentNullException.ThrowIfNull(runtimes);
        ArgumentNullException.ThrowIfNull(plan);
        ArgumentNullException.ThrowIfNull(clock);
        var at = clock.GetUtcNow();
        var reports = await Task.WhenAll(runtimes.Select(runtime => new RuntimeVerification(runtime, plan, files, options, progress, clock).Run(cancellation))).ConfigureAwait(false);
        return new VerifyReport(plan.Mirror.ToString(), at, reports);
    }
}
