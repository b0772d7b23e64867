using Roadstead.Api;
using Roadstead.Cli.NodeInstall;
using Roadstead.Cli.NodeVerify;

namespace Roadstead.Cli.NodeAgent;

/// <summary>What is known of the runtimes of a node, in the words of the report to the server.</summary>
internal sealed class AgentReport
{
    private readonly Dictionary<string, DateTimeOffset> _verifiedAt = new(StringComparer.Ordinal);

    /// <param name="runtimes">Those that the node has.</param>
    /// <param name="faults">Why the last install failed; empty: it did not.</param>
    /// <param name="left">Runtimes whose restart was left to the operator, with what to run.</param>
    /// <param name="verified">The last proof; null: nothing was tried since the files changed.</param>
    /// <param name="isInstalled">Something of the mirror's is on the node.</param>
    public IReadOnlyList<RuntimeReport> Of(IReadOnlyList<DetectedRuntime> runtimes, IReadOnlyList<string> faults, IReadOnlyDictionary<string, string> left, VerifyReport? verified, bool isInstalled) =>
    [
        .. runtimes.Select(runtime => Of(runtime, faults, left.GetValueOrDefault(runtime.Runtime.Name), verified?.Runtimes.FirstOrDefault(one => one.Runtime == runtime.Runtime.Name), verified?.At, isInstalled)),
    ];

    private RuntimeReport Of(DetectedRuntime runtime, IReadOnlyList<string> faults, string? left, RuntimeVerdict? proof, DateTimeOffset? at, bool isInstalled)
    {
        var name = runtime.Runtime.Name;
        var cause = proof?.Cause ?? proof?.Registries.FirstOrDefault(registry => registry.State == VerifyState.Failed)?.Cause;
        if (proof is { AnyVerified: true } && cause is null)
        {
            _verifiedAt[name] = at!.Value;
        }

        var (state, message) = faults.Count > 0 ? (RuntimeState.Failed, string.Join(" ", faults))
            : !isInstalled ? (RuntimeState.NotInstalled, null)
            : left is not null ? (RuntimeState.RestartNeeded, left)
            : cause is { Kind: CauseKind.RestartNeeded } ? (RuntimeState.RestartNeeded, Words(cause))
            : cause is not null ? (RuntimeState.Failed, Words(cause))
            : proof is { AnyVerified: true } ? (RuntimeState.Verified, null)
            : (RuntimeState.Unverified, (string?)null);
        return new RuntimeReport(name, proof?.Version ?? runtime.Version?.ToString(), state, message, _verifiedAt.TryGetValue(name, out var last) ? last : null);
    }

    private static string Words(VerifyCause cause) => $"{(cause.Where is null ? "" : $"{cause.Where}: ")}{cause.What} {cause.ToDo}{(cause.Evidence is null ? "" : $" ({cause.Evidence})")}";
}
