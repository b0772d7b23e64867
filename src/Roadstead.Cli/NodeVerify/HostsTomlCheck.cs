using Roadstead.Cli.NodeConfig;
using Roadstead.Cli.NodeFormats;
using Roadstead.Cli.NodeInstall;

namespace Roadstead.Cli.NodeVerify;

/// <summary>hosts.toml, which containerd passes over without a word where it cannot read it. containerd, docs/hosts.md.</summary>
/// <param name="plan">Its version is containerd's.</param>
/// <param name="folder">The folder that the runtime reads, as the node has it.</param>
internal sealed class HostsTomlCheck(NodeFiles files, MirrorPlan plan, string folder) : ConfigurationCheck
{
    // Without the second it is not asked for tags, which is what --digest-only wants.
    private static readonly string[] Needed = ["pull", "resolve"];

    public override string Looked => HostsTomlFile.PathOf(files, folder, "REGISTRY");

    public override IEnumerable<VerifyCause> Faults(MirrorPlace place)
    {
        var registry = place.Registry.Registry;
        var path = HostsTomlFile.PathOf(files, folder, registry);
        if (files.Text(path) is not { } text)
        {
            return [Missing($"There is no hosts.toml for {registry}.", path)];
        }

        var faults = new List<NodeFault>();
        return HostsTomlFile.Read(path, text, HostsTomlFile.KnowsReferrers(plan), faults) is { } file
            ? OfHost(place, path, file)
            : faults.Select(fault => Broken(fault, "so that containerd passes over it and asks the registry itself", "Correct it, or install it again: roadstead node install."));
    }

    public override IEnumerable<VerifyCause> Breaches(MirrorPlace place)
    {
        if (plan.MirrorOnly && Read(place) is (var path, { } file) && file.Server?.Url != plan.Mirror.ApiUrl(place.Registry))
        {
            yield return Changed(file.Server is var (url, line) ? $"Its server is {url}, which is asked where the mirror fails, and --mirror-only is not in force."
                : $"It names no server, so that {place.Registry.Registry} itself is asked where the mirror fails, and --mirror-only is not in force.", path, file.Server?.Line);
        }
    }

    public override (string Mirror, string Where)? Before(MirrorPlace place)
    {
        var url = plan.Mirror.ApiUrl(place.Registry);
        return Read(place) is (var path, { } file) && file.Host(url) is not null && file.Named.First() is var (first, table) && first != url ? (first, Where(path, table.Line)) : null;
    }

    private (string Path, HostsTomlFile? File) Read(MirrorPlace place)
    {
        var path = HostsTomlFile.PathOf(files, folder, place.Registry.Registry);
        return (path, files.Text(path) is { } text ? HostsTomlFile.Read(path, text, HostsTomlFile.KnowsReferrers(plan), []) : null);
    }

    private IEnumerable<VerifyCause> OfHost(MirrorPlace place, string path, HostsTomlFile file)
    {
        var url = plan.Mirror.ApiUrl(place.Registry);
        if (file.Host(url) is not { } host)
        {
            yield return file.FirstHost is var (other, line) ? Changed($"It names {other}, and not {url}.", path, line) : Changed($"It names no host, and not {url}.", path, null);
            yield break;
        }

        // Without the key a host may do all.
        if (host["capabilities"] is { Strings: { } words } capabilities && (plan.DigestOnly ? Needed[..1] : Needed).FirstOrDefault(word => !words.Contains(word)) is { } lacking)
        {
            yield return Changed($"The mirror's capabilities lack {lacking}, so that it is not asked for {(lacking == "resolve" ? "tags" : "images")}.", path, capabilities.Line);
        }

        var first = host.Items is [var item, ..] ? item.Line : host.Line;
        if (host["override_path"]?.Flag != true)
        {
            yield return Changed($"The mirror has no override_path = true, so that containerd asks {url}/v2.", path, first);
        }

        if (plan.CaPem is not null && host["ca"] is null && host["skip_verify"] is null)
        {
            yield return Changed("The mirror has no ca, so that its certificate is not trusted.", path, first);
        }
    }
}
