using System.IO.Enumeration;
using Roadstead.Cli.NodeConfig;
using Roadstead.Cli.NodeInstall;

namespace Roadstead.Cli.NodeFormats;

/// <summary>containerd's config.toml and what it imports. containerd-config.toml(5).</summary>
internal sealed class ContainerdConfig
{
    private const string Consequence = "containerd does not start with it. Mend it, then run this again.";

    /// <summary>From here on its reader of TOML is another one, which takes no byte-order mark.</summary>
    public static readonly RuntimeVersion FirstWithoutMark = new(2, 0, 0);

    private readonly RuntimeVersion? _version;

    private ContainerdConfig(IReadOnlyList<TomlFile> files, RuntimeVersion? version) => (Files, _version) = (files, version);

    /// <summary>In the order in which they are read; empty: there is no config.toml.</summary>
    public IReadOnlyList<TomlFile> Files { get; }

    /// <summary>
    /// The file whose word on the CRI plug-in counts: an imported file's table of a plug-in takes the place of one that was read before. Null: there is no file.
    /// </summary>
    public TomlFile? Effective => Files.LastOrDefault(file => file.Root.Table(PluginPath(file)) is not null) ?? (Files.Count > 0 ? Files[0] : null);

    public TomlTable? Registry => Effective is { } file ? file.Root.Table(RegistryPath(file)) : null;

    /// <summary>config_path where it stands last: later versions merge the tables of all files. Null: nowhere.</summary>
    public (string Path, TomlItem Item)? ConfigPath
    {
        get
        {
            foreach (var file in Files.Reverse())
            {
                if (file.Root.Table(RegistryPath(file))?["config_path"] is { } item && item.String != "")
                {
                    return (file.Path, item);
                }
            }

            return null;
        }
    }

    /// <summary>The folders of hosts.toml that it looks into; empty: none. With more than one, 2.1 and later look into neither.</summary>
    public IReadOnlyList<string> Folders => ConfigPath is { Item: var item } ? item.String?.Split(':', StringSplitOptions.RemoveEmptyEntries) ?? []
        : _version >= new RuntimeVersion(2, 2, 0) ? [Containerd.CertsD, Docker.CertsD] : [];

    /// <param name="version">Null: not known.</param>
    public static ContainerdConfig Read(NodeFiles node, RuntimeVersion? version, List<NodeFault> faults)
    {
        var files = new List<TomlFile>();
        var pending = new Queue<string>([Containerd.ConfigToml]);
        var seen = new HashSet<string>();
        while (pending.TryDequeue(out var path))
        {
            if (!seen.Add(path) || node.Text(path) is not { } text || (version >= FirstWithoutMark && ByteOrderMark.IsFault(path, text, faults, Consequence)) || TomlFile.Read(path, text, faults, Consequence) is not { } file)
            {
                continue;
            }

            files.Add(file);

            // From 2.2 on a file without the word means this folder.
            var imports = file.Root["imports"]?.Strings ?? (path == Containerd.ConfigToml && version >= new RuntimeVersion(2, 2, 0) ? ["/etc/containerd/conf.d/*.toml"] : []);
            foreach (var import in imports)
            {
                // Before 2.0 a pattern counts from where containerd is started, which is the root for a service.
                var isPattern = import.Contains('*', StringComparison.Ordinal);
                var pattern = Path.GetFullPath(import, isPattern && version < new RuntimeVersion(2, 0, 0) ? "/" : Path.GetDirectoryName(path)!);
                var folder = Path.GetDirectoryName(pattern)!;
                var matches = isPattern
                    ? node.FilesIn(folder, "").Where(found => FileSystemName.MatchesSimpleExpression(Path.GetFileName(pattern), Path.GetFileName(found), ignoreCase: false))
                    : [pattern];
                matches.ToList().ForEach(pending.Enqueue);
            }
        }

        var config = new ContainerdConfig(files, version);
        if (config.ConfigPath is { Item: { String: null } word, Path: var wrong })
        {
            faults.Add(new NodeFault(wrong, word.Line, "config_path must be one folder in quotes", Consequence));
        }

        return config;
    }

    /// <summary>The form that a file is written in; one that does not say is of the first.</summary>
    public static long Version(TomlFile file) => file.Root["version"]?.Integer ?? 1;

    public static string[] RegistryPath(TomlFile file) => [.. PluginPath(file), "registry"];

    private static string[] PluginPath(TomlFile file) => ["plugins", Version(file) switch { 1 => "cri", 2 => "io.containerd.grpc.v1.cri", _ => "io.containerd.cri.v1.images" }];
}
