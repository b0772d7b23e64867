using Roadstead.Cli.NodeConfig;

namespace Roadstead.Cli.NodeInstall;

/// <summary>One file as it is to be on the node.</summary>
/// <param name="Path">Absolute, as the node has it.</param>
/// <param name="Content">All of it; null: the file goes.</param>
/// <param name="Mode">Of a file that is new; one that is there keeps its own, except that a secret is never readable to others.</param>
/// <param name="Reload">What the runtime needs to take this change up.</param>
/// <param name="IsSecret">It holds a password: no diff shows it.</param>
/// <param name="IsShared">Others' settings may stand in it, also such as come later; else it is ours alone once it is installed.</param>
public sealed record FileEdit(string Path, string? Content, UnixFileMode Mode, Reload Reload, bool IsSecret = false, bool IsShared = false)
{
    /// <summary>A record would print its content, and a log line the password in it.</summary>
    public override string ToString() => Path;
}

/// <summary>What makes one runtime of a node use the mirror, given the files that the node has.</summary>
public abstract record NodeEdit
{
    private NodeEdit()
    {
    }

    /// <param name="Files">Those that already are as they are to be stand here too.</param>
    /// <param name="Notes">What the operator must do or know beside them; never a secret.</param>
    /// <param name="Services">The units that a reload is of, the first that the node has.</param>
    public sealed record Ready(IReadOnlyList<FileEdit> Files, IReadOnlyList<string> Notes, IReadOnlyList<string> Services) : NodeEdit;

    /// <summary>The node's files belong to somebody else, to whom this is given.</summary>
    public sealed record ForOwner(RuntimeConfiguration Configuration) : NodeEdit;

    /// <summary>The plan cannot be, and nothing is to be changed.</summary>
    /// <param name="OfPlan">What the runtime cannot do of the plan.</param>
    /// <param name="OfFiles">What stands against it on the node.</param>
    public sealed record Faulty(IReadOnlyList<PlanFault> OfPlan, IReadOnlyList<NodeFault> OfFiles) : NodeEdit;
}
