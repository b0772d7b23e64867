using Roadstead.Cli.NodeConfig;
using Roadstead.Cli.NodeFormats;
using Roadstead.Cli.NodeInstall;

namespace Roadstead.Cli.NodeVerify;

/// <summary>How each runtime is spoken to.</summary>
internal static class Pullers
{
    /// <summary>Runtimes that can be verified on the node itself.</summary>
    public static IReadOnlyList<string> Names { get; } = ["crio", "podman", "containerd", "docker", "k3s", "rke2", "microk8s"];

    /// <returns>The puller to dispose, and whether its runtime can be asked.</returns>
    public static async Task<(ImagePuller Puller, PullerState State)> Open(DetectedRuntime runtime, NodeFiles files, CancellationToken cancellation)
    {
        var tool = new NodeTool(files);
        return runtime.Runtime.Name switch
        {
            "podman" => await FirstThatRuns(ContainersImage(files), cancellation).ConfigureAwait(false),
            "docker" => await FirstThatRuns([new DockerPuller(tool)], cancellation).ConfigureAwait(false),
            var name => await OpenSocket(name, Socket(runtime, files), tool, files, cancellation).ConfigureAwait(false),
        };
    }

    /// <summary>The tools that pull as CRI-O does, the first that the node has.</summary>
    public static IReadOnlyList<ImagePuller> ContainersImage(NodeFiles files)
    {
        var tool = new NodeTool(files);
        return [new ContainersImagePuller(tool, "podman"), new SkopeoPuller(tool, files), new ContainersImagePuller(tool, "buildah")];
    }

    /// <summary>That of the first puller that runs; of none, that of the first.</summary>
    public static async Task<(ImagePuller Puller, PullerState State)> FirstThatRuns(IReadOnlyList<ImagePuller> pullers, CancellationToken cancellation)
    {
        (ImagePuller, PullerState)? first = null;
        foreach (var puller in pullers)
        {
            var state = await puller.State(cancellation).ConfigureAwait(false);
            if (state is PullerState.Running)
            {
                return (puller, state);
            }

            first ??= (puller, state);
        }

        return first!.Value;
    }

    private static string Socket(DetectedRuntime runtime, NodeFiles files)
    {
        var known = CriSockets.Of(runtime.Runtime.Name);
        return runtime.Socket ?? known.FirstOrDefault(socket => Path.Exists(files.Locate(socket))) ?? known[0];
    }

    private static async Task<(ImagePuller Puller, PullerState State)> OpenSocket(string name, string socket, NodeTool tool, NodeFiles files, CancellationToken cancellation)
    {
        var cri = new CriPuller(files.Locate(socket), socket);
        var state = await cri.State(cancellation).ConfigureAwait(false);
        if (name != "containerd" || state is not PullerState.Away { Why: CriPuller.NoCri })
        {
            return (cri, state);
        }

        cri.Dispose();
        var ctr = new CtrPuller(tool, socket, ContainerdConfig.Read(files, null, []).Folders is [var folder] ? folder : Containerd.CertsD);
        return (ctr, await ctr.State(cancellation).ConfigureAwait(false));
    }
}
