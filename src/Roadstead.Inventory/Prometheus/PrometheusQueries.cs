namespace Roadstead.Inventory.Prometheus;

/// <summary>What Prometheus is asked.</summary>
/// <remarks>
/// https://github.com/kubernetes/kube-state-metrics/blob/main/docs/metrics/workload/pod-metrics.md. Each thing is asked for by itself: <c>or</c> compares whole sets of labels, and easily leaves out more than is meant. Where the
/// metrics are scraped without honorLabels, a label of the pod's is called <c>exported_…</c>.
/// </remarks>
internal static class PrometheusQueries
{
    /// <summary>Of the nodes; only where kube-state-metrics may tell these labels.</summary>
    public const string Platforms = $"group by ({OperatingSystem}, {Architecture}) (kube_node_labels{{{Architecture}!=\"\"}})";

    /// <summary>What the specification says.</summary>
    public const string Spec = "image_spec";

    /// <summary>What the status says.</summary>
    public const string Image = "image";

    public const string ImageId = "image_id";
    public const string NameSpace = "namespace";
    public const string ExportedNameSpace = "exported_namespace";
    public const string OperatingSystem = "label_kubernetes_io_os";
    public const string Architecture = "label_kubernetes_io_arch";

    /// <summary>Of containers, then of init containers.</summary>
    public static readonly IReadOnlyList<string> Metrics = ["kube_pod_container_info", "kube_pod_init_container_info"];

    private const string Container = $"{NameSpace}, {ExportedNameSpace}, pod, exported_pod, uid, container, exported_container";

    /// <summary>How many containers name which image in which name space. A container that was started again is one, and so is one that several Prometheus saw.</summary>
    /// <param name="metric">One of <see cref="Metrics"/>.</param>
    /// <param name="label"><see cref="Spec"/>, or <see cref="Image"/> of those that have none: kube-state-metrics before 2.3 knew statuses alone.</param>
    /// <param name="since">How far back; null: now.</param>
    public static string Uses(string metric, string label, string? since) =>
        $"count by ({label}, {NameSpace}, {ExportedNameSpace}) (group by ({label}, {Container}) ({Selected(metric, label == Spec ? $"{Spec}!=\"\"" : $"{Spec}=\"\", {Image}!=\"\"", since)}))";

    /// <summary>Which digests statuses gave for what the specifications name.</summary>
    public static string Digests(string metric, string? since) => $"group by ({Spec}, {ImageId}) ({Selected(metric, $"{Spec}!=\"\", {ImageId}=~\".+@sha256:.+\"", since)})";

    private static string Selected(string metric, string labels, string? since) => since is null ? $"{metric}{{{labels}}}" : $"last_over_time({metric}{{{labels}}}[{since}])";
}
