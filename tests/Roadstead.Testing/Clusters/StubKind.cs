namespace Roadstead.Testing.Clusters;

/// <summary>A kind of object that <see cref="KubernetesStub"/> has, as its discovery tells it.</summary>
public sealed record StubKind(string Group, string Kind, string Resource, string Abbreviation, bool IsNamespaced = true)
{
    public static readonly IReadOnlyList<StubKind> All =
    [
        new("", "Pod", "pods", "po"),
        new("", "ReplicationController", "replicationcontrollers", "rc"),
        new("", "Node", "nodes", "no", IsNamespaced: false),
        new("apps", "Deployment", "deployments", "deploy"),
        new("apps", "StatefulSet", "statefulsets", "sts"),
        new("apps", "DaemonSet", "daemonsets", "ds"),
        new("apps", "ReplicaSet", "replicasets", "rs"),
        new("batch", "Job", "jobs", "jo"),
        new("batch", "CronJob", "cronjobs", "cj"),
    ];

    public string ApiVersion => Group.Length == 0 ? "v1" : $"{Group}/v1";

    /// <summary>As messages call it, as <c>deployments.apps</c>.</summary>
    public string Qualified => Group.Length == 0 ? Resource : $"{Resource}.{Group}";

    public static StubKind Of(string kind) => All.Single(known => known.Kind == kind);
}
