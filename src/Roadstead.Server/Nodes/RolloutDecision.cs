namespace Roadstead.Server.Nodes;

/// <summary>Whether a node may put its target in force.</summary>
internal abstract record RolloutDecision
{
    private RolloutDecision()
    {
    }

    /// <summary>It may, without leave or with the one that it has.</summary>
    public sealed record GoesOn : RolloutDecision;

    /// <summary>It may from now on.</summary>
    public sealed record Granted : RolloutDecision;

    /// <summary>It may not yet.</summary>
    /// <param name="Reason">Why, for the operator.</param>
    public sealed record Waits(string Reason) : RolloutDecision;
}
