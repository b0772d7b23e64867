using Roadstead.Api;

namespace Roadstead.Server.Nodes;

/// <summary>What a roll-out goes by, of one node.</summary>
/// <param name="Name">Its name.</param>
/// <param name="Target">The revision that it would put in force.</param>
/// <param name="TargetSince">When it first named that.</param>
/// <param name="Current">The revision that is in force; null: none.</param>
/// <param name="Canary">It is to go first.</param>
/// <param name="State">How it does.</param>
/// <param name="Cause">Why it failed.</param>
/// <param name="SeenAt">When it last reported.</param>
/// <param name="Granted">The revision that it was last let put in force; null: none.</param>
/// <param name="GrantedAt">When that was.</param>
/// <param name="Excused">A target at which its failing stops nobody; null: none.</param>
internal sealed record RolloutNode(
    string Name, string Target, DateTimeOffset TargetSince, string? Current, bool Canary, NodeState State, string? Cause, DateTimeOffset SeenAt, string? Granted, DateTimeOffset? GrantedAt, string? Excused)
{
    /// <summary>It pulls through the mirror as its target says.</summary>
    public bool IsVerified => Current == Target && State == NodeState.Verified;

    /// <summary>Nothing more is to come of its target: it is verified, or nothing on it could be.</summary>
    public bool IsDone => Current == Target && State is (NodeState.Verified or NodeState.NoRuntime);

    /// <summary>It was let put its target in force, and that is not known to be well.</summary>
    public bool IsInProgress => Granted == Target && !IsDone;

    public bool IsExcused => Excused == Target;

    /// <summary>It failed at its target. What it failed at before it was let put that in force says nothing of it.</summary>
    public bool HasFailed => State == NodeState.Failed && (Current == Target || (Granted == Target && SeenAt > GrantedAt));
}
