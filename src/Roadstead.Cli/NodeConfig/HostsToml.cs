using System.Text;

namespace Roadstead.Cli.NodeConfig;

/// <summary>hosts.toml, which containerd and those that embed it read for every pull. containerd, docs/hosts.md.</summary>
/// <remarks>A mistake in it, an unknown capability included, sends all pulls to the registry itself without a word.</remarks>
internal static class HostsToml
{
    /// <summary>One folder a registry, and beside them the CA.</summary>
    /// <param name="certsD">The folder that <c>config_path</c> names.</param>
    /// <param name="caPath">Where the runtime finds the CA; null: at its place in <paramref name="certsD"/>.</param>
    public static IEnumerable<ConfigFile> Files(MirrorPlan plan, string certsD, string? caPath = null, Placement placement = Placement.Owned)
    {
        foreach (var registry in plan.Registries)
        {
            yield return new ConfigFile($"{certsD}/{registry.Registry}/hosts.toml", For(plan, registry, caPath ?? CaPath(certsD)), Placement: placement, IsSecret: plan.Credential is not null);
        }

        if (plan.CaPem is { } pem)
        {
            yield return new ConfigFile(CaPath(certsD), CertificatePem.Lines(pem), Placement: placement);
        }
    }

    public static string CaPath(string certsD) => $"{certsD}/mirror-ca.crt";

    private static string For(MirrorPlan plan, RegistryMirror registry, string caPath)
    {
        var url = Toml.Quote(plan.Mirror.ApiUrl(registry));

        // The server is the last host of the list, and the keys of the root describe it. The mirror stands there for the registry that must not be asked, and need
        // not be asked twice; a table for it must be there all the same, for 1.6 takes no file without one.
        var last = plan.MirrorOnly ? $"server = {url}\ncapabilities = [\"push\"]\noverride_path = true\n" : $"server = {Toml.Quote(registry.Upstream)}\n";
        return $"{last}\n[host.{url}]\n{Host(plan, caPath)}{Header(plan, $"host.{url}.header")}";
    }

    private static string Host(MirrorPlan plan, string caPath)
    {
        // Older versions refuse a file with a capability that they do not know; dial_timeout they pass over.
        IEnumerable<string> capabilities = ["pull", .. plan.DigestOnly ? Array.Empty<string>() : ["resolve"], .. plan.IsAtLeast(2, 2) ? ["referrers"] : Array.Empty<string>()];
        var text = new StringBuilder()
            .Append("  capabilities = ").Append(Toml.List(capabilities)).Append('\n')
            .Append("  override_path = true\n");
        if (plan.CaPem is not null)
        {
            text.Append("  ca = ").Append(Toml.Quote(caPath)).Append('\n');
        }

        // Over plain HTTP any word on TLS has HTTPS tried first.
        if (plan.Insecure && !plan.Mirror.IsPlain)
        {
            text.Append("  skip_verify = true\n");
        }

        // A mirror that is gone costs this much for each object; without it, 30 seconds.
        return text.Append("  dial_timeout = \"3s\"\n").ToString();
    }

    private static string Header(MirrorPlan plan, string table) => plan.Credential is not { } credential ? ""
        : $"\n  [{table}]\n    authorization = {Toml.Quote($"Basic {credential.Base64}")}\n";
}
