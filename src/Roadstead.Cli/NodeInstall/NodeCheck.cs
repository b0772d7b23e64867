namespace Roadstead.Cli.NodeInstall;

/// <summary>What must hold before a node is looked at.</summary>
internal static class NodeCheck
{
    /// <summary>Why the node cannot be changed at all; null: nothing stands against it yet.</summary>
    public static string? Fault(NodeFiles files, bool isDry) =>
        !Directory.Exists(files.Root) ? $"--root: {files.Root} is no folder. Give the one that is / on the node."
        : files.IsThisMachine && !isDry && !Environment.IsPrivilegedProcess ? "the node's files are root's: run this as root, or see what it would do with --dry-run."
        : null;
}
