namespace Roadstead.Inventory.Kubernetes;

/// <summary>Why a cluster's API did not give what it was asked for.</summary>
/// <param name="Kind">What kind of fault it is.</param>
/// <param name="Message">The same as a sentence for the operator.</param>
public sealed record KubernetesFault(KubernetesFaultKind Kind, string Message)
{
    /// <summary>Whom the API took the asker for, as <c>system:serviceaccount:monitoring:roadstead</c>; null: it did not say.</summary>
    internal string? User { get; init; }

    /// <summary>How long the API asks to be left alone; null: it does not.</summary>
    internal TimeSpan? RetryAfter { get; init; }
}

/// <summary>What kinds of faults there are.</summary>
public enum KubernetesFaultKind
{
    /// <summary>What says where the cluster is, and as whom to ask it, cannot be read or is wrong.</summary>
    Configuration,

    /// <summary>There is no answer.</summary>
    Unreachable,

    /// <summary>Nobody vouches for the certificate of whoever answers.</summary>
    Untrusted,

    /// <summary>The credential is not, or no longer, taken.</summary>
    Unauthorized,

    /// <summary>The credential is taken, and may not do that.</summary>
    Forbidden,

    /// <summary>The cluster knows no such kind of object.</summary>
    NotFound,

    /// <summary>What was asked to go on from is too long ago.</summary>
    Expired,

    /// <summary>The API has too much to do.</summary>
    Busy,

    /// <summary>The answer is none that the API gives.</summary>
    Unexpected,
}

/// <summary>What became of a question to a cluster's API.</summary>
internal abstract record KubernetesOutcome<T>
{
    private KubernetesOutcome()
    {
    }

    public sealed record Answered(T Value) : KubernetesOutcome<T>;

    public sealed record Failed(KubernetesFault Fault) : KubernetesOutcome<T>;
}
