using System.Text;

namespace Roadstead.Cli.NodeConfig;

/// <summary>The files of containers/image, which CRI-O, Podman, Buildah and Skopeo read alike.</summary>
internal static class ContainersImage
{
    /// <summary>A note for who puts the files in place by hand.</summary>
    public const string LaterFiles = "A later file of registries.conf.d with the same prefix replaces an entry whole; mirrors do not add up. Look for other files that name these registries.";

    public const string Folder = "/etc/containers";

    public const string DropInName = "50-mirror.conf";

    public const string DropIn = $"{Folder}/registries.conf.d/{DropInName}";

    public const string RegistriesDFile = $"{Folder}/registries.d/50-mirror.yaml";

    /// <summary>The drop-in, the CA and what signatures need. containers-registries.conf(5), containers-certs.d(5), containers-registries.d(5).</summary>
    public static IEnumerable<ConfigFile> Files(MirrorPlan plan, Reload reload)
    {
        yield return new ConfigFile(DropIn, RegistriesConf(plan), reload);
        if (plan.CaPem is { } pem)
        {
            yield return new ConfigFile($"{Folder}/certs.d/{plan.Mirror.Authority}/ca.crt", CertificatePem.Lines(pem));
        }

        if (plan.SigstoreAttachments)
        {
            yield return new ConfigFile(RegistriesDFile, RegistriesD(plan));
        }
    }

    /// <summary>Rewritten names must be canonical, or every pull of that registry fails before anything is tried.</summary>
    public static IEnumerable<PlanFault> Faults(MirrorPlan plan) => plan.Mirror.IsIPv6 ? Unsupported.IPv6(plan, "containers/image") : Oci.RegistryName.LooksLikeHost(plan.Mirror.Authority) ? [] :
    [
        new PlanFault("--mirror", $"the host {plan.Mirror.Authority} has neither a dot nor a port, so containers/image takes it for no host and every pull fails. Write {plan.Mirror}:{(plan.Mirror.IsPlain ? 80 : 443)}, or its full name."),
    ];

    public static IEnumerable<string> Notes(MirrorPlan plan)
    {
        yield return LaterFiles;
        if (plan.SigstoreAttachments)
        {
            yield return "Signatures are looked up under the mirror's name (registries.d), their policy under the registry's own (policy.json). A name that stands in two files of registries.d breaks every pull.";
            yield return "An image that has no signatures is pulled only while the mirror can learn so from the registry: signatures that cannot be asked for fail the pull.";
        }
    }

    public static string RegistriesConf(MirrorPlan plan) => RegistriesConf(plan, _ => PriorEntry.None);

    /// <param name="prior">What the node has for a registry, which the drop-in replaces and so repeats.</param>
    public static string RegistriesConf(MirrorPlan plan, Func<RegistryMirror, PriorEntry> prior)
    {
        var text = new StringBuilder();
        foreach (var registry in plan.Registries)
        {
            // blocked forbids only the registry itself, and only while location is its own name: the mirror is still asked.
            var entry = prior(registry);
            text.Append(text.Length == 0 ? "" : "\n")
                .Append("[[registry]]\n")
                .Append("prefix = ").Append(Toml.Quote(registry.Registry)).Append('\n')
                .Append("location = ").Append(Toml.Quote(entry.Location ?? registry.Registry)).Append('\n')
                .Append(plan.MirrorOnly || entry.IsBlocked ? "blocked = true\n" : "")
                .Append(ByDigestOnly(plan, entry) ? "mirror-by-digest-only = true\n" : "");
            entry.Keys.ToList().ForEach(line => text.Append(line).Append('\n'));
            text.Append("[[registry.mirror]]\n")
                .Append("location = ").Append(Toml.Quote(plan.Mirror.Location(registry))).Append('\n')
                .Append(plan.Insecure ? "insecure = true\n" : "")
                .Append(plan.DigestOnly && !ByDigestOnly(plan, entry) ? "pull-from-mirror = \"digest-only\"\n" : "");
            entry.Mirrors.ToList().ForEach(mirror => text.Append("[[registry.mirror]]\n").AppendJoin('\n', mirror).Append('\n'));
        }

        return text.ToString();
    }

    // Beside mirrors of others the word is ours alone, for which each mirror has a key of its own.
    private static bool ByDigestOnly(MirrorPlan plan, PriorEntry entry) => entry.IsByDigestOnly || (plan.DigestOnly && entry.Mirrors.Count == 0);

    public static string RegistriesD(MirrorPlan plan)
    {
        var text = new StringBuilder("docker:\n");
        foreach (var registry in plan.Registries)
        {
            text.Append("  ").Append(Yaml.Quote(plan.Mirror.Location(registry))).Append(":\n    use-sigstore-attachments: true\n");
        }

        return text.ToString();
    }
}

/// <summary>What a node has for a registry already.</summary>
/// <param name="Location">Where the registry itself is; null: under its own name.</param>
/// <param name="Keys">Its other keys, as lines.</param>
/// <param name="Mirrors">The lines of each mirror, in order.</param>
internal sealed record PriorEntry(string? Location, bool IsBlocked, bool IsByDigestOnly, IReadOnlyList<string> Keys, IReadOnlyList<IReadOnlyList<string>> Mirrors)
{
    public static readonly PriorEntry None = new(null, false, false, [], []);
}
