using Roadstead.Cli.NodeConfig;

namespace Roadstead.Cli.NodeInstall;

/// <summary>A runtime that a node has.</summary>
/// <param name="Version">Null: not known.</param>
/// <param name="Evidence">What shows that it is there, as a path or a process.</param>
/// <param name="Socket">Where it speaks the Container Runtime Interface, as the node has it; null: nowhere that was found.</param>
public sealed record DetectedRuntime(NodeRuntime Runtime, RuntimeVersion? Version, string Evidence, string? Socket = null);
