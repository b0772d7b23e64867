namespace Roadstead.Cli.NodeVerify;

/// <summary>Docker Engine, by its own client.</summary>
internal sealed class DockerPuller(NodeTool tool) : ToolPuller(tool, "docker")
{
    private protected override IReadOnlyList<string> AskVersion => ["version", "--format", "{{.Server.Version}}"];

    /// <summary>True if images are kept in containerd's store, whose mirrors are of any registry.</summary>
    public async Task<bool> HasContainerdStore(CancellationToken cancellation) =>
        await Run(["info", "--format", "{{json .DriverStatus}}"], cancellation).ConfigureAwait(false) is ToolResult.Ended { Succeeded: true } ended
        && ended.Output.Contains("io.containerd.snapshotter.v1", StringComparison.Ordinal);

    /// <summary>The mirrors that the daemon runs with; null: it does not tell.</summary>
    public async Task<IReadOnlyList<string>?> Mirrors(CancellationToken cancellation) =>
        await Run(["info", "--format", "{{range .RegistryConfig.Mirrors}}{{println .}}{{end}}"], cancellation).ConfigureAwait(false) is ToolResult.Ended { Succeeded: true } ended
            ? [.. ended.Output.Split('\n', StringSplitOptions.RemoveEmptyEntries | StringSplitOptions.TrimEntries).Select(url => url.TrimEnd('/'))]
            : null;

    private protected override IReadOnlyList<string> PullWords(string reference) => ["pull", "--quiet", reference];

    private protected override IReadOnlyList<string> DigestWords(string reference) => ["image", "inspect", "--format", "{{json .RepoDigests}}", reference];

    private protected override IReadOnlyList<string> RemoveWords(string reference) => ["rmi", reference];
}
