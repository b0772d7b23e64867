using Roadstead.Cli.NodeConfig;
using Roadstead.Cli.NodeFormats;
using Roadstead.Cli.NodeInstall;

namespace Roadstead.Cli.NodeVerify;

/// <summary>containerd: which folder it reads by config.toml and what that imports, and what stands in there.</summary>
/// <param name="told">The folder in force, as the runtime tells; null: it does not tell, empty: none.</param>
internal sealed class ContainerdCheck(NodeFiles files, MirrorPlan plan, string? told) : ConfigurationCheck
{
    public override IEnumerable<VerifyCause> Faults(MirrorPlace place)
    {
        var broken = new List<NodeFault>();
        var config = ContainerdConfig.Read(files, plan.Version, broken);
        if (broken.Count > 0)
        {
            return broken.Select(fault => Broken(fault, "and will not start with it", "Correct it."));
        }

        var inForce = told ?? string.Join(':', config.Folders);
        return [.. OfFolder(config, inForce, place) is { } fault ? [fault] : Array.Empty<VerifyCause>(), .. new HostsTomlCheck(files, plan, IsOne(inForce) ? inForce.TrimEnd('/') : Containerd.CertsD).Faults(place)];
    }

    private VerifyCause? OfFolder(ContainerdConfig config, string inForce, MirrorPlace place)
    {
        const string ToDo = $"Set config_path = \"{Containerd.CertsD}\" there (roadstead node install does), and restart containerd.";
        if (IsGood(inForce, place))
        {
            return null;
        }

        var where = config.ConfigPath is var (path, item) ? $"{path}:{item.Line}" : Containerd.ConfigToml;
        var named = string.Join(':', config.Folders);
        if (IsGood(named, place))
        {
            return new VerifyCause(CauseKind.RestartNeeded, $"config.toml names {named}, and containerd runs with {(inForce.Length == 0 ? "no such folder" : inForce)}: it read the file before.", "Restart containerd: systemctl restart containerd. Containers go on.", where);
        }

        var what = inForce.Length == 0 ? "config_path is not set, so that containerd reads no hosts.toml."
            : IsOne(inForce) ? $"containerd reads hosts.toml in {inForce}, and not in {Containerd.CertsD}."
            : $"config_path names several folders ({inForce}), which hides the mirrors from newer containerd.";
        return new VerifyCause(CauseKind.ConfigPathUnset, what, ToDo, where);
    }

    /// <summary>The folder of ours, or one of the node's own that has the registry's hosts.</summary>
    private bool IsGood(string folder, MirrorPlace place) =>
        IsOne(folder) && (folder.TrimEnd('/') == Containerd.CertsD || files.HasFile(HostsTomlFile.PathOf(files, folder.TrimEnd('/'), place.Registry.Registry)));

    private static bool IsOne(string folders) => folders.Length > 0 && !folders.Contains(':', StringComparison.Ordinal);
}
