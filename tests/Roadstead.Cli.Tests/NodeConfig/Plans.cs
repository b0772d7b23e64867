using Roadstead.Cli.NodeConfig;

namespace Roadstead.Cli.Tests.NodeConfig;

/// <summary>Plans for tests to change.</summary>
internal static class Plans
{
    public const string Password = "canary-secret";

    /// <summary>A block that is PEM; nothing reads the certificate in it.</summary>
    public const string CaPem = "-----BEGIN CERTIFICATE-----\nMIIBdGhpcyBpcyBubyBjZXJ0aWZpY2F0ZSwgb25seSBpdHMgZm9ybQ==\n-----END CERTIFICATE-----\n";

    /// <summary>HTTPS with a certificate that nodes trust already, for two registries.</summary>
    public static MirrorPlan Plain { get; } = new()
    {
        Mirror = new MirrorUrl("https", "mirror.example:5000"),
        Registries = [Registry("docker.io", "dockerhub"), Registry("quay.io", "quay")],
    };

    public static MirrorCredential Credential { get; } = new("robot", Password);

    public static RegistryMirror Registry(string registry, string project) => new(registry, project, RegistryMirror.UpstreamOf(registry));

    public static MirrorPlan WithRoot(this MirrorPlan plan, string url)
    {
        Assert.True(MirrorUrl.TryParse(url, out var root, out _));
        return plan with { Registries = [.. plan.Registries.Select(registry => registry.Registry == RegistryMirror.DockerHub ? registry with { Root = root } : registry)] };
    }

    public static MirrorPlan For(this MirrorPlan plan, string version) => plan with { Version = RuntimeVersion.Parse(version) };

    public static IReadOnlyList<PlanFault> FaultsOf(string runtime, MirrorPlan plan) =>
        Runtimes.Named(runtime)!.Render(plan) is RenderResult.Faulty(var faults) ? faults : [];

    public static RuntimeConfiguration Render(string runtime, MirrorPlan plan) => Runtimes.Named(runtime)!.Render(plan) switch
    {
        RenderResult.Rendered(var configuration) => configuration,
        RenderResult.Faulty(var faults) => throw new InvalidOperationException(string.Join('\n', faults)),
        _ => throw new InvalidOperationException("Unknown result."),
    };
}
