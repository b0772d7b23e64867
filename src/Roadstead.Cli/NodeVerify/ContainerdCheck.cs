using Roadstead.Cli.NodeConfig;
using Roadstead.Cli.NodeInstall;

namespace Roadstead.Cli.NodeVerify;

/// <summary>containerd: which folder it reads by config.toml, and what stands in there.</summary>
/// <param name="told">The folder in force, as the runtime tells; null: it does not tell, empty: none.</param>
internal sealed class ContainerdCheck(NodeFiles files, MirrorPlan plan, string? told) : ConfigurationCheck
{
    public const string ConfigToml = "/etc/containerd/config.toml";
    public const string CertsD = "/etc/containerd/certs.d";

    /// <summary>The folder that config.toml names; null: none.</summary>
    public static TomlEntry? ConfigPath(FlatToml config) =>
        config.Entries.FirstOrDefault(entry => entry.Path is ["plugins", "io.containerd.grpc.v1.cri" or "io.containerd.cri.v1.images", "registry", "config_path"] && entry.Value.Length > 0);

    public override IEnumerable<VerifyCause> Faults(MirrorPlace place)
    {
        var config = FlatToml.Read(files.Text(ConfigToml) ?? "");
        if (config.Fault is var (line, message))
        {
            yield return new VerifyCause(CauseKind.ConfigurationBroken, $"config.toml does not parse ({message.TrimEnd('.')}): containerd will not start with it.", "Correct it.", $"{ConfigToml}:{line}");
            yield break;
        }

        if (OfFolder(ConfigPath(config)) is { } fault)
        {
            yield return fault;
        }

        foreach (var other in new HostsTomlCheck(files, plan, told is { Length: > 0 } ? told : CertsD).Faults(place))
        {
            yield return other;
        }
    }

    private VerifyCause? OfFolder(TomlEntry? written)
    {
        const string ToDo = $"Set config_path = \"{CertsD}\" there (roadstead node install does), and restart containerd.";
        if (told == CertsD)
        {
            return null;
        }

        if (written?.Value == CertsD)
        {
            return told is null ? null : new VerifyCause(CauseKind.RestartNeeded, $"config.toml names {CertsD}, and containerd runs with {(told.Length == 0 ? "no such folder" : told)}: it read the file before.",
                "Restart containerd: systemctl restart containerd. Containers go on.", $"{ConfigToml}:{written.Line}");
        }

        var folder = told ?? written?.Value;
        return folder is { Length: > 0 } && folder.Contains(':', StringComparison.Ordinal)
                ? new VerifyCause(CauseKind.ConfigPathUnset, $"config_path names several folders ({folder}), which hides the mirrors from newer containerd.", ToDo, At(written))
            : folder is { Length: > 0 }
                ? new VerifyCause(CauseKind.ConfigPathUnset, $"containerd reads hosts.toml in {folder}, and not in {CertsD}.", ToDo, At(written))
            : new VerifyCause(CauseKind.ConfigPathUnset, "config_path is not set, so that containerd reads no hosts.toml.", ToDo, At(written));
    }

    private static string At(TomlEntry? written) => written is null ? ConfigToml : $"{ConfigToml}:{written.Line}";
}
