namespace Roadstead.Cli.NodeVerify;

/// <summary>containerd without its CRI plug-in: <c>ctr</c> reads the same hosts.toml. It fetches into a namespace of its own, and unpacks nothing, so that no snapshotter is needed.</summary>
/// <param name="socket">As the node has it.</param>
/// <param name="hostsFolder">As the node has it.</param>
internal sealed class CtrPuller(NodeTool tool, string socket, string hostsFolder) : ToolPuller(tool, "ctr")
{
    private const string Namespace = "roadstead-verify";

    public override string Way => $"ctr at {socket}";

    private protected override IReadOnlyList<string> AskVersion => ["--address", socket, "version"];

    public override Task<string?> ConfigPath(CancellationToken cancellation) => Task.FromResult<string?>(hostsFolder);

    public override async Task Remove(string reference, CancellationToken cancellation)
    {
        await base.Remove(reference, cancellation).ConfigureAwait(false);
        await Run(["--address", socket, "namespaces", "rm", Namespace], cancellation).ConfigureAwait(false);
    }

    private protected override IReadOnlyList<string> PullWords(string reference) => Words("content", "fetch", "--hosts-dir", hostsFolder, reference);

    private protected override IReadOnlyList<string> DigestWords(string reference) => Words("images", "ls", $"name=={reference}");

    private protected override IReadOnlyList<string> RemoveWords(string reference) => Words("images", "rm", "--sync", reference);

    private string[] Words(params string[] words) => ["--address", socket, "--namespace", Namespace, .. words];
}
