using Roadstead.Cli.NodeConfig;
using Roadstead.Cli.NodeFormats;
using Roadstead.Cli.NodeInstall;

namespace Roadstead.Cli.NodeVerify;

/// <summary>k3s and RKE2: registries.yaml, and the hosts.toml that they make of it at their start.</summary>
internal sealed class K3sCheck(NodeFiles files, MirrorPlan plan, K3s runtime) : ConfigurationCheck
{
    public override string Looked => $"{K3sSettings.Read(files, runtime, []).RegistriesYaml}, {HostsTomlFile.PathOf(files, runtime.CertsD, "REGISTRY")}";

    public override IEnumerable<VerifyCause> Faults(MirrorPlace place)
    {
        var broken = new List<NodeFault>();
        var path = K3sSettings.Read(files, runtime, broken).RegistriesYaml;
        var text = files.Text(path);
        var file = text is null ? null : YamlFile.Read(path, text, broken, K3sSettings.Consequence);
        if (broken.Count > 0)
        {
            return broken.Select(fault => Broken(fault, "and the node's agent does not start with it", "Correct it, and restart the service."));
        }

        return file is null ? [Missing($"There is no {path}.", path)]
            : OfYaml(path, file, place) is { } fault ? [fault]
            : OfHostsToml(place) is { } stale ? [stale]
            : [];
    }

    public override IEnumerable<string> Notes(MirrorPlace place) => base.Notes(place).Concat(Faults(place).Where(fault => fault.Kind != CauseKind.RestartNeeded).Select(fault => NotInForce(fault, runtime.Name)));

    public override (string Mirror, string Where)? Before(MirrorPlace place) => new HostsTomlCheck(files, plan with { Version = null }, runtime.CertsD).Before(place);

    private VerifyCause? OfYaml(string path, YamlFile file, MirrorPlace place)
    {
        var url = plan.Mirror.ApiUrl(place.Registry);
        if (file.Root?.Entry("mirrors")?.Value.Entry(place.Registry.Registry)?.Value is not { } entry)
        {
            return Missing($"registries.yaml has no mirror of {place.Registry.Registry}.", path);
        }

        var endpoints = entry.Entry("endpoint")?.Value.Items?.Select(item => item.Text).OfType<string>().ToList() ?? [];
        return endpoints.Contains(url) ? null : Changed($"{place.Registry.Registry} has {(endpoints.Count == 0 ? "no endpoint" : $"the endpoint {string.Join(", ", endpoints)}")} there, and not {url}.", path, entry.Line);
    }

    private VerifyCause? OfHostsToml(MirrorPlace place)
    {
        var made = HostsTomlFile.PathOf(files, runtime.CertsD, place.Registry.Registry);
        return files.Text(made)?.Contains(plan.Mirror.ApiUrl(place.Registry), StringComparison.Ordinal) == true ? null
            : new VerifyCause(CauseKind.RestartNeeded, $"registries.yaml is right, and the hosts.toml that {runtime.Name} makes of it at its start is not.", $"Restart it: systemctl restart {runtime.Units.Server} ({runtime.Units.Agent} on nodes without a server).", made);
    }
}
