using Roadstead.Cli.NodeConfig;
using Roadstead.Cli.NodeFormats;

namespace Roadstead.Cli.NodeMerge;

/// <summary>CRI-O: the files of containers/image where its own configuration has them, and its file of credentials.</summary>
internal static class CrioMerge
{
    public static void Into(Merge merge)
    {
        var conf = CrioConf.Read(merge.Before, merge.Faults);
        if (merge.Faults.Count > 0)
        {
            return;
        }

        ContainersImageMerge.Into(merge, RegistriesConfPlaces.OfCrio(merge.Before, conf));
        Credential(merge, conf);
    }

    private static void Credential(Merge merge, CrioConf conf)
    {
        if (merge.Plan.Credential is not { } credential || merge.Rendered(Crio.AuthFile) is not { } own || merge.Rendered(Crio.AuthDropIn) is not { } dropIn)
        {
            return;
        }

        bool IsOurs(string path) => conf.SaysOnly(path, CrioConf.AuthFileKey) && conf.Word(CrioConf.AuthFileKey, only => only == path)?.Value == Crio.AuthFile;
        var name = DropInName.Choose(merge.Before, CrioConf.Folder, Path.GetFileName(Crio.AuthDropIn), IsOurs, []);
        if (conf.Word(CrioConf.AuthFileKey, path => !IsOurs(path)) is { } other && other.Value != Crio.AuthFile)
        {
            merge.Notes.Remove(Crio.GlobalAuthFile);

            // It stays where it is, with the mirror's entry in it: two files cannot be named.
            AuthJsonMerge.Into(merge, own with { Path = other.Value, Placement = Placement.Shared }, credential);
            merge.Notes.Add($"{other.Path}:{other.Line} names {other.Value}, which gets the mirror's entry. It is read for every pull; CRI-O needs no restart for it.");
            merge.Before.FilesIn(CrioConf.Folder, "").Where(IsOurs).ToList().ForEach(path => merge.Remove(path, dropIn.Reload));
            return;
        }

        merge.Put(own);
        merge.Put(dropIn with { Path = name.Path });
        name.Old.ToList().ForEach(path => merge.Remove(path, dropIn.Reload));
    }
}
