namespace Roadstead.Cli.NodeInstall;

/// <summary>Why a node's files cannot be changed as the plan wants, or would not work once they were.</summary>
/// <param name="Path">The file, as the node has it.</param>
/// <param name="Line">Counted from one; null: the fault is of the whole file.</param>
/// <param name="What">What is wrong, and what to do where no consequence says it; never a secret.</param>
/// <param name="Consequence">What the runtime does with such a file, and what to do; empty: <paramref name="What"/> is all.</param>
public sealed record NodeFault(string Path, int? Line, string What, string Consequence = "")
{
    /// <summary>Counted from one; null: it is not known.</summary>
    public int? Column { get; init; }

    public string Message => Consequence.Length == 0 ? What : $"{What}. {Consequence}";

    public override string ToString() => Line is { } line ? $"{Path}:{line}: {Message}" : $"{Path}: {Message}";
}
