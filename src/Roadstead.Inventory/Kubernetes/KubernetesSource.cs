using Roadstead.Api;

namespace Roadstead.Inventory.Kubernetes;

/// <summary>What a cluster runs, by its own API: pods, and all that makes pods.</summary>
/// <param name="connection">Asks the cluster.</param>
/// <param name="time">The clock.</param>
public sealed class KubernetesSource(KubernetesConnection connection, TimeProvider time)
{
    /// <summary>What <see cref="ClusterInventory.Source"/> calls it.</summary>
    public const string Name = "kubernetes";

    // Whom an API server takes for who shows no credential, and is not to be given more rights.
    private const string Nobody = "system:anonymous";

    /// <summary>Takes the inventory.</summary>
    /// <param name="withRelated">Count what operators are told to use by variables <c>RELATED_IMAGE_…</c>.</param>
    /// <param name="progress">Is told what is being listed; null: nobody is.</param>
    /// <param name="cancellation">Ends it.</param>
    public async Task<InventoryOutcome> Take(bool withRelated, IProgress<string>? progress, CancellationToken cancellation)
    {
        var takenAt = time.GetUtcNow();
        var lists = new KubernetesLists(connection, withRelated, time);
        var builder = new InventoryBuilder();
        var (notes, forbidden) = (new List<string>(), new List<(WorkloadKind Kind, KubernetesFault Fault)>());
        foreach (var kind in WorkloadKind.All)
        {
            progress?.Report($"{kind.Resource}…");
            switch (await lists.All(kind, progress is null ? null : new Counted(progress, kind.Resource), cancellation).ConfigureAwait(false))
            {
                case KubernetesOutcome<ListedObjects>.Answered(var listed):
                    foreach (var item in listed.Objects.Values)
                    {
                        item.AddTo(builder);
                    }

                    break;
                case KubernetesOutcome<ListedObjects>.Failed({ Kind: KubernetesFaultKind.Forbidden } fault):
                    forbidden.Add((kind, fault));
                    break;
                case KubernetesOutcome<ListedObjects>.Failed({ Kind: KubernetesFaultKind.NotFound }) when kind != WorkloadKind.Pod:
                    notes.Add($"The cluster has no {kind.Resource} ({kind.Path}); there is nothing of them in the inventory.");
                    break;
                case KubernetesOutcome<ListedObjects>.Failed(var fault):
                    return new InventoryOutcome.Failed(fault.Message);
                default:
                    throw new InvalidOperationException("Unknown outcome.");
            }
        }

        return Judge(builder, takenAt, notes, forbidden);
    }

    private InventoryOutcome Judge(InventoryBuilder builder, DateTimeOffset takenAt, List<string> notes, List<(WorkloadKind Kind, KubernetesFault Fault)> forbidden)
    {
        if (forbidden.Count == 0)
        {
            return InventoryOutcome.Of(builder, takenAt, Name, notes, isPartial: false);
        }

        var user = forbidden[0].Fault.User;
        if (user == Nobody)
        {
            return new InventoryOutcome.Failed($"{connection.Server} takes the asker for nobody ({Nobody}): the credential is missing, or is none that it knows. Log in again, as for kubectl.");
        }

        var lacking = $"{(user is null ? "The account" : user)} may not list {string.Join(", ", forbidden.Select(lack => lack.Kind.Resource))} of all namespaces of {connection.Server}";
        var permissions = KubernetesPermissions.For(user);
        if (WorkloadKind.All.All(kind => kind.IsOptional || forbidden.Exists(lack => lack.Kind == kind)))
        {
            return new InventoryOutcome.Failed($"{lacking}: it lacks the verb list on each of them.") { Permissions = permissions };
        }

        // Without nodes only the platforms are not known.
        var isPartial = forbidden.Exists(lack => !lack.Kind.IsOptional);
        notes.Add(isPartial ? $"{lacking}: what only they name is not in the inventory." : $"{lacking}: the platforms of the cluster are not known.");
        return InventoryOutcome.Of(builder, takenAt, Name, notes, isPartial) with { Permissions = permissions };
    }

    private sealed class Counted(IProgress<string> progress, string resource) : IProgress<int>
    {
        public void Report(int value) => progress.Report($"{resource}: {value}…");
    }
}
