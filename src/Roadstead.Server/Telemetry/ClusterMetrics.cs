using Prometheus;

namespace Roadstead.Server.Telemetry;

/// <summary>How ready the server is for the clusters whose images it keeps.</summary>
public sealed class ClusterMetrics
{
    private readonly Gauge _images;
    private readonly Gauge _heard;
    private readonly Gauge _drilled;
    private readonly Gauge _drillFailed;

    internal ClusterMetrics(MetricFactory factory)
    {
        _images = factory.CreateGauge("roadstead_cluster_images", "Images that the cluster uses, by whether they could be pulled with every upstream cut off; only those that are ready could.", "cluster", "state");
        _heard = factory.CreateGauge("roadstead_cluster_heard_seconds", "Unix time at which it was last heard what the cluster uses.", "cluster");
        _drilled = factory.CreateGauge("roadstead_cluster_drill_seconds", "Unix time at which the last drill for the cluster ended.", "cluster");
        _drillFailed = factory.CreateGauge("roadstead_cluster_drill_failed_images", "Images that the last drill for the cluster could not pull.", "cluster");
    }

    /// <summary>Shows how a cluster's images are held.</summary>
    /// <param name="cluster">The cluster.</param>
    /// <param name="heard">When it was last heard what it uses.</param>
    /// <param name="images">How many images are in each state, the states of none too.</param>
    public void Show(string cluster, DateTimeOffset heard, IReadOnlyDictionary<string, int> images)
    {
        _heard.WithLabels(cluster).Set(heard.ToUnixTimeMilliseconds() / 1000.0);
        foreach (var (state, count) in images)
        {
            _images.WithLabels(cluster, state).Set(count);
        }
    }

    /// <summary>Shows what a drill found.</summary>
    public void ShowDrill(string cluster, DateTimeOffset at, int failed)
    {
        _drilled.WithLabels(cluster).Set(at.ToUnixTimeMilliseconds() / 1000.0);
        _drillFailed.WithLabels(cluster).Set(failed);
    }

    /// <summary>Shows nothing any more of a cluster that is forgotten.</summary>
    public void Forget(string cluster)
    {
        foreach (var labels in _images.GetAllLabelValues().Where(labels => labels[0] == cluster).ToList())
        {
            _images.RemoveLabelled(labels);
        }

        _heard.RemoveLabelled(cluster);
        _drilled.RemoveLabelled(cluster);
        _drillFailed.RemoveLabelled(cluster);
    }
}
