using Roadstead.Cli.NodeConfig;
using Roadstead.Cli.NodeInstall;
using YamlDotNet.Core;
using YamlDotNet.RepresentationModel;

namespace Roadstead.Cli.NodeVerify;

/// <summary>k3s and RKE2: registries.yaml, and the hosts.toml that they make of it at their start.</summary>
/// <param name="name">k3s or rke2.</param>
internal sealed class K3sCheck(NodeFiles files, MirrorPlan plan, string name) : ConfigurationCheck
{
    private string RegistriesYaml => $"/etc/rancher/{name}/registries.yaml";

    /// <summary>Where they write containerd's hosts.toml.</summary>
    public static string CertsD(string name) => $"/var/lib/rancher/{name}/agent/etc/containerd/certs.d";

    public override IEnumerable<VerifyCause> Faults(MirrorPlace place)
    {
        if (files.Text(RegistriesYaml) is not { } text)
        {
            yield return Missing($"There is no {RegistriesYaml}.", RegistriesYaml);
            yield break;
        }

        if (OfYaml(text, place) is { } fault)
        {
            yield return fault;
            yield break;
        }

        var made = $"{CertsD(name)}/{place.Registry.Registry}/hosts.toml";
        if (files.Text(made)?.Contains(plan.Mirror.ApiUrl(place.Registry), StringComparison.Ordinal) != true)
        {
            yield return new VerifyCause(CauseKind.RestartNeeded, $"registries.yaml is right, and the hosts.toml that {name} makes of it at its start is not.", $"Restart it: systemctl restart {(name == "k3s" ? "k3s" : "rke2-server")} ({name}-agent on nodes without a server).", made);
        }
    }

    private VerifyCause? OfYaml(string text, MirrorPlace place)
    {
        var url = plan.Mirror.ApiUrl(place.Registry);
        try
        {
            var yaml = new YamlStream();
            yaml.Load(new StringReader(text));
            var mirrors = yaml.Documents.Count == 0 ? null : Child(yaml.Documents[0].RootNode, "mirrors");
            if (mirrors is null || Child(mirrors, place.Registry.Registry) is not { } entry)
            {
                return Missing($"registries.yaml has no mirror of {place.Registry.Registry}.", RegistriesYaml);
            }

            var endpoints = (Child(entry, "endpoint") as YamlSequenceNode)?.Children.OfType<YamlScalarNode>().Select(node => node.Value).ToList() ?? [];
            return endpoints.Contains(url) ? null : Changed($"{place.Registry.Registry} has {(endpoints.Count == 0 ? "no endpoint" : $"the endpoint {string.Join(", ", endpoints)}")} there, and not {url}.", RegistriesYaml, (int)entry.Start.Line);
        }
        catch (YamlException exception)
        {
            return new VerifyCause(CauseKind.ConfigurationBroken, $"registries.yaml does not parse ({exception.Message.TrimEnd('.')}).", "Correct it, and restart the service.", $"{RegistriesYaml}:{exception.Start.Line}");
        }
    }

    private static YamlNode? Child(YamlNode node, string key) => node is YamlMappingNode map && map.Children.TryGetValue(new YamlScalarNode(key), out var child) ? child : null;
}
