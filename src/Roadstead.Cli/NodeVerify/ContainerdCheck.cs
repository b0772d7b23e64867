using Roadstead.Cli.NodeConfig;
using Roadstead.Cli.NodeFormats;
using Roadstead.Cli.NodeInstall;

namespace Roadstead.Cli.NodeVerify;

/// <summary>containerd: which folder it reads by config.toml and what that imports, and what stands in there.</summary>
/// <param name="isRead">The runtime itself reads config.toml for the folder, and not the program that pulls.</param>
/// <param name="told">The folder in force, as the runtime tells; null: it does not tell, empty: none.</param>
internal sealed class ContainerdCheck(NodeFiles files, MirrorPlan plan, string? told, bool isRead = true) : ConfigurationCheck
{
    public override string Looked => $"{Containerd.ConfigToml}, {Hosts(InForce(ContainerdConfig.Read(files, plan.Version, []))).Looked}";

    public override IEnumerable<VerifyCause> Faults(MirrorPlace place)
    {
        var broken = new List<NodeFault>();
        var config = ContainerdConfig.Read(files, plan.Version, broken);
        if (broken.Count > 0)
        {
            return broken.Select(fault => Broken(fault, "and will not start with it", "Correct it."));
        }

        var inForce = InForce(config);
        return [.. OfFolder(config, inForce, place) is { } fault ? [fault] : Array.Empty<VerifyCause>(), .. Hosts(inForce).Faults(place)];
    }

    public override IEnumerable<VerifyCause> Breaches(MirrorPlace place) => Hosts(InForce(ContainerdConfig.Read(files, plan.Version, []))).Breaches(place);

    public override (string Mirror, string Where)? Before(MirrorPlace place) => Hosts(InForce(ContainerdConfig.Read(files, plan.Version, []))).Before(place);

    public override IEnumerable<string> Notes(MirrorPlace place)
    {
        var broken = new List<NodeFault>();
        var config = ContainerdConfig.Read(files, plan.Version, broken);
        var named = string.Join(':', config.Folders);
        return base.Notes(place).Concat(!isRead || told is null ? []
            : broken.Count > 0 ? [$"{broken[0].Path}:{broken[0].Line}: containerd will not start again with this file ({broken[0].What}). Correct it."]
            : named.TrimEnd('/') == told.TrimEnd('/') || IsGood(named, place) ? []
            : [NotInForce(Unset(config, named), "containerd")]);
    }

    private string InForce(ContainerdConfig config) => told ?? string.Join(':', config.Folders);

    private HostsTomlCheck Hosts(string inForce) => new(files, plan, IsOne(inForce) ? inForce.TrimEnd('/') : Containerd.CertsD);

    private VerifyCause? OfFolder(ContainerdConfig config, string inForce, MirrorPlace place)
    {
        if (IsGood(inForce, place))
        {
            return null;
        }

        var named = string.Join(':', config.Folders);
        if (IsGood(named, place))
        {
            return new VerifyCause(CauseKind.RestartNeeded, $"config.toml names {named}, and containerd runs with {(inForce.Length == 0 ? "no such folder" : inForce)}: it read the file before.", "Restart containerd: systemctl restart containerd. Containers go on.", PlaceOf(config));
        }

        return Unset(config, inForce);
    }

    private static string PlaceOf(ContainerdConfig config) => config.ConfigPath is var (path, item) ? $"{path}:{item.Line}" : Containerd.ConfigToml;

    private static VerifyCause Unset(ContainerdConfig config, string inForce)
    {
        const string ToDo = $"Set config_path = \"{Containerd.CertsD}\" there (roadstead node install does), and restart containerd.";
        var what = inForce.Length == 0 ? "config_path is not set, so that containerd reads no hosts.toml."
            : IsOne(inForce) ? $"containerd reads hosts.toml in {inForce}, and not in {Containerd.CertsD}."
            : $"config_path names several folders ({inForce}), which hides the mirrors from newer containerd.";
        return new VerifyCause(CauseKind.ConfigPathUnset, what, ToDo, PlaceOf(config));
    }

    /// <summary>The folder of ours, or one of the node's own that has the registry's hosts.</summary>
    private bool IsGood(string folder, MirrorPlace place) =>
        IsOne(folder) && (folder.TrimEnd('/') == Containerd.CertsD || files.HasFile(HostsTomlFile.PathOf(files, folder.TrimEnd('/'), place.Registry.Registry)));

    private static bool IsOne(string folders) => folders.Length > 0 && !folders.Contains(':', StringComparison.Ordinal);
}
