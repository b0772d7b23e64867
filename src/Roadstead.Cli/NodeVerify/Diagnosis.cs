using Roadstead.Cli.NodeConfig;

namespace Roadstead.Cli.NodeVerify;

/// <summary>Which of all that was found is the cause.</summary>
/// <param name="place">Of the registry that was tried.</param>
/// <param name="looked">Which files were looked at.</param>
internal sealed class Diagnosis(MirrorPlan plan, MirrorPlace place, MirrorCredential? credential, string looked)
{
    /// <param name="pull">The pull that failed, or that brought another image; null: none was tried.</param>
    /// <param name="faults">What is wrong with the node's files.</param>
    /// <param name="before">Another mirror that is asked first, and its place; null: there is none.</param>
    public VerifyCause Of(PullResult? pull, ProbeOutcome probe, IReadOnlyList<VerifyCause> faults, (string Mirror, string Where)? before)
    {
        var said = pull is PullResult.Failed(var text) ? Evidence.Of(text, credential ?? plan.Credential) : null;

        // A file that surely keeps the runtime from the mirror is the cause whatever the mirror does; one that may not is none while the mirror itself fails.
        var cause = faults.FirstOrDefault(fault => fault.Kind is not (CauseKind.ConfigurationChanged or CauseKind.PlanUnfit))
            ?? (probe as ProbeOutcome.Fails)?.Cause
            ?? (pull is PullResult.Pulled(var digests) ? Elsewhere(digests, faults.Count > 0 ? faults[0] : null, before) : null)
            ?? (faults.Count > 0 ? faults[0] : null)
            ?? OfPull(pull, said);
        string[] evidence = [.. new[] { cause.Evidence, said }.OfType<string>().Distinct()];
        return cause with { Evidence = evidence.Length == 0 ? null : string.Join("; ", evidence) };
    }

    private VerifyCause Elsewhere(IReadOnlyList<string> digests, VerifyCause? fault, (string Mirror, string Where)? before)
    {
        var what = $"The pull succeeded with another image ({string.Join(", ", digests)}) than {place.Url} has in the project {place.Registry.Project}: pulls of {place.Registry.Registry} go to another project or server.";
        return fault is not null ? new VerifyCause(CauseKind.PulledElsewhere, $"{what} {fault.What}", fault.ToDo, fault.Where)
            : before is var (mirror, where) ? new VerifyCause(CauseKind.PulledElsewhere, $"{what} {mirror} is asked first.", "Put this mirror before it, or take it out.", where)
            : new VerifyCause(CauseKind.PulledElsewhere, what, $"Nothing was found in {looked}. Look for a proxy, and for another server behind the mirror's name.");
    }

    private VerifyCause OfPull(PullResult? pull, string? said)
    {
        var looking = $"The mirror answers this program, and nothing amiss was found in {looked}";
        return pull switch
        {
            PullResult.TimedOut(var after) => new VerifyCause(CauseKind.PullTimedOut, $"{looking}; the runtime's pull did not end within {after.TotalSeconds:0} s.",
                "Look at the runtime's log, and at the proxy that it may have (systemctl show --property Environment)."),
            _ when said is not null && said.Contains(plan.Mirror.Authority, StringComparison.Ordinal) => new VerifyCause(CauseKind.PullFailed, $"{looking}; the runtime's pull from the mirror failed.",
                "Its own words say why."),
            _ => new VerifyCause(CauseKind.MirrorNotAsked, $"{looking}; the runtime did not get the image from the mirror.",
                "See its own words. Have it take its files up (systemctl reload crio; restart others), and look whether it goes through a proxy (systemctl show --property Environment) or keeps images of this name."),
        };
    }
}
