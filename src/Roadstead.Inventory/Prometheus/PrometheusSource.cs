using System.Globalization;
using Roadstead.Api;

namespace Roadstead.Inventory.Prometheus;

/// <summary>What a cluster runs, or ran, by the metrics that kube-state-metrics gives of its pods.</summary>
/// <param name="access">Which Prometheus is asked.</param>
/// <param name="agent">What this program calls itself.</param>
/// <param name="time">The clock. Prometheus goes by its own.</param>
public sealed class PrometheusSource(PrometheusAccess access, string agent, TimeProvider time)
{
    /// <summary>What <see cref="ClusterInventory.Source"/> calls it.</summary>
    public const string Name = "prometheus";

    /// <summary>Takes the inventory.</summary>
    /// <param name="progress">Is told what is asked; null: nobody is.</param>
    /// <param name="cancellation">Ends it.</param>
    public async Task<InventoryOutcome> Take(IProgress<string>? progress, CancellationToken cancellation)
    {
        using var http = access.Open(agent);
        var api = new PrometheusApi(http, access);
        var takenAt = time.GetUtcNow();
        var builder = new InventoryBuilder();
        var notes = new List<string>();
        var (isAny, isByStatus) = (false, false);
        foreach (var metric in PrometheusQueries.Metrics)
        {
            progress?.Report($"{metric}…");
            foreach (var label in new[] { PrometheusQueries.Spec, PrometheusQueries.Image })
            {
                if (await api.Ask(PrometheusQueries.Uses(metric, label, access.Since), notes, cancellation).ConfigureAwait(false) is not PrometheusOutcome.Answered(var uses))
                {
                    return new InventoryOutcome.Failed(api.Fault!);
                }

                isAny |= uses.Count > 0;
                isByStatus |= label == PrometheusQueries.Image && uses.Count > 0;
                foreach (var sample in uses)
                {
                    builder.Add(sample.Label(label), PlaceOf(sample), Count(sample));
                }
            }

            if (await api.Ask(PrometheusQueries.Digests(metric, access.Since), notes, cancellation).ConfigureAwait(false) is not PrometheusOutcome.Answered(var digests))
            {
                return new InventoryOutcome.Failed(api.Fault!);
            }

            foreach (var sample in digests)
            {
                builder.Add(sample.Label(PrometheusQueries.Spec), null, 0, sample.Label(PrometheusQueries.ImageId));
            }
        }

        if (!isAny)
        {
            return new InventoryOutcome.Failed($"{access} has no series {PrometheusQueries.Metrics[0]}{(access.Since is null ? " at the moment" : $" of the last {access.Since}")}: it does not scrape kube-state-metrics, or may not tell.{(access.Since is null ? " If it did until lately, --since 1h sees that." : "")}");
        }

        await Platforms(api, builder, cancellation).ConfigureAwait(false);
        notes.Add("Prometheus knows containers that a kubelet has reported, and no others: not templates without pods, ephemeral containers, image volumes, nor jobs that ran between two scrapes. The cluster's own API knows these.");
        if (isByStatus)
        {
            notes.Add("Its kube-state-metrics is older than 2.3 (no label image_spec): what images are called is from statuses, where runtimes may give another name of the same image.");
        }

        return InventoryOutcome.Of(builder, takenAt, Name, [.. notes.Distinct()], isPartial: false);
    }

    /// <summary>What is not told is not known; that is no fault.</summary>
    private static async Task Platforms(PrometheusApi api, InventoryBuilder builder, CancellationToken cancellation)
    {
        if (await api.Ask(PrometheusQueries.Platforms, [], cancellation).ConfigureAwait(false) is PrometheusOutcome.Answered(var samples))
        {
            foreach (var (system, architecture) in samples.Select(sample => (sample.Label(PrometheusQueries.OperatingSystem), sample.Label(PrometheusQueries.Architecture))))
            {
                builder.AddPlatform($"{(system.Length == 0 ? "linux" : system)}/{architecture}");
            }
        }
    }

    /// <summary>The pods' own name space, which stands aside where Prometheus has a label of that name itself.</summary>
    private static string? PlaceOf(Sample sample) => sample.Label(PrometheusQueries.ExportedNameSpace) is { Length: > 0 } exported ? exported
        : sample.Label(PrometheusQueries.NameSpace) is { Length: > 0 } own ? own
        : null;

    private static int Count(Sample sample) => sample.Value is [_, { ValueKind: System.Text.Json.JsonValueKind.String } count] && int.TryParse(count.GetString(), NumberStyles.None, CultureInfo.InvariantCulture, out var number) ? number : 1;
}
