using Roadstead.Cli.NodeConfig;

namespace Roadstead.Cli.NodeMerge;

/// <summary>The certificates that a node has for the mirror. containers-certs.d(5).</summary>
internal static class CertsDCheck
{
    /// <summary>A client certificate without its key, or a key alone, fails every request to the mirror.</summary>
    public static void Pairs(Merge merge)
    {
        var authority = merge.Plan.Mirror.Authority;
        var docker = $"{Docker.CertsD}/{authority}";
        string[] folders = [$"{ContainersImage.Folder}/certs.d/{authority}", docker];
        var read = folders.FirstOrDefault(merge.Before.HasFolder);
        if (read is null)
        {
            return;
        }

        foreach (var (here, other) in new[] { (".cert", ".key"), (".key", ".cert") })
        {
            foreach (var path in merge.Before.FilesIn(read, here).Where(path => !merge.Before.HasFile(Path.ChangeExtension(path, other))))
            {
                merge.Fault(path, null, $"has no {Path.GetFileName(Path.ChangeExtension(path, other))} beside it, and nothing is pulled from {authority} while one of the pair is missing. Put it there, or take this one away.");
            }
        }

        if (read == docker && merge.Plan.CaPem is not null && merge.Before.FilesIn(docker, "").Any(path => Path.GetExtension(path) is ".cert" or ".key"))
        {
            merge.Notes.Add($"{docker} has a client certificate, which is no longer read once {folders[0]} is there. Copy it to that folder if the mirror asks for it.");
        }
    }
}
