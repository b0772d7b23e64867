using Roadstead.Cli.NodeConfig;
using Roadstead.Cli.NodeFormats;
using Roadstead.Cli.NodeInstall;

namespace Roadstead.Cli.NodeMerge;

/// <summary>Where signatures are looked for: all files of containers-registries.d(5), in which a name may stand once.</summary>
internal sealed class RegistriesDSet
{
    private const string Folder = $"{ContainersImage.Folder}/registries.d";
    private readonly Dictionary<string, (string Path, YamlEntry Entry)> _names = new(StringComparer.Ordinal);

    public static RegistriesDSet Read(NodeFiles node, List<NodeFault> faults)
    {
        var set = new RegistriesDSet();
        (string Path, int Line)? general = null;
        foreach (var path in node.FilesIn(Folder, ".yaml"))
        {
            if (YamlFile.ReadToEdit(path, node.Text(path)!, faults, "Every pull of this node fails because of it. Mend it, then run this again.") is not { } file)
            {
                continue;
            }

            if (file.Root?.Entry("default-docker") is { } own)
            {
                if (general is { } first)
                {
                    faults.Add(Twice(path, own.Line, "default-docker", first));
                }

                general ??= (path, own.Line);
            }

            foreach (var entry in file.Root?.Entry("docker")?.Value.Entries ?? [])
            {
                if (!set._names.TryAdd(entry.Key, (path, entry)))
                {
                    faults.Add(Twice(path, entry.Line, entry.Key, (set._names[entry.Key].Path, set._names[entry.Key].Entry.Line)));
                }
            }
        }

        return set;
    }

    /// <summary>Our file, without the names that another file has already.</summary>
    public void Into(Merge merge)
    {
        if (merge.Rendered(ContainersImage.RegistriesDFile) is not { } file)
        {
            return;
        }

        var missing = new List<RegistryMirror>();
        foreach (var registry in merge.Plan.Registries)
        {
            if (!_names.TryGetValue(merge.Plan.Mirror.Location(registry), out var known) || known.Path == file.Path)
            {
                missing.Add(registry);
            }
            else if (known.Entry.Value.Entry("use-sigstore-attachments")?.Value.Text != "true")
            {
                merge.Fault(known.Path, known.Entry.Line, $"{known.Entry.Key} stands here without use-sigstore-attachments: true, and must not stand in two files. Add that line to it, or leave --sigstore-attachments out.");
            }
        }

        if (missing.Count > 0)
        {
            merge.Put(file, ContainersImage.RegistriesD(merge.Plan with { Registries = missing }));
        }
        else if (merge.Before.HasFile(file.Path))
        {
            merge.Remove(file.Path, file.Reload);
        }
    }

    private static NodeFault Twice(string path, int line, string name, (string Path, int Line) first) =>
        new(path, line, $"{name} stands in {first.Path}:{first.Line} already, and every pull of this node fails because of it. Take one of the two out, then run this again.");
}
