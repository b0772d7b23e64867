using Roadstead.Cli.NodeConfig;
using Roadstead.Cli.NodeInstall;

namespace Roadstead.Cli.NodeVerify;

/// <summary>Client certificates and their keys in certs.d, each of which needs the other. containers-certs.d(5).</summary>
internal sealed class ClientCertificateCheck(NodeFiles files)
{
    // The first that has a folder of the host is the only one that is read.
    private static readonly string[] Folders = ["/root/.config/containers/certs.d", $"{ContainersImage.Folder}/certs.d", "/etc/docker/certs.d"];

    /// <param name="authority">Of the mirror.</param>
    public IEnumerable<VerifyCause> Faults(string authority)
    {
        var folder = Folders.Select(parent => $"{parent}/{authority}").FirstOrDefault(files.HasFolder);
        foreach (var (one, other) in new[] { (".cert", ".key"), (".key", ".cert") })
        {
            foreach (var path in folder is null ? [] : files.FilesIn(folder, one))
            {
                var partner = $"{path[..^one.Length]}{other}";
                if (!files.HasFile(partner))
                {
                    yield return new VerifyCause(CauseKind.ConfigurationBroken, $"There is no {partner} beside it, without which the runtime does not speak to the mirror at all.",
                        one == ".cert" ? "Put the key there, or take the file away; a CA's name ends in .crt." : "Put the certificate there, or take the file away.", path);
                }
            }
        }
    }
}
