namespace Roadstead.Api;

/// <summary>What a server answers to a node's report.</summary>
/// <param name="Proceed">The node may put its target in force now.</param>
/// <param name="Reason">Why not, for the operator; null where it may.</param>
public sealed record NodeInstruction(bool Proceed, string? Reason);
