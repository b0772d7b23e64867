using Roadstead.Cli.NodeConfig;

namespace Roadstead.Cli.NodeInstall;

/// <summary>What a change of a node is to be, and what became of it.</summary>
/// <param name="Runtimes">Those that were found or named.</param>
/// <param name="ForOwners">What is to be given to whoever owns the node's files.</param>
/// <param name="Kept">Files that stay as they are, each with the reason.</param>
/// <param name="Intents">What would be reloaded and how.</param>
internal sealed record InstallReport(string Root, IReadOnlyList<DetectedRuntime> Runtimes, IReadOnlyList<FileChange> Changes, IReadOnlyList<(NodeRuntime Runtime, RuntimeConfiguration Configuration)> ForOwners,
    IReadOnlyList<string> Kept, IReadOnlyList<string> Notes, IReadOnlyList<string> Intents)
{
    public ReportState State { get; init; } = ReportState.Planned;

    public IReadOnlyList<ReloadOutcome> Reloads { get; init; } = [];

    /// <summary>One line that says how it stands.</summary>
    public string Summary { get; init; } = "";

    public bool ChangesNothing => Changes.Count == 0;
}

internal enum ReportState
{
    Planned,
    NothingToDo,
    Declined,
    Done,
    DoneInPart,
}

/// <summary>How a change of a node ended.</summary>
internal abstract record NodeOutcome
{
    private NodeOutcome()
    {
    }

    public sealed record Ended(InstallReport Report) : NodeOutcome;

    public sealed record Failed(IReadOnlyList<string> Messages) : NodeOutcome;

    public sealed record WrongUsage(IReadOnlyList<string> Messages) : NodeOutcome;
}
