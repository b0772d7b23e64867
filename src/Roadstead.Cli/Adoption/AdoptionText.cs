using System.Globalization;
using Roadstead.Api;
using Roadstead.Cli.Output;

namespace Roadstead.Cli.Adoption;

/// <summary>What an adoption would do and did, for people.</summary>
internal static class AdoptionText
{
    /// <param name="plan">What would be made.</param>
    /// <param name="tests">What came of asking the registries, by their names.</param>
    /// <param name="readiness">The images in use.</param>
    /// <param name="cluster">The cluster's name.</param>
    /// <param name="isKnown">The server knows the cluster's images already.</param>
    public static string Plan(IReadOnlyList<AdoptedRegistry> plan, IReadOnlyDictionary<string, EndpointTest> tests, ClusterReadiness readiness, string cluster, bool isKnown)
    {
        var lines = new List<string>();
        foreach (var registry in plan)
        {
            var fault = Fault(registry, tests);
            lines.Add(Printable.Line(fault is null
                ? $"mirror {registry.Registry} ({Images(registry.Images)}): {(registry.Options is { } options ? $"endpoint {registry.Endpoint} at {options.Url}{(options.Username is { } user ? $" as {user}" : "")}, " : $"endpoint {registry.Endpoint} as it is, ")}project {registry.Project}{(registry.Options?.Username is null ? "" : ", from which whoever reaches the server pulls without a credential")}"
                : $"leave out {registry.Registry} ({Images(registry.Images)}): {fault}"));
        }

        if (!isKnown)
        {
            lines.Add($"keep what the cluster {cluster} uses: {Images(readiness.Images.Count)}, never evicted while they are in use");
        }

        var covered = readiness.Images.Count(image => image.State is ImageState.Absent or ImageState.Partial) + plan.Where(registry => Fault(registry, tests) is null).Sum(registry => registry.Images);
        if (covered > 0)
        {
            lines.Add($"fetch what is not held of {Images(covered)}");
        }

        return lines.Count == 0 ? "Nothing is to be done: all that is in use is mirrored and held.\n" : string.Concat(lines.Select((line, number) => string.Create(CultureInfo.InvariantCulture, $"{number + 1}. {line}\n")));
    }

    /// <summary>Why a registry is left out; null: it is not.</summary>
    public static string? Fault(AdoptedRegistry registry, IReadOnlyDictionary<string, EndpointTest> tests) => tests.GetValueOrDefault(registry.Registry) switch
    {
        { Result: "unreachable" or "no-registry" } test => $"{test.Message.TrimEnd('.')}; {(test.Message.Contains("allowPrivateAddresses", StringComparison.Ordinal) ? "--allow-private-addresses lets the server dial it" : $"--url {registry.Registry}=URL says where else it is")}",
        { Result: "refused" } test => $"{test.Message.TrimEnd('.')}; {(registry.Options?.Username is null ? "--auth-file names a file with a user name and password for it (what credential helpers keep is in no file)" : "that of --auth-file is not the right one")}",
        _ => null,
    };

    private static string Images(int count) => count == 1 ? "1 image" : string.Create(CultureInfo.InvariantCulture, $"{count} images");
}
