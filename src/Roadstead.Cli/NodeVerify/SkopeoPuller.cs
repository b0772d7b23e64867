using Roadstead.Cli.NodeFormats;
using Roadstead.Cli.NodeInstall;
using Roadstead.Oci;

namespace Roadstead.Cli.NodeVerify;

/// <summary>Skopeo, where it is all that a node has: it copies the image to a folder that goes again.</summary>
internal sealed class SkopeoPuller(NodeTool tool, NodeFiles files, string? registriesConf = null) : ImagePuller
{
    public override string Way => "skopeo";

    public override bool ReadsRegistriesConf => true;

    public override ImagePuller With(string registriesConf) => new SkopeoPuller(tool, files, registriesConf);

    public override async Task<PullerState> State(CancellationToken cancellation) => await tool.Run("skopeo", ["--version"], RegistriesConfPlaces.Variables(null), cancellation).ConfigureAwait(false) switch
    {
        ToolResult.Ended { Succeeded: true } ended => new PullerState.Running(ended.Output.Trim().Split(' ')[^1]),
        ToolResult.Ended ended => new PullerState.Away(ended.Said),
        _ => new PullerState.Away("skopeo is not there"),
    };

    public override async Task<PullResult> Pull(string reference, CancellationToken cancellation)
    {
        using var folder = NodeFolder.Make(files);
        string[] words = [.. registriesConf is null ? Array.Empty<string>() : ["--registries-conf", registriesConf], "copy", "--all", "--preserve-digests", $"docker://{reference}", $"dir:{folder.Path}/image"];
        return await tool.Run("skopeo", words, RegistriesConfPlaces.Variables(null), cancellation).ConfigureAwait(false) switch
        {
            ToolResult.Ended { Succeeded: true } => new PullResult.Pulled([Digest.Of(await File.ReadAllBytesAsync(Path.Combine(folder.Place, "image", "manifest.json"), cancellation).ConfigureAwait(false)).ToString()]),
            ToolResult.Ended ended => new PullResult.Failed(ended.Said),
            _ => new PullResult.Failed("skopeo is not there"),
        };
    }

    /// <summary>Its folder went with the pull.</summary>
    public override Task Remove(string reference, CancellationToken cancellation) => Task.CompletedTask;
}
