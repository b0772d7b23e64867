using Roadstead.Cli.NodeInstall;

namespace Roadstead.Cli.NodeFormats;

/// <summary>What CRI-O's own configuration says of the files that it reads. crio.conf(5), crio.conf.d(5): later files win.</summary>
internal sealed class CrioConf
{
    public const string Folder = "/etc/crio/crio.conf.d";

    /// <summary>The key that names the file of credentials for every pull.</summary>
    public const string AuthFileKey = "global_auth_file";

    private static readonly string[] Tables = ["image", "runtime", "api"];
    private readonly List<TomlFile> _files = [];

    public static CrioConf Read(NodeFiles node, List<NodeFault> faults)
    {
        var conf = new CrioConf();
        string[] paths = ["/etc/crio/crio.conf", .. node.FilesIn(Folder, "")];
        foreach (var path in paths)
        {
            if (node.Text(path) is { } text && TomlFile.Read(path, text, faults, "CRI-O does not start with it. Mend it, then run this again.") is { } file)
            {
                conf._files.Add(file);
            }
        }

        return conf;
    }

    /// <summary>The last word on a key, and where it stands; null: none of the files has it, or it is empty.</summary>
    /// <param name="counts">Whether a file of a path is looked at.</param>
    public (string Path, int Line, string Value)? Word(string key, Func<string, bool>? counts = null)
    {
        foreach (var file in _files.Where(file => counts is null || counts(file.Path)).Reverse())
        {
            var crio = file.Root["crio"]?.Table;
            var item = crio?[key] ?? Tables.Select(table => crio?[table]?.Table?[key]).FirstOrDefault(found => found is not null);
            if (item?.String is { } value)
            {
                return value.Length == 0 ? null : (file.Path, item.Line, value);
            }
        }

        return null;
    }

    /// <summary>True if a file says where credentials are and nothing else.</summary>
    public bool SaysOnly(string path, string key) => _files.Find(file => file.Path == path)?.Root is { Items: [{ Key: "crio", Table: { Items: [{ Key: "image", Table: { Items: [{ } only] } }] } }] } && only.Key == key;
}
