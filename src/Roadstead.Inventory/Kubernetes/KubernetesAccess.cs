using k8s;

namespace Roadstead.Inventory.Kubernetes;

/// <summary>Which cluster is asked, and as whom.</summary>
public sealed record KubernetesAccess
{
    /// <summary>The kubeconfig; null: those that <c>KUBECONFIG</c> names, <c>~/.kube/config</c> where it names none, and the account of the pod where there is no such file either.</summary>
    public string? Kubeconfig { get; init; }

    /// <summary>Of the kubeconfig; null: the one that it says is current.</summary>
    public string? Context { get; init; }

    /// <summary>Ask the cluster in which this runs, by the account of the pod.</summary>
    public bool InCluster { get; init; }

    /// <summary>Reads what is needed to ask. What programs give credentials are run.</summary>
    /// <param name="agent">What this program calls itself, as <c>roadstead/1.2.3</c>.</param>
    /// <param name="cancellation">Ends the reading.</param>
    public async Task<KubernetesOpening> Open(string agent, CancellationToken cancellation)
    {
        try
        {
            var files = InCluster ? [] : KubeConfigFiles.Of(Kubeconfig);
            if (!InCluster && files.Count == 0 && !KubernetesClientConfiguration.IsInCluster())
            {
                return Fault($"There is no kubeconfig: KUBECONFIG names no file that is there, and {KubernetesClientConfiguration.KubeConfigDefaultLocation} is not there either.");
            }

            if (files.Count == 0)
            {
                return KubernetesClientConfiguration.IsInCluster()
                    ? new KubernetesOpening.Opened(new KubernetesConnection(KubernetesClientConfiguration.InClusterConfig(), agent, isAround: true))
                    : Fault("This does not run in a pod of a cluster with the token of a service account: KUBERNETES_SERVICE_HOST is not set, or there is no token under /var/run/secrets/kubernetes.io/serviceaccount.");
            }

            var merged = await KubeConfigFiles.Read(files, cancellation).ConfigureAwait(false);

            // A program that gives credentials may take its time, and the package waits for it.
            var configuration = await Task.Run(() => merged.Configure(Context), cancellation).ConfigureAwait(false);
            return new KubernetesOpening.Opened(new KubernetesConnection(configuration, agent, isAround: false));
        }
        // Besides its own, the package lets through what YAML, certificates and base64 cause, and throws bare exceptions for plugins that are no more.
        catch (Exception exception) when (exception is not (OperationCanceledException or OutOfMemoryException))
        {
            return Fault($"{(InCluster ? "The service account of the pod" : $"The kubeconfig{(Kubeconfig is null ? "" : " " + Kubeconfig)}")} cannot be used: {MessageOf(exception)}.");
        }
    }

    /// <summary>What a message says in its first line; texts of the package go on with where they were thrown.</summary>
    internal static string FirstLine(string message)
    {
        var end = message.AsSpan().IndexOfAny('\r', '\n');
        return (end < 0 ? message : message[..end]).TrimEnd('.', ' ');
    }

    /// <summary>Texts that are no kubeconfig end in exceptions of the language in the package.</summary>
    private static string MessageOf(Exception exception) => exception is InvalidCastException or NullReferenceException ? "it is not what a kubeconfig is" : FirstLine(exception.Message);

    private static KubernetesOpening.Failed Fault(string message) => new(new KubernetesFault(KubernetesFaultKind.Configuration, message));
}

/// <summary>What became of reading how to ask a cluster.</summary>
public abstract record KubernetesOpening
{
    private KubernetesOpening()
    {
    }

    /// <summary>All is there.</summary>
    /// <param name="Connection">Whoever gets it disposes of it.</param>
    public sealed record Opened(KubernetesConnection Connection) : KubernetesOpening;

    /// <summary>Something is missing or wrong.</summary>
    /// <param name="Fault">What.</param>
    public sealed record Failed(KubernetesFault Fault) : KubernetesOpening;
}
