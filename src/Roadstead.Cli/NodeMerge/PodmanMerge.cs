using Roadstead.Cli.NodeConfig;
using Roadstead.Cli.NodeFormats;

namespace Roadstead.Cli.NodeMerge;

/// <summary>Podman, Buildah and Skopeo of root.</summary>
internal static class PodmanMerge
{
    public static void Into(Merge merge)
    {
        ContainersImageMerge.Into(merge, RegistriesConfPlaces.System);
        if (merge.Plan.Credential is { } credential && merge.Rendered(Podman.AuthFile) is { } file)
        {
            AuthJsonMerge.Into(merge, file, credential);
        }
    }
}
