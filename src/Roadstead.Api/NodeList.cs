namespace Roadstead.Api;

/// <summary>The nodes that report to a server: <c>GET /api/v2.0/roadstead/nodes</c>.</summary>
/// <param name="Nodes">In the order of their names.</param>
/// <param name="Rollout">How the newest target spreads; null where there is none.</param>
public sealed record NodeList(IReadOnlyList<NodeStatus> Nodes, RolloutStatus? Rollout)
{
    /// <summary>Where the nodes are, below the server's URL.</summary>
    public const string Path = "/api/v2.0/roadstead/nodes";

    /// <summary>The same, with what each node's containers use.</summary>
    public const string WithImagesPath = Path + "?images=true";

    /// <summary>Where a stopped roll-out is told to go on.</summary>
    public const string ResumePath = "/api/v2.0/roadstead/rollout/resume";

    /// <summary>Where one node is.</summary>
    public static string PathOf(string name) => $"{Path}/{Uri.EscapeDataString(name)}";
}

/// <summary>A node, as the server knows it.</summary>
/// <param name="Name">Its name in the cluster.</param>
/// <param name="State">How it does.</param>
/// <param name="LastSeen">When it last reported.</param>
/// <param name="Granted">The revision that it was last let put in force; null: none.</param>
/// <param name="GrantedAt">When that was.</param>
/// <param name="Report">Its last report; the images are those that it told last.</param>
public sealed record NodeStatus(string Name, NodeState State, DateTimeOffset LastSeen, string? Granted, DateTimeOffset? GrantedAt, NodeReport Report);

/// <summary>How a target spreads over the nodes that want it.</summary>
/// <param name="Target">The revision.</param>
/// <param name="Total">Nodes whose target it is.</param>
/// <param name="Updated">Those where it is in force.</param>
/// <param name="Verified">Those where pulls came through the mirror with it.</param>
/// <param name="InProgress">Those that were let put it in force and have not verified it.</param>
/// <param name="Waiting">Those that may not put it in force yet.</param>
/// <param name="Failed">Those that failed at it.</param>
/// <param name="Stopped">Why no further node may proceed; null where the roll-out goes on.</param>
public sealed record RolloutStatus(string Target, int Total, int Updated, int Verified, int InProgress, int Waiting, int Failed, string? Stopped);
