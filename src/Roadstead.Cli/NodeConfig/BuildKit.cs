using System.Text;

namespace Roadstead.Cli.NodeConfig;

/// <summary>BuildKit: buildkitd.toml. BuildKit, docs/buildkitd.toml.md.</summary>
internal sealed class BuildKit : NodeRuntime
{
    private const string CaPath = "/etc/buildkit/mirror-ca.crt";

    public override string Name => "buildkit";

    public override string Description => "BuildKit: buildkitd.toml";

    private protected override IEnumerable<PlanFault> Faults(MirrorPlan plan)
    {
        if (plan.Credential is not null)
        {
            yield return new PlanFault("--username", $"BuildKit takes credentials from its client. Leave it out, and run docker login {plan.Mirror.Authority} where builds are started.");
        }

        foreach (var fault in Unsupported.MirrorOnly(plan, "BuildKit", "Leave the option out, and keep the builder from the registries by its network.")
            .Concat(Unsupported.IPv6(plan, "BuildKit")).Concat(Unsupported.DigestOnly(plan, "BuildKit")).Concat(Unsupported.SigstoreAttachments(plan, "BuildKit")))
        {
            yield return fault;
        }
    }

    private protected override RuntimeConfiguration Configure(MirrorPlan plan) => new(
        [
            new ConfigFile("/etc/buildkit/buildkitd.toml", BuildkitdToml(plan), Reload.Restart, Placement.Shared),
            .. plan.CaPem is { } pem ? [new ConfigFile(CaPath, CertificatePem.Lines(pem))] : Array.Empty<ConfigFile>(),
        ],
        ["For a builder in a container, give the file to docker buildx create --buildkitd-config, which copies the CA too. A builder that is there must be made anew."],
        "buildkit");

    private static string BuildkitdToml(MirrorPlan plan)
    {
        var text = new StringBuilder();
        foreach (var registry in plan.Registries)
        {
            text.Append("[registry.").Append(Toml.Quote(registry.Registry)).Append("]\n  mirrors = ").Append(Toml.List(plan.Mirror.Location(registry))).Append('\n');
        }

        var trust = plan.Mirror.IsPlain ? "  http = true\n" : plan.Insecure ? "  insecure = true\n" : plan.CaPem is not null ? $"  ca = {Toml.List(CaPath)}\n" : null;
        return trust is null ? text.ToString() : text.Append("[registry.").Append(Toml.Quote(plan.Mirror.Authority)).Append("]\n").Append(trust).ToString();
    }
}
