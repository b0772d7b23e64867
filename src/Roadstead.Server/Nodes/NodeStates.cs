using Roadstead.Api;
using Roadstead.Server.Metadata;

namespace Roadstead.Server.Nodes;

/// <summary>From a report to how the node does, and from a row of the database to what a roll-out goes by.</summary>
internal static class NodeStates
{
    /// <summary>How the worst of its runtimes does.</summary>
    public static NodeState Of(NodeReport report)
    {
        var states = report.Runtimes.Select(runtime => runtime.State).ToHashSet();
        return states.Contains(RuntimeState.Failed) ? NodeState.Failed
            : states.Contains(RuntimeState.RestartNeeded) ? NodeState.RestartNeeded
            : states.Contains(RuntimeState.Unverified) ? NodeState.Unverified
            : states.Contains(RuntimeState.Verified) ? NodeState.Verified
            : NodeState.NoRuntime;
    }

    /// <summary>Which runtimes failed, and why; null where none did.</summary>
    public static string? CauseOf(NodeReport report)
    {
        var failed = report.Runtimes.Where(runtime => runtime.State == RuntimeState.Failed).Select(runtime => $"{runtime.Name}: {runtime.Message ?? "it does not say why"}").ToList();
        return failed.Count == 0 ? null : string.Join("; ", failed);
    }

    /// <summary>As the interface writes it: <c>noRuntime</c>.</summary>
    public static string Word(NodeState state) => char.ToLowerInvariant(state.ToString()[0]) + state.ToString()[1..];

    public static RolloutNode ToNode(NodeRow row) => new(
        row.Name, row.Target, row.TargetSince, row.InForce, row.Canary, Parse(row.State), row.Cause, row.SeenAt, row.Granted, row.GrantedAt, row.Excused);

    // A later release may have written a state of its own, and gone back to this one.
    private static NodeState Parse(string word) => Enum.TryParse<NodeState>(word, ignoreCase: true, out var state) ? state : NodeState.Unverified;
}
