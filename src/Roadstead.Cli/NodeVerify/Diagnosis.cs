using Roadstead.Cli.NodeConfig;

namespace Roadstead.Cli.NodeVerify;

/// <summary>Which of all that was found is the cause.</summary>
internal static class Diagnosis
{
    /// <param name="pull">The pull that failed, or that brought another image; null: none was tried.</param>
    /// <param name="faults">What is wrong with the node's files.</param>
    public static VerifyCause Of(PullResult? pull, ProbeOutcome probe, IReadOnlyList<VerifyCause> faults, MirrorPlan plan, MirrorCredential? credential)
    {
        var said = pull is PullResult.Failed(var text) ? Evidence.Of(text, credential ?? plan.Credential) : null;

        // A file that surely keeps the runtime from the mirror is the cause whatever the mirror does; one that only differs is not, while the mirror itself fails.
        var cause = faults.FirstOrDefault(fault => fault.Kind != CauseKind.ConfigurationChanged)
            ?? (probe as ProbeOutcome.Fails)?.Cause
            ?? (faults.Count > 0 ? faults[0] : null)
            ?? OfPull(pull, said, plan);
        string[] evidence = [.. new[] { cause.Evidence, said }.OfType<string>().Distinct()];
        return cause with { Evidence = evidence.Length == 0 ? null : string.Join("; ", evidence) };
    }

    private static VerifyCause OfPull(PullResult? pull, string? said, MirrorPlan plan) => pull switch
    {
        PullResult.Pulled(var digests) => new VerifyCause(CauseKind.PulledElsewhere, $"The pull succeeded with another image than the mirror's ({string.Join(", ", digests)}): it came from elsewhere.",
            "Look for another mirror in the runtime's configuration, and for a proxy."),
        PullResult.TimedOut(var after) => new VerifyCause(CauseKind.PullTimedOut, $"The mirror answers this program and the files are right, and the runtime's pull did not end within {after.TotalSeconds:0} s.",
            "Look at the runtime's log, and at the proxy that it may have (systemctl show --property Environment)."),
        _ when said is not null && said.Contains(plan.Mirror.Authority, StringComparison.Ordinal) => new VerifyCause(CauseKind.PullFailed, "The mirror answers this program and the files are right, and the runtime's pull from the mirror failed.",
            "Its own words say why."),
        _ => new VerifyCause(CauseKind.MirrorNotAsked, "The mirror answers this program and the files are right, and the runtime did not get the image from it.",
            "Have it take its files up (systemctl reload crio; restart others), and look whether it goes through a proxy (systemctl show --property Environment) or keeps images of this name."),
    };
}
