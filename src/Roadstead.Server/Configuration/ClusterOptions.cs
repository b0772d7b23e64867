namespace Roadstead.Server.Configuration;

/// <summary>How what clusters use is kept.</summary>
/// <param name="Grace">How long a cluster's inventories must have been without an image until it may be evicted.</param>
/// <param name="FollowEvery">How often upstream is asked whether the tags in use have moved.</param>
public sealed record InUseOptions(TimeSpan Grace, TimeSpan FollowEvery)
{
    public static readonly InUseOptions Default = new(TimeSpan.FromDays(7), TimeSpan.FromHours(1));

    /// <summary>The name of the cluster that is made of what nodes report.</summary>
    public const string NodesCluster = "nodes";

    /// <summary>What nodes report that they use is kept, as a cluster of its own.</summary>
    public bool Nodes { get; init; } = true;
}

/// <summary>A cluster that the server watches itself; of <see cref="Kubeconfig"/>, <see cref="InCluster"/> and <see cref="Prometheus"/> it has one.</summary>
/// <param name="Name">Its name here.</param>
public sealed record WatchedCluster(string Name)
{
    public static readonly TimeSpan UsualEvery = TimeSpan.FromMinutes(1);

    /// <summary>A kubeconfig of one who may list and watch.</summary>
    public string? Kubeconfig { get; init; }

    /// <summary>Of the kubeconfig; null: its current one.</summary>
    public string? Context { get; init; }

    /// <summary>It is the cluster that the server runs in.</summary>
    public bool InCluster { get; init; }

    /// <summary>What variables <c>RELATED_IMAGE_…</c> name counts, too.</summary>
    public bool RelatedImages { get; init; }

    /// <summary>A Prometheus that scrapes the cluster's kube-state-metrics.</summary>
    public Uri? Prometheus { get; init; }

    /// <summary>How far back Prometheus looks, in its own words; null: what runs now.</summary>
    public string? Since { get; init; }

    /// <summary>How often Prometheus is asked.</summary>
    public TimeSpan Every { get; init; } = UsualEvery;

    public string? BearerToken { get; init; }

    public string? Username { get; init; }

    public string? Password { get; init; }

    /// <summary>PEM of the authorities to trust for Prometheus; null: the system's.</summary>
    public string? CaCertificate { get; init; }

    /// <summary>A record would print its members, and a log line the password.</summary>
    public override string ToString() => $"cluster {Name}";
}
