using Roadstead.Oci.Client;

namespace Roadstead.Server.Mirroring;

/// <summary>Where an answer came from; the value of <c>X-Roadstead-Cache</c>.</summary>
public enum CacheOutcome
{
    /// <summary>From the store; upstream was at most asked whether it still holds.</summary>
    Hit,

    /// <summary>From upstream, now.</summary>
    Miss,

    /// <summary>From the store though its freshness is over, since upstream did not confirm it.</summary>
    Stale,

    /// <summary>Neither the store nor an upstream had a part in it.</summary>
    Bypass,
}

/// <summary>What a mirror has for a request.</summary>
public abstract record MirrorAnswer<T>
{
    private MirrorAnswer()
    {
    }

    /// <param name="Value">What was asked for.</param>
    /// <param name="Outcome">Where it came from.</param>
    /// <param name="StaleReason">Why upstream did not confirm it; null unless <paramref name="Outcome"/> is <see cref="CacheOutcome.Stale"/>.</param>
    public sealed record Served(T Value, CacheOutcome Outcome, string? StaleReason = null) : MirrorAnswer<T>;

    /// <param name="Why">What upstream said or failed to say; never <see cref="UpstreamOutcome{T}.Found"/>.</param>
    public sealed record NotServed(UpstreamOutcome<T> Why) : MirrorAnswer<T>
    {
        /// <summary>Why it is not served though it is held, and what to do, as a sentence without its end; null where <see cref="Why"/> says all.</summary>
        public string? Explanation { get; init; }
    }
}
