using Roadstead.Cli.NodeConfig;

namespace Roadstead.Cli.Tests.NodeConfig;

/// <summary>A plan and what is made of it.</summary>
internal sealed record GoldenCase(string Name, MirrorPlan Plan, Func<MirrorPlan, RenderResult> Render)
{
    public RenderResult Result => Render(Plan);

    public RuntimeConfiguration Configuration => Result is RenderResult.Rendered(var configuration) ? configuration : throw new InvalidOperationException($"{Name} cannot be rendered.");
}

/// <summary>Every runtime with every option, the versions between which files differ, and the credentials of pods.</summary>
internal static class GoldenCases
{
    private static readonly (string Option, Func<MirrorPlan, MirrorPlan> Apply)[] Options =
    [
        ("plain", plan => plan),
        ("ca", plan => plan with { CaPem = Plans.CaPem }),
        ("http", plan => plan with { Mirror = plan.Mirror with { Scheme = "http" }, Insecure = true }),
        ("insecure", plan => plan with { Insecure = true }),
        ("mirror-only", plan => plan with { MirrorOnly = true }),
        ("digest-only", plan => plan with { DigestOnly = true }),
        ("credential", plan => plan with { Credential = Plans.Credential }),
        ("sigstore-attachments", plan => plan with { SigstoreAttachments = true }),
        ("all", plan => plan with { CaPem = Plans.CaPem, MirrorOnly = true, Credential = Plans.Credential }),
    ];

    private static readonly (string Runtime, string Version, string[] Options)[] Versions =
    [
        ("containerd", "1.5", ["plain"]),
        ("containerd", "1.6", ["all"]),
        ("containerd", "1.7", ["plain"]),
        ("containerd", "2.0", ["plain"]),
        ("containerd", "2.1", ["plain"]),
        ("containerd", "2.2", ["plain", "digest-only", "all"]),
        ("docker", "20.10.24+dfsg1", ["plain", "ca", "http", "insecure", "mirror-only"]),
        ("docker", "25", ["plain", "http", "credential"]),
        ("docker", "28", ["plain", "mirror-only", "digest-only", "credential", "all"]),
        ("k3s", "v1.28.5+k3s1", ["plain", "mirror-only"]),
        ("k3s", "v1.29.1+k3s1", ["mirror-only"]),
        ("microk8s", "1.22", ["plain"]),
        ("talos", "1.11", ["plain", "insecure", "all"]),
        ("openshift", "4.12", ["plain"]),
    ];

    public static IReadOnlyDictionary<string, GoldenCase> All { get; } = Make().ToDictionary(entry => entry.Name);

    private static IEnumerable<GoldenCase> Make()
    {
        foreach (var runtime in Runtimes.All)
        {
            foreach (var (option, apply) in Options)
            {
                yield return new GoldenCase($"{runtime.Name}-{option}", apply(Plans.Plain), runtime.Render);
            }
        }

        foreach (var (runtime, version, options) in Versions)
        {
            foreach (var (option, apply) in Options.Where(known => options.Contains(known.Option)))
            {
                var plan = apply(Plans.Plain).For(version);
                yield return new GoldenCase($"{runtime}-{version}-{option}", plan.WithRoot($"{plan.Mirror.Scheme}://mirror.example:5001"), Runtimes.Named(runtime)!.Render);
            }
        }

        foreach (var runtime in PodCredentials.Runtimes)
        {
            foreach (var (option, apply) in Options.Where(known => known.Option is "plain" or "credential" or "all"))
            {
                yield return new GoldenCase($"credentials-{runtime}-{option}", apply(Plans.Plain), plan => PodCredentials.Render(runtime, plan, new PodScope("shop", "puller")));
            }
        }
    }
}
