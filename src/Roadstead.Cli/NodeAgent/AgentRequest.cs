using Roadstead.Cli.Commands;
using Roadstead.Cli.NodeConfig;
using Roadstead.Cli.NodeInstall;

namespace Roadstead.Cli.NodeAgent;

/// <summary>What an agent keeps a node at.</summary>
/// <param name="Name">The node's, as the cluster has it.</param>
/// <param name="IsCanary">It is to change before the others.</param>
/// <param name="Files">The node, whose processes are seen from here.</param>
/// <param name="Runtimes">Those that were named; empty: what the node has.</param>
/// <param name="Wish">What the node is to use.</param>
/// <param name="MayRestart">Runtimes may be restarted where nothing gentler works.</param>
/// <param name="Interval">Between two looks at the node.</param>
/// <param name="VerifyEvery">Between two proofs that pulls come through the mirror, while nothing changes and all is well.</param>
internal sealed record AgentRequest(
    string Name, bool IsCanary, NodeFiles Files, IReadOnlyList<NodeRuntime> Runtimes, PlanWish Wish, bool MayRestart, TimeSpan Interval, TimeSpan VerifyEvery);
