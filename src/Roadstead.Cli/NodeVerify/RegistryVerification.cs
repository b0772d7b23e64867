using Roadstead.Cli.NodeConfig;

namespace Roadstead.Cli.NodeVerify;

/// <summary>Verifies one registry through one runtime.</summary>
internal sealed class RegistryVerification(ImagePuller puller, NodeTrust node, ConfigurationCheck check, MirrorPlan plan, TimeSpan patience, TimeProvider clock)
{
    /// <returns>The report, and whether the mirror was reached or at least the pull came through.</returns>
    public async Task<(RegistryReport Report, bool Connected)> Run(MirrorPlace place, CancellationToken cancellation)
    {
        var registry = place.Registry;
        var image = $"{registry.Registry}/{MirrorProbe.Image}";
        var tag = Guid.NewGuid().ToString("n")[..16];
        var credential = node.Credential(registry);
        var probe = await new MirrorProbe(node.TrustFor(place.Url), credential, clock).Ask(place, tag, cancellation).ConfigureAwait(false);
        var serves = probe as ProbeOutcome.Serves;

        // Where only digests go to the mirror, the registry itself would be asked for a tag that nobody but the mirror has.
        var byTag = plan.DigestOnly ? null : await Pull($"{image}:{tag}", serves, cancellation).ConfigureAwait(false);
        var digest = serves?.Digest ?? byTag?.Report.Digest;
        var byDigest = digest is null ? null : await Pull($"{image}@{digest}", serves, cancellation).ConfigureAwait(false);

        Attempt?[] attempts = [byTag, byDigest];
        var failed = attempts.FirstOrDefault(attempt => attempt is { Report.Passed: false });

        // A runtime may have a credential or trust that this program has not; but a project that is not there cannot be what the runtime pulled from.
        if (failed is null && byDigest is not null && probe is not ProbeOutcome.Fails { Cause.Kind: CauseKind.ProjectUnknown })
        {
            string[] notes = probe is ProbeOutcome.Fails(var other, _) ? [$"The runtime got the image, and this program cannot ask the mirror, so that digests were not compared: {other.What}"] : [];
            var (breach, more) = Beside(place);
            return (new RegistryReport(registry.Registry, registry.Project, breach is null ? VerifyState.Verified : VerifyState.Failed, byTag?.Report, byDigest.Report, breach, [.. notes, .. more]), true);
        }

        var (faults, before) = Faults(place);
        var cause = new Diagnosis(plan, place, credential, check.Looked).Of(failed?.Result, probe, faults, before);
        return (new RegistryReport(registry.Registry, registry.Project, VerifyState.Failed, byTag?.Report, byDigest?.Report, cause, []), probe is not ProbeOutcome.Fails { Connected: false });
    }

    /// <summary>What is not as it should be though the image came.</summary>
    private (VerifyCause? Breach, IReadOnlyList<string> Notes) Beside(MirrorPlace place)
    {
        try
        {
            return (check.Breaches(place).FirstOrDefault(), [.. check.Notes(place)]);
        }
        catch (Exception exception) when (exception is IOException or UnauthorizedAccessException)
        {
            return (null, [$"A file of the node cannot be read, so that it was not looked at: {exception.Message}"]);
        }
    }

    private (IReadOnlyList<VerifyCause> Faults, (string Mirror, string Where)? Before) Faults(MirrorPlace place)
    {
        try
        {
            return ([.. node.CaFault(place.Url) is { } fault ? [fault] : Array.Empty<VerifyCause>(), .. check.Faults(place)], check.Before(place));
        }
        catch (Exception exception) when (exception is IOException or UnauthorizedAccessException)
        {
            return ([new VerifyCause(CauseKind.ConfigurationBroken, $"A file of the node cannot be read: {exception.Message}", "Run as root, and look at the disk.")], null);
        }
    }

    private async Task<Attempt> Pull(string reference, ProbeOutcome.Serves? serves, CancellationToken cancellation)
    {
        var (result, took) = await TimedPull.Run(puller, reference, patience, clock, cancellation).ConfigureAwait(false);
        var digests = result is PullResult.Pulled(var pulled) ? pulled : [];
        var passed = result is PullResult.Pulled && (serves is null || digests.Any(serves.Is));
        return new Attempt(result, new PullReport(passed, passed && serves is not null ? serves.Digest : digests.Count > 0 ? digests[0] : null, took));
    }

    private sealed record Attempt(PullResult Result, PullReport Report);
}
