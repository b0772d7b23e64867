using Roadstead.Oci.Client;

namespace Roadstead.Server.Mirroring;

/// <summary>Why upstream did not confirm a copy, in the words that clients log.</summary>
internal static class StaleReason
{
    /// <summary>The one reason that is an answer about the image and no fault.</summary>
    public const string Gone = "upstream no longer has it";

    /// <summary>The same, where only a pin has it served.</summary>
    public const string GoneAndPinned = Gone + "; it is served because it is pinned";

    /// <summary>Of what a tag named until it moved.</summary>
    public const string NewerInPart = "the tag has moved to what is held only in part, and upstream does not bring the rest; this is what it named before";

    /// <param name="outcome">Any but Found.</param>
    public static string Of<T>(UpstreamOutcome<T> outcome) => outcome switch
    {
        UpstreamOutcome<T>.NotFound => Gone,
        UpstreamOutcome<T>.Denied => "upstream refuses access",
        UpstreamOutcome<T>.Throttled => "upstream throttles",
        UpstreamOutcome<T>.Unavailable { Fault.Kind: UpstreamFaultKind.TimedOut } => "upstream did not answer in time",
        UpstreamOutcome<T>.Unavailable { Fault.Kind: UpstreamFaultKind.Unreachable } => "upstream cannot be reached",
        _ => "upstream failed",
    };
}
