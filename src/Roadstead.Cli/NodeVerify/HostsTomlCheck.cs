using Roadstead.Cli.NodeConfig;
using Roadstead.Cli.NodeInstall;

namespace Roadstead.Cli.NodeVerify;

/// <summary>hosts.toml, which containerd passes over without a word where it cannot read it. containerd, docs/hosts.md.</summary>
/// <param name="folder">The folder that the runtime reads, as the node has it.</param>
internal sealed class HostsTomlCheck(NodeFiles files, MirrorPlan plan, string folder) : ConfigurationCheck
{
    private static readonly string[] Capabilities = ["pull", "resolve", "push", "referrers"];

    // Without the second it is not asked for tags, which is what --digest-only wants.
    private static readonly string[] Needed = ["pull", "resolve"];

    public override IEnumerable<VerifyCause> Faults(MirrorPlace place)
    {
        var registry = place.Registry.Registry;

        // A folder of this form comes first, for file systems that take no colon.
        var early = $"{folder}/{registry.Replace(':', '_')}_/hosts.toml";
        var path = registry.Contains(':', StringComparison.Ordinal) && files.HasFile(early) ? early : $"{folder}/{registry}/hosts.toml";
        if (files.Text(path) is not { } text)
        {
            yield return Missing($"There is no hosts.toml for {registry}.", path);
            yield break;
        }

        var file = FlatToml.Read(text);
        if (file.Fault is var (line, message))
        {
            yield return Broken(message, path, line);
            yield break;
        }

        foreach (var fault in OfHost(place, path, file))
        {
            yield return fault;
        }
    }

    private IEnumerable<VerifyCause> OfHost(MirrorPlace place, string path, FlatToml file)
    {
        var url = plan.Mirror.ApiUrl(place.Registry);
        var host = file.Entries.Where(entry => entry.IsIn("host", url)).ToList();
        if (host.Count == 0)
        {
            var other = file.Entries.FirstOrDefault(entry => entry.Path is ["host", _, ..]);
            yield return Changed(other is null ? $"It names no host, and not {url}." : $"It names {other.Path[1]}, and not {url}.", path, file.Tables.FirstOrDefault(table => table.Path is ["host", ..]).Line is > 0 and var line ? line : other?.Line);
            yield break;
        }

        var capabilities = host.FirstOrDefault(entry => entry.Path is [.., "capabilities"]);
        if (capabilities?.Values.FirstOrDefault(word => !Capabilities.Contains(word)) is { } unknown)
        {
            yield return Broken($"the capability {unknown} is not known", path, capabilities.Line);
        }

        // Without the key a host may do all.
        if (capabilities is not null && (plan.DigestOnly ? Needed[..1] : Needed).FirstOrDefault(word => !capabilities.Values.Contains(word)) is { } lacking)
        {
            yield return Changed($"The mirror's capabilities lack {lacking}, so that it is not asked for {(lacking == "resolve" ? "tags" : "images")}.", path, capabilities.Line);
        }

        if (host.FirstOrDefault(entry => entry.Path is [_, _, "override_path"])?.Value != "true")
        {
            yield return Changed($"The mirror has no override_path = true, so that containerd asks {url}/v2.", path, host[0].Line);
        }

        if (plan.CaPem is not null && host.All(entry => entry.Path[2] is not ("ca" or "skip_verify")))
        {
            yield return Changed("The mirror has no ca, so that its certificate is not trusted.", path, host[0].Line);
        }
    }

    private static VerifyCause Broken(string message, string path, int line) =>
        new(CauseKind.ConfigurationBroken, $"The file does not parse ({message.TrimEnd('.')}), so that containerd passes over it and asks the registry itself.", "Correct it, or install it again: roadstead node install.", $"{path}:{line}");
}
