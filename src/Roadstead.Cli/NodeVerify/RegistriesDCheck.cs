using Roadstead.Cli.NodeConfig;
using Roadstead.Cli.NodeFormats;
using Roadstead.Cli.NodeInstall;

namespace Roadstead.Cli.NodeVerify;

/// <summary>Where signatures are looked for: a name may stand in one file alone. containers-registries.d(5).</summary>
internal sealed class RegistriesDCheck(NodeFiles files)
{
    private const string Usual = $"{ContainersImage.Folder}/registries.d";
    private const string Own = "/root/.config/containers/registries.d";
    private const string AllFail = "which fails every pull of this node";

    public IEnumerable<VerifyCause> Faults()
    {
        var first = new Dictionary<string, string>(StringComparer.Ordinal);
        foreach (var path in files.FilesIn(files.HasFolder(Own) ? Own : Usual, ".yaml"))
        {
            var broken = new List<NodeFault>();
            var file = YamlFile.Read(path, files.Text(path)!, broken, "");
            foreach (var fault in broken)
            {
                yield return new VerifyCause(CauseKind.ConfigurationBroken, $"The file {fault.What}, {AllFail}.", "Correct it, or take it away.", $"{path}:{fault.Line}");
            }

            YamlEntry?[] names = [file?.Root?.Entry("default-docker"), .. file?.Root?.Entry("docker")?.Value.Entries ?? []];
            foreach (var entry in names.OfType<YamlEntry>())
            {
                var place = $"{path}:{entry.Line}";
                if (!first.TryAdd(entry.Key, place))
                {
                    yield return new VerifyCause(CauseKind.ConfigurationBroken, $"{entry.Key} stands in two files of registries.d, here and in {first[entry.Key]}, {AllFail}.", "Take one of the two out.", place);
                }
            }
        }
    }
}
