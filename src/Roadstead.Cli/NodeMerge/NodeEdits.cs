using System.Diagnostics;
using Roadstead.Cli.NodeConfig;
using Roadstead.Cli.NodeInstall;

namespace Roadstead.Cli.NodeMerge;

/// <summary>What a node's files are to become so that a runtime uses the mirror. Reads, and writes nothing.</summary>
internal static class NodeEdits
{
    /// <param name="before">The node as it was before the mirror came. A file that was edited since is as it is now, with our earlier entries in it.</param>
    /// <param name="formerMirrors">Authorities under which the mirror was known before, as <c>mirror.example:5000</c>.</param>
    public static NodeEdit For(NodeRuntime runtime, MirrorPlan plan, NodeFiles before, IReadOnlyCollection<string> formerMirrors)
    {
        ArgumentNullException.ThrowIfNull(runtime);
        ArgumentNullException.ThrowIfNull(plan);
        ArgumentNullException.ThrowIfNull(before);
        ArgumentNullException.ThrowIfNull(formerMirrors);
        return runtime.Render(plan) switch
        {
            RenderResult.Faulty(var faults) => new NodeEdit.Faulty(faults, []),
            RenderResult.Rendered(var configuration) => Readable(runtime, new Merge(plan, configuration, before, new OurMirrors(plan, formerMirrors))),
            _ => throw new UnreachableException(),
        };
    }

    private static NodeEdit Readable(NodeRuntime runtime, Merge merge)
    {
        try
        {
            return For(runtime, merge);
        }
        catch (OddFileException odd)
        {
            return new NodeEdit.Faulty([], [.. merge.Faults.Append(odd.Fault).Distinct()]);
        }
    }

    private static NodeEdit For(NodeRuntime runtime, Merge merge)
    {
        switch (runtime)
        {
            case Crio:
                CrioMerge.Into(merge);
                break;
            case Podman:
                PodmanMerge.Into(merge);
                break;
            case Containerd:
                ContainerdMerge.Into(merge);
                break;
            case Docker:
                DockerMerge.Into(merge);
                break;
            case K3s k3s:
                K3sMerge.Into(merge, k3s);
                break;
            case MicroK8s:
                HostsTomlMerge.Into(merge, merge.Plan with { Version = null }, MicroK8s.CertsD);
                break;
            default:
                // Builders, and nodes that are made elsewhere: their files are their owner's.
                return new NodeEdit.ForOwner(merge.Configuration);
        }

        return merge.Result();
    }
}
