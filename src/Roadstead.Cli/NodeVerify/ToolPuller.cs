namespace Roadstead.Cli.NodeVerify;

/// <summary>Pulls with a program of the runtime's own.</summary>
internal abstract class ToolPuller(NodeTool tool, string program) : ImagePuller
{
    private protected static readonly IReadOnlyDictionary<string, string> NoVariables = new Dictionary<string, string>();

    private readonly IReadOnlyDictionary<string, string> _environment = NoVariables;

    private protected ToolPuller(NodeTool tool, string program, IReadOnlyDictionary<string, string> environment)
        : this(tool, program) => _environment = environment;

    public override string Way => program;

    /// <summary>What makes the program tell its version, or the server's that it speaks to.</summary>
    private protected abstract IReadOnlyList<string> AskVersion { get; }

    public override async Task<PullerState> State(CancellationToken cancellation) => await Run(AskVersion, cancellation).ConfigureAwait(false) switch
    {
        ToolResult.Ended { Succeeded: true } ended => new PullerState.Running(VersionIn(ended.Output)),
        ToolResult.Ended ended => new PullerState.Away(ended.Said),
        _ => new PullerState.Away($"{program} is not there"),
    };

    public override async Task<PullResult> Pull(string reference, CancellationToken cancellation)
    {
        if (Failure(await Run(PullWords(reference), cancellation).ConfigureAwait(false)) is { } failed)
        {
            return failed;
        }

        var told = await Run(DigestWords(reference), cancellation).ConfigureAwait(false);
        return Failure(told) ?? new PullResult.Pulled([.. Digests(((ToolResult.Ended)told).Output).Distinct()]);
    }

    public override async Task Remove(string reference, CancellationToken cancellation) => await Run(RemoveWords(reference), cancellation).ConfigureAwait(false);

    private protected abstract IReadOnlyList<string> PullWords(string reference);

    private protected abstract IReadOnlyList<string> DigestWords(string reference);

    private protected abstract IReadOnlyList<string> RemoveWords(string reference);

    private protected Task<ToolResult> Run(IReadOnlyList<string> words, CancellationToken cancellation) => tool.Run(program, words, _environment, cancellation);

    private protected PullResult? Failure(ToolResult result) => result switch
    {
        ToolResult.Ended { Succeeded: true } => null,
        ToolResult.Ended ended => new PullResult.Failed(ended.Said),
        _ => new PullResult.Failed($"{program} is not there"),
    };

    private static string? VersionIn(string output) =>
        output.Split((char[]?)null, StringSplitOptions.RemoveEmptyEntries).FirstOrDefault(word => char.IsAsciiDigit(word[0]) && word.Contains('.', StringComparison.Ordinal))?.TrimEnd(',');

    /// <summary>Every digest that stands in a program's output, whatever its form.</summary>
    private static IEnumerable<string> Digests(string output) =>
        from word in output.Split([' ', '\t', '\r', '\n', '"', ',', '[', ']', '@'], StringSplitOptions.RemoveEmptyEntries)
        where word.StartsWith("sha256:", StringComparison.Ordinal)
        select word;
}
