using Roadstead.Cli.NodeInstall;

namespace Roadstead.Cli.NodeFormats;

/// <summary>All files of registries of a node, in the order in which they count: a later entry replaces an earlier one of the same prefix whole.</summary>
internal sealed class RegistriesConfSet
{
    private readonly RegistriesConfPlaces _places;

    private RegistriesConfSet(RegistriesConfPlaces places, IReadOnlyList<RegistriesConfFile> files) => (_places, Files) = (places, files);

    public IReadOnlyList<RegistriesConfFile> Files { get; }

    public IEnumerable<RegistriesConfFile> DropIns => Files.Where(file => IsIn(file, _places.Folder));

    public IEnumerable<RegistriesConfFile> UserDropIns => Files.Where(file => _places.UserFolder is { } folder && IsIn(file, folder));

    public static RegistriesConfSet Read(NodeFiles node, RegistriesConfPlaces places, List<NodeFault> faults)
    {
        var files = new List<RegistriesConfFile?>();
        if (node.Text(places.Main) is { } main)
        {
            files.Add(RegistriesConfFile.Read(places.Main, main, isMain: true, faults));
        }

        string[] folders = places.UserFolder is { } user ? [places.Folder, user] : [places.Folder];
        foreach (var path in folders.SelectMany(folder => node.FilesIn(folder, ".conf")))
        {
            files.Add(RegistriesConfFile.Read(path, node.Text(path)!, isMain: false, faults));
        }

        return new RegistriesConfSet(places, [.. files.OfType<RegistriesConfFile>()]);
    }

    /// <summary>The entry that is in force, of the files that count; null: there is none.</summary>
    public RegistryEntry? Entry(string prefix, Func<RegistriesConfFile, bool> counts) =>
        Files.Where(counts).Reverse().Select(file => file.Entries.FirstOrDefault(entry => entry.Prefix == prefix)).FirstOrDefault(entry => entry is not null);

    /// <summary>All entries that are in force.</summary>
    public IEnumerable<RegistryEntry> InForce => Files.SelectMany(file => file.Entries).Select(entry => entry.Prefix).Distinct().Select(prefix => Entry(prefix, _ => true)!);

    private static bool IsIn(RegistriesConfFile file, string folder) => Path.GetDirectoryName(file.Path) == folder;
}
