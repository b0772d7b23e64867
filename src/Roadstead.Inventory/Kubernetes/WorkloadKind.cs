namespace Roadstead.Inventory.Kubernetes;

/// <summary>A kind of object that says what the cluster runs.</summary>
/// <param name="Kind">As <c>Deployment</c>.</param>
/// <param name="Group">Its group in the API; empty: the core.</param>
/// <param name="Resource">As <c>deployments</c>.</param>
internal sealed record WorkloadKind(string Kind, string Group, string Resource)
{
    public static readonly WorkloadKind Pod = new("Pod", "", "pods");

    /// <summary>Nodes run nothing by themselves, but say on which platforms images are needed.</summary>
    public static readonly WorkloadKind Node = new("Node", "", "nodes");

    /// <summary>
    /// All of them. ReplicaSets of the past are what a deployment is rolled back to; jobs outlive their pods.
    /// </summary>
    public static readonly IReadOnlyList<WorkloadKind> All =
    [
        Pod,
        new("ReplicationController", "", "replicationcontrollers"),
        new("Deployment", "apps", "deployments"),
        new("StatefulSet", "apps", "statefulsets"),
        new("DaemonSet", "apps", "daemonsets"),
        new("ReplicaSet", "apps", "replicasets"),
        new("Job", "batch", "jobs"),
        new("CronJob", "batch", "cronjobs"),
        Node,
    ];

    /// <summary>Where all of them are listed, below the API server's URL.</summary>
    public string Path => Group.Length == 0 ? $"api/v1/{Resource}" : $"apis/{Group}/v1/{Resource}";

    /// <summary>True where the inventory is whole without it.</summary>
    public bool IsOptional => this == Node;
}
