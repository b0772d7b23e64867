using System.Text;

namespace Roadstead.Cli.NodeConfig;

/// <summary>k3s and RKE2, which make containerd's files of their own registries.yaml at every start.</summary>
internal sealed class K3s(string name, string title, params string[] services) : NodeRuntime
{
    public static readonly K3s OfK3s = new("k3s", "k3s", "k3s", "k3s-agent");

    public static readonly K3s OfRke2 = new("rke2", "RKE2", "rke2-server", "rke2-agent");

    // Where disable-default-registry-endpoint begins. docs.k3s.io, "Private Registry Configuration".
    private static readonly RuntimeVersion[] FirstWithoutFallback = [new(1, 26, 13), new(1, 27, 10), new(1, 28, 6), new(1, 29, 1)];

    public override string Name => name;

    public override string Description => $"{title}: registries.yaml";

    public string Folder => $"/etc/rancher/{name}";

    public string ConfigYaml => $"{Folder}/config.yaml";

    /// <summary>Unless config.yaml names another.</summary>
    public string RegistriesYamlPath => $"{Folder}/registries.yaml";

    /// <summary>config.yaml's drop-in for mirror-only.</summary>
    public string DropIn => $"{ConfigYaml}.d/50-mirror.yaml";

    /// <summary>Where it puts the hosts.toml that it makes for containerd.</summary>
    public string CertsD => $"/var/lib/rancher/{name}/agent/etc/containerd/certs.d";

    /// <summary>The unit of a server, and the one of nodes without.</summary>
    public (string Server, string Agent) Units => (services[0], services[1]);

    public string CaPath => $"{Folder}/mirror-ca.crt";

    private protected override IEnumerable<PlanFault> Faults(MirrorPlan plan)
    {
        if (plan.MirrorOnly && plan.Version is { } version && FirstWithoutFallback.FirstOrDefault(first => first.Minor >= version.Minor) > version)
        {
            yield return new PlanFault("--mirror-only", $"{title} {version} always turns to the registry itself when the mirror fails: disable-default-registry-endpoint is there from {string.Join(", ", FirstWithoutFallback)} on. "
                + "Update it, or leave the option out.");
        }

        foreach (var fault in Unsupported.IPv6InHostsToml(plan, $"the containerd of {title}").Concat(Unsupported.DigestOnly(plan, title)).Concat(Unsupported.SigstoreAttachments(plan, title)))
        {
            yield return fault;
        }
    }

    private protected override RuntimeConfiguration Configure(MirrorPlan plan) => new([.. Files(plan)], [.. Notes(plan)], services);

    private IEnumerable<ConfigFile> Files(MirrorPlan plan)
    {
        yield return new ConfigFile(RegistriesYamlPath, RegistriesYaml(plan), Reload.Restart, Placement.Shared, plan.Credential is not null);
        if (plan.CaPem is { } pem)
        {
            yield return new ConfigFile(CaPath, CertificatePem.Lines(pem));
        }

        if (plan.MirrorOnly)
        {
            yield return new ConfigFile(DropIn, "disable-default-registry-endpoint: true\n", Reload.Restart);
        }
    }

    private string RegistriesYaml(MirrorPlan plan)
    {
        var text = new StringBuilder("mirrors:\n");
        foreach (var registry in plan.Registries)
        {
            // A path other than /v2 is taken as it is, as containerd's override_path does.
            text.Append("  ").Append(Yaml.Scalar(registry.Registry)).Append(":\n    endpoint:\n      - ").Append(Yaml.Quote(plan.Mirror.ApiUrl(registry))).Append('\n');
        }

        return text.Append(Configs(plan)).ToString();
    }

    private string Configs(MirrorPlan plan)
    {
        var text = new StringBuilder();
        if (plan.Credential is { } credential)
        {
            text.Append("    auth:\n      username: ").Append(Yaml.Quote(credential.Username)).Append("\n      password: ").Append(Yaml.Quote(credential.Password)).Append('\n');
        }

        if (plan.CaPem is not null)
        {
            text.Append("    tls:\n      ca_file: ").Append(CaPath).Append('\n');
        }
        else if (plan.Insecure && !plan.Mirror.IsPlain)
        {
            text.Append("    tls:\n      insecure_skip_verify: true\n");
        }

        return text.Length == 0 ? "" : $"configs:\n  {Yaml.Quote(plan.Mirror.Authority)}:\n{text}";
    }

    private IEnumerable<string> Notes(MirrorPlan plan)
    {
        yield return $"{title} reads these files at its start: restart {services[0]} ({services[1]} on nodes without a server). It writes containerd's hosts.toml itself and deletes what others put there.";
        if (plan.MirrorOnly)
        {
            yield return "disable-default-registry-endpoint holds for every registry of registries.yaml.";
        }
    }
}
