using System.Globalization;
using System.Text.Json;

namespace Roadstead.Inventory.Kubernetes;

/// <summary>All objects of a kind, as they were at one moment.</summary>
/// <param name="Objects">By what the cluster knows each by for good.</param>
/// <param name="ResourceVersion">That moment, from which a watch goes on.</param>
internal sealed record ListedObjects(Dictionary<string, ObjectImages> Objects, string ResourceVersion);

/// <summary>Lists what a cluster has, page by page.</summary>
/// <remarks>https://kubernetes.io/docs/reference/using-api/api-concepts/#retrieving-large-results-sets-in-chunks.</remarks>
/// <param name="connection">Asks the cluster.</param>
/// <param name="withRelated">Count what operators are told to use by variables.</param>
/// <param name="time">Waits between tries.</param>
internal sealed class KubernetesLists(KubernetesConnection connection, bool withRelated, TimeProvider time)
{
    private const int PageSize = 500;
    private const int MostTries = 4;

    // An API server that is asked for its largest page answers in seconds.
    private static readonly TimeSpan LongestPage = TimeSpan.FromMinutes(2);

    private static readonly TimeSpan FirstPause = TimeSpan.FromSeconds(1);
    private static readonly TimeSpan LongestPause = TimeSpan.FromSeconds(30);

    /// <summary>Lists all objects of a kind. A list that took so long that the cluster forgot its state is begun again; an API server that has too much to do is given time.</summary>
    /// <param name="kind">The kind.</param>
    /// <param name="progress">Is told how many there are so far; null: nobody is.</param>
    /// <param name="cancellation">Ends it.</param>
    public async Task<KubernetesOutcome<ListedObjects>> All(WorkloadKind kind, IProgress<int>? progress, CancellationToken cancellation)
    {
        var (objects, next) = (new Dictionary<string, ObjectImages>(StringComparer.Ordinal), (string?)null);
        var pause = FirstPause;
        for (var tries = 1; ;)
        {
            switch (await Page(kind, next, cancellation).ConfigureAwait(false))
            {
                case KubernetesOutcome<ObjectPage>.Answered(var page):
                    foreach (var item in page.Items!.Where(item => item?.Metadata is not null))
                    {
                        objects[KeyOf(item!.Metadata!)] = ObjectImages.Of(item, kind.Kind, withRelated);
                    }

                    progress?.Report(objects.Count);
                    if (string.IsNullOrEmpty(page.Metadata!.Continue))
                    {
                        return new KubernetesOutcome<ListedObjects>.Answered(new ListedObjects(objects, page.Metadata.ResourceVersion ?? ""));
                    }

                    if (page.Metadata.Continue == next)
                    {
                        return new KubernetesOutcome<ListedObjects>.Failed(new KubernetesFault(
                            KubernetesFaultKind.Unexpected, $"{connection.Server} lists {kind.Resource} without end: after a page it names the same page again. Is it the API server of a cluster?"));
                    }

                    next = page.Metadata.Continue;
                    break;
                case KubernetesOutcome<ObjectPage>.Failed({ Kind: KubernetesFaultKind.Expired }) when next is not null && tries < MostTries:
                    tries++;
                    next = null;
                    objects.Clear();
                    break;
                case KubernetesOutcome<ObjectPage>.Failed({ Kind: KubernetesFaultKind.Busy } fault) when tries < MostTries:
                    tries++;
                    var wait = fault.RetryAfter is { } asked && asked > pause ? asked : pause;
                    await Task.Delay(wait < LongestPause ? wait : LongestPause, time, cancellation).ConfigureAwait(false);
                    pause *= 2;
                    break;
                case KubernetesOutcome<ObjectPage>.Failed(var fault):
                    return new KubernetesOutcome<ListedObjects>.Failed(fault);
                default:
                    throw new InvalidOperationException("Unknown outcome.");
            }
        }
    }

    /// <summary>What the cluster knows an object by for good.</summary>
    public static string KeyOf(ObjectMetadata metadata) => metadata.Uid ?? $"{metadata.Namespace}/{metadata.Name}";

    private async Task<KubernetesOutcome<ObjectPage>> Page(WorkloadKind kind, string? next, CancellationToken cancellation)
    {
        using var patience = CancellationTokenSource.CreateLinkedTokenSource(cancellation);
        patience.CancelAfter(LongestPage);
        var path = string.Create(CultureInfo.InvariantCulture, $"{kind.Path}?limit={PageSize}{(next is null ? "" : $"&continue={Uri.EscapeDataString(next)}")}");
        try
        {
            var outcome = await connection.Get(path, patience.Token).ConfigureAwait(false);
            if (outcome is not KubernetesOutcome<HttpResponseMessage>.Answered(var response))
            {
                return new KubernetesOutcome<ObjectPage>.Failed(((KubernetesOutcome<HttpResponseMessage>.Failed)outcome).Fault);
            }

            using (response)
            {
                return await Read(response, patience.Token).ConfigureAwait(false);
            }
        }
        catch (OperationCanceledException) when (!cancellation.IsCancellationRequested)
        {
            return new KubernetesOutcome<ObjectPage>.Failed(new KubernetesFault(KubernetesFaultKind.Unreachable, $"{connection.Server} does not answer in time."));
        }
    }

    private async Task<KubernetesOutcome<ObjectPage>> Read(HttpResponseMessage response, CancellationToken cancellation)
    {
        try
        {
            var stream = await response.Content.ReadAsStreamAsync(cancellation).ConfigureAwait(false);
            await using (stream.ConfigureAwait(false))
            {
                return await JsonSerializer.DeserializeAsync(stream, KubernetesJson.Default.ObjectPage, cancellation).ConfigureAwait(false) is { Metadata: not null, Items: not null } page
                    ? new KubernetesOutcome<ObjectPage>.Answered(page)
                    : new KubernetesOutcome<ObjectPage>.Failed(connection.FaultOf(response));
            }
        }
        catch (JsonException)
        {
            return new KubernetesOutcome<ObjectPage>.Failed(connection.FaultOf(response));
        }
        catch (Exception exception) when (exception is HttpRequestException or IOException)
        {
            return new KubernetesOutcome<ObjectPage>.Failed(connection.FaultOf(exception));
        }
    }
}
