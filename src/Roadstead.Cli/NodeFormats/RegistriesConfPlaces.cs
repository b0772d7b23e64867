using Roadstead.Cli.NodeConfig;
using Roadstead.Cli.NodeInstall;

namespace Roadstead.Cli.NodeFormats;

/// <summary>Where containers/image looks for files of registries. containers-registries.conf(5).</summary>
/// <param name="Folder">Of drop-ins.</param>
/// <param name="UserFolder">Of drop-ins that come after those; null: it is not read.</param>
/// <param name="HidingFile">Root's own, beside which neither <paramref name="Main"/> nor <paramref name="Folder"/> is read; null: it is not looked for.</param>
internal sealed record RegistriesConfPlaces(string Main, string Folder, string? UserFolder, string? HidingFile)
{
    public static readonly RegistriesConfPlaces System =
        new($"{ContainersImage.Folder}/registries.conf", $"{ContainersImage.Folder}/registries.conf.d", "/root/.config/containers/registries.conf.d", "/root/.config/containers/registries.conf");

    /// <summary>Those of CRI-O, which may be told of others.</summary>
    public static RegistriesConfPlaces OfCrio(NodeFiles node, CrioConf conf)
    {
        var main = Flag(node, "--registries-conf") ?? conf.Word("registries_conf")?.Value;
        var folder = Flag(node, "--registries-conf-dir") ?? conf.Word("registries_conf_dir")?.Value;

        // What was chosen is the only one that is read.
        return new RegistriesConfPlaces(main ?? System.Main, folder?.TrimEnd('/') ?? System.Folder, folder is null ? System.UserFolder : null, main is null ? System.HidingFile : null);
    }

    /// <summary>What has the tools of containers/image read another file.</summary>
    /// <param name="path">As the node has it; null: the node's own.</param>
    public static IReadOnlyDictionary<string, string> Variables(string? path) =>
        path is null ? new Dictionary<string, string>() : new Dictionary<string, string> { ["CONTAINERS_REGISTRIES_CONF"] = path };

    private static string? Flag(NodeFiles node, string option) => UnitFlags.Find(node, "crio", option).Select(flag => flag.Value).LastOrDefault(value => value is not null);
}
