using Roadstead.Cli.NodeConfig;
using Roadstead.Cli.NodeFormats;
using Roadstead.Cli.NodeInstall;

namespace Roadstead.Cli.NodeVerify;

/// <summary>Docker: daemon.json, and what the daemon took up of it; with the containerd image store, hosts.toml.</summary>
/// <param name="containerdStore">hosts.toml counts.</param>
/// <param name="inForce">The mirrors that the daemon runs with; null: it does not tell.</param>
internal sealed class DockerCheck(NodeFiles files, MirrorPlan plan, bool containerdStore, IReadOnlyList<string>? inForce) : ConfigurationCheck
{
    // Docker's version says nothing of what its hosts.toml may have.
    private readonly HostsTomlCheck? _hosts = containerdStore ? new HostsTomlCheck(files, plan with { Version = null }, Docker.CertsD) : null;

    public override string Looked => _hosts?.Looked ?? Docker.DaemonJsonPath;

    public override IEnumerable<VerifyCause> Faults(MirrorPlace place) => _hosts?.Faults(place) ?? OfDaemon(place);

    public override IEnumerable<VerifyCause> Breaches(MirrorPlace place) => _hosts?.Breaches(place) ?? [];

    public override IEnumerable<string> Notes(MirrorPlace place) => _hosts?.Notes(place)
        ?? base.Notes(place).Concat(inForce is null ? [] : OfDaemon(place).Where(fault => fault.Kind != CauseKind.RestartNeeded).Select(fault => NotInForce(fault, "Docker")));

    public override (string Mirror, string Where)? Before(MirrorPlace place) => _hosts is not null ? _hosts.Before(place)
        : inForce is [var first, ..] && first != Url(place) && inForce.Contains(Url(place)) ? (first, Docker.DaemonJsonPath) : null;

    private static string Url(MirrorPlace place) => place.Prefix.Length == 0 ? place.Url.ToString() : place.Url.ProjectUrl(place.Registry);

    private IEnumerable<VerifyCause> OfDaemon(MirrorPlace place)
    {
        const string Path = Docker.DaemonJsonPath;
        var url = Url(place);
        if (files.Text(Path) is not { } text)
        {
            yield return Missing("There is no daemon.json.", Path);
            yield break;
        }

        var broken = new List<NodeFault>();
        var json = JsonFile.Read(Path, text, broken, DaemonJsonFile.Consequence);
        if (json is null || DaemonJsonFile.List(json, DaemonJsonFile.Mirrors, broken) is not { } mirrors)
        {
            yield return Broken(broken[0], "and Docker will not start with it, nor take it up", "Correct it. It is JSON, without comments.");
        }
        else if (!mirrors.Any(mirror => mirror.TrimEnd('/') == url))
        {
            yield return Changed(mirrors.Count == 0 ? $"It has no {DaemonJsonFile.Mirrors}, and not {url}." : $"Its {DaemonJsonFile.Mirrors} are {string.Join(", ", mirrors)}, and not {url}.", Path, null);
        }
        else if (inForce is not null && !inForce.Contains(url))
        {
            yield return new VerifyCause(CauseKind.RestartNeeded, $"daemon.json names {url}, and the daemon runs with {(inForce.Count == 0 ? "no mirror" : string.Join(", ", inForce))}.", "Have it read the file: systemctl reload docker. Containers go on.", Path);
        }
    }
}
