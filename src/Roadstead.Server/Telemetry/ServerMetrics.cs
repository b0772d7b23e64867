using System.Collections.Concurrent;
using System.Globalization;
using Prometheus;
using Roadstead.Oci.Client;

namespace Roadstead.Server.Telemetry;

/// <summary>What <c>/metrics</c> shows.</summary>
public sealed class ServerMetrics
{
    // No request is traced, so none is an example; looking for its trace costs more than counting it.
    private static readonly CounterConfiguration Plain = new() { ExemplarBehavior = ExemplarBehavior.NoExemplars() };

    private readonly ConcurrentDictionary<(string Project, string Kind, string Outcome, int Status), (Counter.Child Requests, Counter.Child Bytes)> _answers = new();
    private readonly Counter _requests;
    private readonly Counter _bytesToClients;
    private readonly Counter _bytesFromUpstream;
    private readonly Counter _faults;
    private readonly Histogram _latency;
    private readonly Gauge _up;
    private readonly Gauge _allowed;
    private readonly Gauge _allowance;
    private readonly Gauge _restUntil;

    public ServerMetrics()
    {
        Registry = Metrics.NewCustomRegistry();
        var factory = Metrics.WithCustomRegistry(Registry);
        _requests = factory.CreateCounter(
            "roadstead_requests_total", "Answers of the registry API.", ["project", "kind", "outcome", "status"], Plain);
        _bytesToClients = factory.CreateCounter("roadstead_bytes_to_clients_total", "Bytes of bodies sent to clients.", ["project", "kind"], Plain);
        _bytesFromUpstream = factory.CreateCounter("roadstead_bytes_from_upstream_total", "Bytes of blobs and manifests received from upstreams.", "endpoint");
        _faults = factory.CreateCounter("roadstead_upstream_faults_total", "Requests to upstreams that brought no answer about the image.", "endpoint", "fault");
        _latency = factory.CreateHistogram(
            "roadstead_upstream_seconds",
            "Time from a request to an upstream to the headers of its final answer.",
            new HistogramConfiguration { LabelNames = ["endpoint", "request"], Buckets = Histogram.ExponentialBuckets(0.005, 2, 12) });
        _up = factory.CreateGauge("roadstead_endpoint_up", "1 while the endpoint answers, 0 while it is known not to, or nothing comes of what it is asked.", "endpoint");
        _allowed = factory.CreateGauge("roadstead_ratelimit_limit", "Pulls that the upstream allows in its window of time.", "endpoint");
        _allowance = factory.CreateGauge("roadstead_ratelimit_remaining", "Pulls that the upstream still allows, when it last said so.", "endpoint");
        _restUntil = factory.CreateGauge("roadstead_endpoint_rest_until_seconds", "Unix time until when the endpoint asked not to be asked (429); in the past, or 0: it is asked.", "endpoint");
        Fills = factory.CreateGauge("roadstead_fills", "Blobs that are being fetched now.");
        Waiters = factory.CreateGauge("roadstead_fill_readers", "Clients that read a blob which is being fetched.");
        FillsEnded = factory.CreateCounter("roadstead_fills_total", "Fetches of blobs that ended.", "result");
        StorageFaults = factory.CreateCounter("roadstead_storage_faults_total", "Writes to the disk or the database that failed; clients are served all the same.", "in");
        ScrubbedBytes = factory.CreateCounter("roadstead_scrubbed_bytes_total", "Bytes of held blobs that were read again to see whether they are right.");
        LongestUnchecked = factory.CreateGauge("roadstead_scrub_oldest_seconds", "Time since the held blob that was not read again for the longest time was, or since the server's start if it never was.");
        DamagedBlobs = factory.CreateCounter("roadstead_damaged_blobs_total", "Held blobs whose bytes had changed on the disk.");
        Connections = factory.CreateGauge("roadstead_connections", "Clients' connections that are open.");
        ConnectionsRefused = factory.CreateCounter("roadstead_connections_refused_total", "Clients' connections closed at once because limits.connections were open.");
        Nodes = factory.CreateGauge("roadstead_nodes", "Nodes that report, by how their pulls through the mirror do.", "state");
        EvictedImages = factory.CreateCounter("roadstead_evicted_images_total", "Images that went to make room.");
        LooseBlobs = factory.CreateCounter("roadstead_loose_blobs_removed_total", "Blobs that went to make room and belonged to no image.");
        StoreBytes = factory.CreateGauge("roadstead_store_bytes", "Bytes of blobs that the store holds.");
        ProjectBytes = factory.CreateGauge("roadstead_project_bytes", "Bytes of blobs that the project's repositories have; one that several have counts once.", "project");
        Clusters = new ClusterMetrics(factory);
        PrefetchQueue = factory.CreateGauge("roadstead_prefetch_images", "Images that are being completed or wait for it.");
    }

    public CollectorRegistry Registry { get; }

    public ClusterMetrics Clusters { get; }

    public Gauge Fills { get; }

    public Gauge Waiters { get; }

    public Counter FillsEnded { get; }

    public Gauge PrefetchQueue { get; }

    public Gauge Connections { get; }

    public Counter ConnectionsRefused { get; }

    public Counter StorageFaults { get; }

    public Counter ScrubbedBytes { get; }

    public Gauge LongestUnchecked { get; }

    public Counter DamagedBlobs { get; }

    public Gauge Nodes { get; }

    public Counter EvictedImages { get; }

    public Counter LooseBlobs { get; }

    public Gauge StoreBytes { get; }

    public Gauge ProjectBytes { get; }

    /// <summary>Counts an answer; the outcome is hit, miss, stale or bypass.</summary>
    public void Answered(string project, string kind, string outcome, int status, long bytes)
    {
        var counters = _answers.GetOrAdd(
            (project, kind, outcome, status),
            key => (
                _requests.WithLabels(key.Project, key.Kind, key.Outcome, key.Status.ToString(CultureInfo.InvariantCulture)),
                _bytesToClients.WithLabels(key.Project, key.Kind)));
        counters.Requests.Inc();
        counters.Bytes.Inc(bytes);
    }

    public void Received(string endpoint, long bytes) => _bytesFromUpstream.WithLabels(endpoint).Inc(bytes);

    public void Asked(string endpoint, string request, TimeSpan took) => _latency.WithLabels(endpoint, request).Observe(took.TotalSeconds);

    public void ShowUp(string endpoint, bool up) => _up.WithLabels(endpoint).Set(up ? 1 : 0);

    public void ShowRest(string endpoint, DateTimeOffset until) => _restUntil.WithLabels(endpoint).Set(until.ToUnixTimeMilliseconds() / 1000.0);

    public void ShowRateLimit(string endpoint, RateLimit? limit)
    {
        if (limit is not null)
        {
            _allowance.WithLabels(endpoint).Set(limit.Remaining);
            _allowed.WithLabels(endpoint).Set(limit.Limit ?? 0);
        }
    }

    /// <summary>Shows nothing any more of the state of an endpoint that is gone.</summary>
    public void Forget(string endpoint)
    {
        foreach (var gauge in new[] { _up, _allowed, _allowance, _restUntil })
        {
            gauge.RemoveLabelled(endpoint);
        }
    }

    public void Faulted(string endpoint, string fault) => _faults.WithLabels(endpoint, fault).Inc();
}
