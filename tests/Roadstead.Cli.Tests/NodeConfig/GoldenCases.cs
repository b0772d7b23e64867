using Roadstead.Cli.NodeConfig;

namespace Roadstead.Cli.Tests.NodeConfig;

/// <summary>Every runtime with every option, and the versions between which files differ.</summary>
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
        ("docker", "25", ["plain", "credential"]),
        ("docker", "28", ["plain", "mirror-only", "digest-only", "credential", "all"]),
        ("k3s", "v1.28.5+k3s1", ["plain", "mirror-only"]),
        ("k3s", "v1.29.1+k3s1", ["mirror-only"]),
        ("microk8s", "1.22", ["plain"]),
        ("talos", "1.11", ["plain", "insecure", "all"]),
        ("openshift", "4.12", ["plain"]),
    ];

    public static IReadOnlyDictionary<string, (NodeRuntime Runtime, MirrorPlan Plan)> All { get; } = Make().ToDictionary(entry => entry.Name, entry => (entry.Runtime, entry.Plan));

    private static IEnumerable<(string Name, NodeRuntime Runtime, MirrorPlan Plan)> Make()
    {
        foreach (var runtime in Runtimes.All)
        {
            foreach (var (option, apply) in Options)
            {
                yield return ($"{runtime.Name}-{option}", runtime, apply(Plans.Plain));
            }
        }

        foreach (var (runtime, version, options) in Versions)
        {
            foreach (var (option, apply) in Options.Where(known => options.Contains(known.Option)))
            {
                var plan = apply(Plans.Plain).For(version);
                yield return ($"{runtime}-{version}-{option}", Runtimes.Named(runtime)!, plan.WithRoot($"{plan.Mirror.Scheme}://mirror.example:5001"));
            }
        }
    }
}
