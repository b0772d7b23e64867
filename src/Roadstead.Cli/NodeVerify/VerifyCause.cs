namespace Roadstead.Cli.NodeVerify;

/// <summary>Why pulls of a registry do not come through the mirror.</summary>
public enum CauseKind
{
    /// <summary>The runtime does not run, or its program is not there.</summary>
    RuntimeAway,

    /// <summary>What is wanted cannot be had with this runtime.</summary>
    PlanUnfit,

    ConfigurationMissing,

    /// <summary>It does not parse: containerd then passes over the file, containers/image fails every pull.</summary>
    ConfigurationBroken,

    /// <summary>It says something else than what is rendered.</summary>
    ConfigurationChanged,

    /// <summary>Another file takes the place of ours.</summary>
    ConfigurationOverridden,

    /// <summary>containerd's config.toml names no folder of hosts.toml, or another.</summary>
    ConfigPathUnset,

    /// <summary>policy.json does not let the image pass by which pulls are proved.</summary>
    PolicyRejects,

    /// <summary>The files are right, and the runtime still works with what it read before.</summary>
    RestartNeeded,

    /// <summary>Nothing listens where the mirror should be.</summary>
    MirrorRefused,

    MirrorTimedOut,

    MirrorNameUnknown,

    /// <summary>No route, or a connection that breaks.</summary>
    MirrorUnreachable,

    CertificateUntrusted,

    CertificateExpired,

    CertificateWrongName,

    /// <summary>The mirror speaks plain HTTP where HTTPS is configured.</summary>
    PlainHttpSpoken,

    /// <summary>The mirror speaks HTTPS where plain HTTP is configured.</summary>
    HttpsSpoken,

    CredentialRefused,

    /// <summary>The mirror has no project of that name, or one that does not serve the image.</summary>
    ProjectUnknown,

    /// <summary>The mirror answers, but not as it should.</summary>
    MirrorFaulty,

    /// <summary>The pull succeeded with another image than the mirror's project has.</summary>
    PulledElsewhere,

    /// <summary>The mirror works from here, nothing amiss was found in the files, and the runtime failed elsewhere.</summary>
    MirrorNotAsked,

    PullTimedOut,

    /// <summary>The runtime's own words are all there is.</summary>
    PullFailed,
}

/// <param name="What">What is wrong, in one sentence.</param>
/// <param name="ToDo">What the operator does about it.</param>
/// <param name="Where">A file with its line, a socket or a URL; null: there is no one place.</param>
/// <param name="Evidence">What the runtime or the mirror said, shortened; never a secret.</param>
public sealed record VerifyCause(CauseKind Kind, string What, string ToDo, string? Where = null, string? Evidence = null);
