using Roadstead.Cli.NodeConfig;

namespace Roadstead.Cli.NodeMerge;

/// <summary>Podman, Buildah and Skopeo of root.</summary>
internal static class PodmanMerge
{
    public static void Into(Merge merge)
    {
        if (merge.Before.HasFile(RegistriesConfPlaces.UserMain))
        {
            HiddenFault(merge);
        }

        ContainersImageMerge.Into(merge, RegistriesConfPlaces.System);
        if (merge.Plan.Credential is { } credential && merge.Rendered(Podman.AuthFile) is { } file)
        {
            AuthJsonMerge.Into(merge, file, credential);
        }
    }

    public static void HiddenFault(Merge merge) => merge.Fault(RegistriesConfPlaces.UserMain, null,
        "while root has this file, none of /etc/containers/registries.conf and registries.conf.d is read, so the mirror would not be asked. Move what it says to /etc/containers/registries.conf and take it away.");
}
