namespace Roadstead.Cli.NodeVerify;

/// <summary>Whether pulls come through the mirror.</summary>
public enum VerifyState
{
    Verified,

    Failed,

    /// <summary>This runtime has no mirror of this registry, as it should be.</summary>
    Skipped,
}

/// <param name="Mirror">The server as nodes call it.</param>
/// <param name="At">When it was begun.</param>
public sealed record VerifyReport(string Mirror, DateTimeOffset At, IReadOnlyList<RuntimeVerdict> Runtimes)
{
    /// <summary>What was skipped counts neither way.</summary>
    public bool AllVerified => AnyVerified && Runtimes.All(runtime => runtime.Cause is null && runtime.Registries.All(registry => registry.State != VerifyState.Failed));

    public bool AnyVerified => Runtimes.Any(runtime => runtime.AnyVerified);
}

/// <param name="Version">Null: not known.</param>
/// <param name="Way">How it was spoken to: a socket or a program.</param>
/// <param name="Cause">Why nothing of it could be verified; null: the registries say.</param>
/// <param name="Outage">What a pull costs while the mirror is down; null: that was not asked for, or nothing could be pulled.</param>
public sealed record RuntimeVerdict(string Runtime, string? Version, string? Way, VerifyCause? Cause, IReadOnlyList<RegistryReport> Registries, OutageReport? Outage)
{
    public bool AnyVerified => Registries.Any(registry => registry.State == VerifyState.Verified);
}

/// <param name="ByTag">Null: not tried.</param>
/// <param name="ByDigest">Null: not tried.</param>
/// <param name="Cause">Of the failure; null: it did not fail.</param>
/// <param name="Notes">What the operator should know though pulls come through the mirror.</param>
public sealed record RegistryReport(
    string Registry, string Project, VerifyState State, PullReport? ByTag, PullReport? ByDigest, VerifyCause? Cause, IReadOnlyList<string> Notes)
{
    /// <summary>Of both pulls.</summary>
    public TimeSpan Took => (ByTag?.Took ?? TimeSpan.Zero) + (ByDigest?.Took ?? TimeSpan.Zero);
}

/// <param name="Passed">The image came, and it is the mirror's.</param>
/// <param name="Digest">What came; null: nothing.</param>
public sealed record PullReport(bool Passed, string? Digest, TimeSpan Took);

/// <param name="ProcessDown">The mirror's host answers and its process does not run.</param>
/// <param name="HostGone">Nobody answers at all; null: not asked for.</param>
public sealed record OutageReport(OutageCost ProcessDown, OutageCost? HostGone);

/// <summary>What a pull takes longer while the mirror is down.</summary>
public abstract record OutageCost
{
    private OutageCost()
    {
    }

    /// <param name="Extra">Beyond an ordinary pull.</param>
    public sealed record Measured(TimeSpan Extra) : OutageCost;

    /// <summary>The pull was ended before it got past the dead mirror.</summary>
    public sealed record MoreThan(TimeSpan Extra) : OutageCost;

    public sealed record NotMeasured(string Why) : OutageCost;
}

/// <summary>Which outages are measured.</summary>
public enum OutageWish
{
    None,

    /// <summary>Only the process that is down, which costs no time to measure.</summary>
    Refused,

    /// <summary>The host that is gone too: some clients wait 30 seconds for each connection.</summary>
    All,
}

/// <param name="PullTimeout">After which a pull is given up.</param>
public sealed record VerifyOptions(TimeSpan PullTimeout, OutageWish Outage);
