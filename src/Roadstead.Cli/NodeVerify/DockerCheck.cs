using System.Text.Json;
using Roadstead.Cli.NodeConfig;
using Roadstead.Cli.NodeInstall;

namespace Roadstead.Cli.NodeVerify;

/// <summary>Docker: daemon.json, and what the daemon took up of it; with the containerd image store, hosts.toml.</summary>
/// <param name="containerdStore">hosts.toml counts.</param>
/// <param name="inForce">The mirrors that the daemon runs with; null: it does not tell.</param>
internal sealed class DockerCheck(NodeFiles files, MirrorPlan plan, bool containerdStore, IReadOnlyList<string>? inForce) : ConfigurationCheck
{
    private const string DaemonJson = "/etc/docker/daemon.json";
    private const string CertsD = "/etc/docker/certs.d";

    public override IEnumerable<VerifyCause> Faults(MirrorPlace place) => containerdStore ? new HostsTomlCheck(files, plan, CertsD).Faults(place) : OfDaemon(place);

    private IEnumerable<VerifyCause> OfDaemon(MirrorPlace place)
    {
        var url = place.Prefix.Length == 0 ? place.Url.ToString() : place.Url.ProjectUrl(place.Registry);
        if (files.Text(DaemonJson) is not { } text)
        {
            yield return Missing("There is no daemon.json.", DaemonJson);
            yield break;
        }

        var (mirrors, fault) = Read(text);
        if (fault is not null)
        {
            yield return fault;
        }
        else if (!mirrors.Contains(url))
        {
            yield return Changed(mirrors.Count == 0 ? $"It has no registry-mirrors, and not {url}." : $"Its registry-mirrors are {string.Join(", ", mirrors)}, and not {url}.", DaemonJson, null);
        }
        else if (inForce is not null && !inForce.Contains(url))
        {
            yield return new VerifyCause(CauseKind.RestartNeeded, $"daemon.json names {url}, and the daemon runs with {(inForce.Count == 0 ? "no mirror" : string.Join(", ", inForce))}.", "Have it read the file: systemctl reload docker. Containers go on.", DaemonJson);
        }
    }

    private static (IReadOnlyList<string> Mirrors, VerifyCause? Fault) Read(string text)
    {
        try
        {
            using var json = JsonDocument.Parse(text);
            return json.RootElement.TryGetProperty("registry-mirrors", out var mirrors) ? ([.. mirrors.EnumerateArray().Select(mirror => mirror.GetString()?.TrimEnd('/') ?? "")], null) : ([], null);
        }
        catch (JsonException exception)
        {
            return ([], new VerifyCause(CauseKind.ConfigurationBroken, "daemon.json does not parse: Docker will not start with it, nor take it up.", "Correct it. It is JSON, without comments.", $"{DaemonJson}:{exception.LineNumber + 1}", exception.Message));
        }
        catch (InvalidOperationException)
        {
            return ([], new VerifyCause(CauseKind.ConfigurationBroken, "daemon.json is not an object whose registry-mirrors is a list of texts.", "Correct it.", DaemonJson));
        }
    }
}
