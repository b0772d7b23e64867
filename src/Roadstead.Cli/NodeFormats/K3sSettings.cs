using Roadstead.Cli.NodeConfig;
using Roadstead.Cli.NodeInstall;

namespace Roadstead.Cli.NodeFormats;

/// <summary>config.yaml of k3s or RKE2 and its drop-ins, of which a later one has the last word.</summary>
/// <param name="Files">In the order in which they count.</param>
/// <param name="RegistriesYaml">Where their file of registries is.</param>
internal sealed record K3sSettings(IReadOnlyList<(string Path, YamlFile File)> Files, string RegistriesYaml)
{
    /// <summary>What they do with a file of theirs that is wrong.</summary>
    public const string Consequence = "The node's agent does not start with it. Mend it, then run this again.";

    public static K3sSettings Read(NodeFiles node, K3s runtime, List<NodeFault> faults)
    {
        var files = new List<(string Path, YamlFile File)>();
        string[] paths = [runtime.ConfigYaml, .. node.FilesIn($"{runtime.ConfigYaml}.d", ".yaml")];
        foreach (var path in paths)
        {
            if (node.Text(path) is { } text && YamlFile.Read(path, text, faults, Consequence) is { } file)
            {
                files.Add((path, file));
            }
        }

        return new K3sSettings(files, files.Select(setting => setting.File.Root?.Entry("private-registry")?.Value.Text).LastOrDefault(path => path is not null) ?? runtime.RegistriesYamlPath);
    }
}
