using Roadstead.Oci;

namespace Roadstead.Cli.NodeConfig;

/// <summary>What makes a plan wrong for every runtime.</summary>
public static class PlanCheck
{
    // What remains for a repository's own name, beside the slash before it.
    private const int ShortestRepository = 1;

    public static IEnumerable<PlanFault> Faults(MirrorPlan plan)
    {
        ArgumentNullException.ThrowIfNull(plan);
        return [.. Registries(plan), .. Names(plan), .. Trust(plan), .. Options(plan)];
    }

    private static IEnumerable<PlanFault> Registries(MirrorPlan plan)
    {
        if (plan.Registries.Count == 0)
        {
            yield return new PlanFault("--registry", "there is no registry to mirror. Name some, or have the server mirror some.");
        }

        foreach (var twice in plan.Registries.GroupBy(registry => registry.Registry, StringComparer.Ordinal).Where(group => group.Count() > 1))
        {
            yield return new PlanFault($"registry {twice.Key}", $"stands for several projects ({string.Join(", ", twice.Select(registry => registry.Project))}), and a later one would replace the former. Keep one.");
        }

        foreach (var registry in plan.Registries.Select(registry => registry.Registry).Distinct(StringComparer.Ordinal))
        {
            if (RegistryFault(registry) is { } fault)
            {
                yield return new PlanFault($"registry {registry}", fault);
            }
        }
    }

    private static string? RegistryFault(string registry) =>
        registry.Contains("://", StringComparison.Ordinal) ? "must be a registry's name without a scheme, as docker.io."
        : registry.Contains('*', StringComparison.Ordinal) ? "is a wildcard, under which hosts that differ would share the mirror's repositories. Name each registry."
        : registry.Contains('/', StringComparison.Ordinal) ? "has a path. A project mirrors a whole registry: name its host alone."
        : !RegistryName.TryParse(registry, out var name) ? "is no host with an optional port, as docker.io or harbor.example:8443."
        : name.ToString() != registry ? $"is not how references have it. Write {name}."
        : !RegistryName.LooksLikeHost(registry) ? "has neither a dot nor a port, so image references take it for a part of Docker Hub's names. Use its full host name."
        : null;

    private static IEnumerable<PlanFault> Names(MirrorPlan plan)
    {
        foreach (var registry in plan.Registries.DistinctBy(registry => registry.Project))
        {
            if (registry.Project.Any(char.IsAsciiLetterUpper))
            {
                yield return new PlanFault($"project {registry.Project}", "has upper-case letters, which no image reference may have: every pull would fail. Use a project in lower case.");
            }
            else if (!RepositoryName.IsComponent(registry.Project))
            {
                yield return new PlanFault($"project {registry.Project}", "is no part of a repository's name: lower-case letters and digits, with single dots, one or two underscores or dashes between them.");
            }

            if (plan.Mirror.Location(registry).Length + 1 + ShortestRepository > RepositoryName.MaxLength)
            {
                yield return new PlanFault($"project {registry.Project}", $"makes names of more than {RepositoryName.MaxLength} characters under {plan.Mirror.Authority}, which clients refuse. Use a shorter one.");
            }
        }
    }

    private static IEnumerable<PlanFault> Trust(MirrorPlan plan)
    {
        if (plan.Mirror.IsPlain && !plan.Insecure)
        {
            yield return new PlanFault("--mirror", $"{plan.Mirror} is plain HTTP. Give the server a certificate (tls: auto makes one), or say --insecure.");
        }

        if (plan.CaPem is null)
        {
            yield break;
        }

        if (plan.Mirror.IsPlain || plan.Insecure)
        {
            yield return new PlanFault("--ca", $"is of no use {(plan.Mirror.IsPlain ? "over plain HTTP" : "with --insecure, which has no certificate checked")}. Leave one of the two out.");
        }

        if (CertificatePem.Fault(plan.CaPem) is { } fault)
        {
            yield return new PlanFault("--ca", fault);
        }
    }

    private static IEnumerable<PlanFault> Options(MirrorPlan plan)
    {
        if (plan.DigestOnly && plan.MirrorOnly)
        {
            yield return new PlanFault("--digest-only", "sends pulls by tag to the registry itself, where --mirror-only forbids them: every pull by tag would fail. Leave one of the two out.");
        }

        if (plan.Credential is { } credential && (credential.Username.Length == 0 || credential.Username.Contains(':', StringComparison.Ordinal) || credential.Username.Any(char.IsControl)))
        {
            yield return new PlanFault("--username", "must be a name without a colon, which HTTP puts between name and password.");
        }

        if (plan.Credential is { } pair && (pair.Password.Length == 0 || pair.Password.Any(char.IsControl)))
        {
            yield return new PlanFault("--password-file", "must hold one line with a password.");
        }
    }
}
