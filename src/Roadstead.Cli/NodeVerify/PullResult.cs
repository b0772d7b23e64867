namespace Roadstead.Cli.NodeVerify;

/// <summary>What came of one pull through a runtime.</summary>
internal abstract record PullResult
{
    private PullResult()
    {
    }

    /// <param name="Digests">Every digest by which the runtime knows what it pulled: of the index, of the platform's manifest, or both.</param>
    public sealed record Pulled(IReadOnlyList<string> Digests) : PullResult;

    /// <param name="Said">The runtime's own words.</param>
    public sealed record Failed(string Said) : PullResult;

    public sealed record TimedOut(TimeSpan After) : PullResult;
}

/// <summary>Whether a runtime can be asked at all.</summary>
internal abstract record PullerState
{
    private PullerState()
    {
    }

    /// <param name="Version">As the runtime tells it; null: it does not.</param>
    public sealed record Running(string? Version) : PullerState;

    /// <param name="Why">What was tried and what came of it.</param>
    public sealed record Away(string Why) : PullerState;
}
