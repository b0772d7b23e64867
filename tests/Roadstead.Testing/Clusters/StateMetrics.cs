using System.Text;
using Roadstead.Testing.Upstream;

namespace Roadstead.Testing.Clusters;

/// <summary>An exporter with the metrics that kube-state-metrics has of containers, in its own format.</summary>
/// <remarks>https://github.com/kubernetes/kube-state-metrics/blob/main/docs/metrics/workload/pod-metrics.md.</remarks>
public sealed class StateMetrics : IAsyncDisposable
{
    private readonly Lock _lock = new();
    private readonly List<string> _lines = [];

    private StateMetrics() => Host = new FakeHost("stub of kube-state-metrics", _ => FakeResponse.Text(200, "text/plain; version=0.0.4; charset=utf-8", Text()));

    public FakeHost Host { get; }

    public static async Task<StateMetrics> Start()
    {
        var metrics = new StateMetrics();
        await metrics.Host.Start();
        return metrics;
    }

    /// <summary>Has one container more.</summary>
    /// <param name="spec">As the specification names its image; null: a kube-state-metrics before 2.3 does not tell.</param>
    /// <param name="image">As the status does.</param>
    /// <param name="imageId">The status's digest.</param>
    public void Add(string space, string pod, string container, string? spec, string image, string imageId = "", bool isInit = false, string extra = "")
    {
        lock (_lock)
        {
            _lines.Add($"kube_pod_{(isInit ? "init_" : "")}container_info{{namespace=\"{space}\",pod=\"{pod}\",uid=\"{pod}-uid\",container=\"{container}\"{(spec is null ? "" : $",image_spec=\"{spec}\"")},image=\"{image}\",image_id=\"{imageId}\",container_id=\"containerd://{Guid.NewGuid():n}\"{extra}}} 1");
        }
    }

    /// <summary>Has any other line.</summary>
    public void Add(string line)
    {
        lock (_lock)
        {
            _lines.Add(line);
        }
    }

    /// <summary>Has nothing any more.</summary>
    public void Clear()
    {
        lock (_lock)
        {
            _lines.Clear();
        }
    }

    /// <summary>Waits until all that it has now has been scraped and taken up: one scrape begins after the one before was.</summary>
    public async Task Scraped() => await Host.Requests.WaitFor(_ => true, Host.Requests.Count() + 3);

    public ValueTask DisposeAsync() => Host.DisposeAsync();

    private string Text()
    {
        lock (_lock)
        {
            var text = new StringBuilder("# HELP kube_pod_container_info Information about a container in a pod.\n# TYPE kube_pod_container_info gauge\n");
            foreach (var line in _lines.Where(line => !line.StartsWith("kube_pod_init_", StringComparison.Ordinal)))
            {
                text.Append(line).Append('\n');
            }

            text.Append("# HELP kube_pod_init_container_info Information about an init container in a pod.\n# TYPE kube_pod_init_container_info gauge\n");
            foreach (var line in _lines.Where(line => line.StartsWith("kube_pod_init_", StringComparison.Ordinal)))
            {
                text.Append(line).Append('\n');
            }

            return text.ToString();
        }
    }
}
