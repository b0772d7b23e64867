namespace Roadstead.Cli.NodeConfig;

/// <summary>Kaniko, which has no file: arguments of its executor. Docker Hub has an option of its own.</summary>
internal sealed class Kaniko : NodeRuntime
{
    private const string CaPath = "/kaniko/ssl/mirror-ca.crt";

    public override string Name => "kaniko";

    public override string Description => "Kaniko: arguments of the executor";

    private protected override IEnumerable<PlanFault> Faults(MirrorPlan plan) => Unsupported.IPv6(plan, "Kaniko").Concat(Unsupported.DigestOnly(plan, "Kaniko")).Concat(Unsupported.SigstoreAttachments(plan, "Kaniko"));

    private protected override RuntimeConfiguration Configure(MirrorPlan plan) => new([.. Files(plan)], [.. Notes(plan)]);

    private static IEnumerable<ConfigFile> Files(MirrorPlan plan)
    {
        yield return new ConfigFile("kaniko-arguments.txt", string.Concat(Arguments(plan).Select(argument => argument + "\n")), Placement: Placement.Applied);
        if (plan.CaPem is { } pem)
        {
            yield return new ConfigFile("mirror-ca.crt", CertificatePem.Lines(pem), Placement: Placement.Applied);
        }

        if (plan.Credential is { } credential)
        {
            yield return new ConfigFile("config.json", AuthJson.For(plan.Mirror, credential), Placement: Placement.Applied, IsSecret: true);
        }
    }

    private static IEnumerable<string> Arguments(MirrorPlan plan)
    {
        var hub = plan.Registries.Where(registry => registry.Registry == RegistryMirror.DockerHub);
        var others = plan.Registries.Where(registry => registry.Registry != RegistryMirror.DockerHub).Select(registry => $"{registry.Registry}={plan.Mirror.Location(registry)}").ToList();
        string?[] arguments =
        [
            .. hub.Select(registry => $"--registry-mirror={plan.Mirror.Location(registry)}"),
            others.Count > 0 ? $"--registry-map={string.Join(';', others)}" : null,
            plan.MirrorOnly ? "--skip-default-registry-fallback" : null,
            plan.Mirror.IsPlain ? $"--insecure-registry={plan.Mirror.Authority}" : plan.Insecure ? $"--skip-tls-verify-registry={plan.Mirror.Authority}" : null,
            plan.CaPem is not null ? $"--registry-certificate={plan.Mirror.Authority}={CaPath}" : null,
        ];
        return arguments.OfType<string>();
    }

    private static IEnumerable<string> Notes(MirrorPlan plan)
    {
        yield return "Each line is one argument of the executor; quote what has a semicolon in a shell.";
        if (plan.CaPem is not null)
        {
            yield return $"Mount mirror-ca.crt at {CaPath}.";
        }

        if (plan.Credential is not null)
        {
            yield return "Mount config.json at /kaniko/.docker/config.json, with the entries for where the build pushes to put into it.";
        }
    }
}
