using System.Text;

namespace Roadstead.Cli.NodeConfig;

/// <summary>Talos Linux: documents of its machine configuration from 1.12 on, <c>machine.registries</c> before.</summary>
internal sealed class Talos : NodeRuntime
{
    public override string Name => "talos";

    public override string Description => "Talos Linux: a patch of the machine configuration";

    private protected override IEnumerable<PlanFault> Faults(MirrorPlan plan) => Unsupported.IPv6InHostsToml(plan, "the containerd of Talos").Concat(Unsupported.DigestOnly(plan, "Talos")).Concat(Unsupported.SigstoreAttachments(plan, "Talos"));

    private protected override RuntimeConfiguration Configure(MirrorPlan plan)
    {
        var legacy = plan.IsBefore(1, 12);
        var patch = new ConfigFile("mirror-patch.yaml", legacy ? MachineRegistries(plan) : Documents(plan), Placement: Placement.Applied, IsSecret: plan.Credential is not null);
        string[] notes =
        [
            "talosctl patch machineconfig --patch @mirror-patch.yaml applies it to the nodes that talosctl is pointed at.",
            .. plan.Credential is null ? Array.Empty<string>() : ["A credential reaches the pulls of pods when containerd starts anew: reboot the nodes one by one. All else holds at once."],
            .. legacy || plan.Version is not null ? Array.Empty<string>() : ["Talos before 1.12 does not know these documents: give its version with --runtime-version."],
        ];
        return new RuntimeConfiguration([patch], notes);
    }

    private static string Documents(MirrorPlan plan)
    {
        var documents = plan.Registries.Select(registry => Document("RegistryMirrorConfig", registry.Registry,
            $"endpoints:\n  - url: {Yaml.Quote(plan.Mirror.ApiUrl(registry))}\n    overridePath: true\n{(plan.MirrorOnly ? "skipFallback: true\n" : "")}")).ToList();
        if (plan.CaPem is { } pem)
        {
            documents.Add(Document("RegistryTLSConfig", plan.Mirror.Authority, $"ca: {Yaml.Block(CertificatePem.Lines(pem), 2)}\n"));
        }
        else if (plan.Insecure && !plan.Mirror.IsPlain)
        {
            documents.Add(Document("RegistryTLSConfig", plan.Mirror.Authority, "insecureSkipVerify: true\n"));
        }

        if (plan.Credential is { } credential)
        {
            documents.Add(Document("RegistryAuthConfig", plan.Mirror.Authority, $"username: {Yaml.Quote(credential.Username)}\npassword: {Yaml.Quote(credential.Password)}\n"));
        }

        return string.Join("---\n", documents);
    }

    private static string Document(string kind, string name, string rest) => $"apiVersion: v1alpha1\nkind: {kind}\nname: {Yaml.Scalar(name)}\n{rest}";

    private static string MachineRegistries(MirrorPlan plan)
    {
        var text = new StringBuilder("machine:\n  registries:\n    mirrors:\n");
        foreach (var registry in plan.Registries)
        {
            text.Append("      ").Append(Yaml.Scalar(registry.Registry)).Append(":\n        endpoints:\n          - ").Append(Yaml.Quote(plan.Mirror.ApiUrl(registry)))
                .Append("\n        overridePath: true\n").Append(plan.MirrorOnly ? "        skipFallback: true\n" : "");
        }

        var config = new StringBuilder();
        if (plan.CaPem is { } pem)
        {
            // The old form holds the PEM text in base64.
            config.Append("        tls:\n          ca: ").Append(Convert.ToBase64String(Encoding.UTF8.GetBytes(CertificatePem.Lines(pem)))).Append('\n');
        }
        else if (plan.Insecure && !plan.Mirror.IsPlain)
        {
            config.Append("        tls:\n          insecureSkipVerify: true\n");
        }

        if (plan.Credential is { } credential)
        {
            config.Append("        auth:\n          username: ").Append(Yaml.Quote(credential.Username)).Append("\n          password: ").Append(Yaml.Quote(credential.Password)).Append('\n');
        }

        return config.Length == 0 ? text.ToString() : text.Append("    config:\n      ").Append(Yaml.Quote(plan.Mirror.Authority)).Append(":\n").Append(config).ToString();
    }
}
