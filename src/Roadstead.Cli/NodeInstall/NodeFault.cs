namespace Roadstead.Cli.NodeInstall;

/// <summary>Why a node's files cannot be changed as the plan wants, or would not work once they were.</summary>
/// <param name="Path">The file, as the node has it.</param>
/// <param name="Line">Counted from one; null: the fault is of the whole file.</param>
/// <param name="Message">What is wrong and what to do; never a secret.</param>
public sealed record NodeFault(string Path, int? Line, string Message)
{
    public override string ToString() => Line is { } line ? $"{Path}:{line}: {Message}" : $"{Path}: {Message}";
}
