using System.Text.Json;
using Roadstead.Inventory.Lists;
using Roadstead.Testing;
using Roadstead.Testing.Clusters;
using Roadstead.Testing.Processes;

namespace Roadstead.Inventory.Tests.Kubernetes;

/// <summary>Kubernetes's own client against the stub, which shows that the stub is honest; and what it prints is read.</summary>
public class KubectlTests
{
    [Fact]
    public async Task It_lists_in_pages_and_watches()
    {
        using var authority = new TestAuthority();
        await using var cluster = await Cluster.Start(authority);
        for (var at = 0; at < 3; at++)
        {
            cluster.Stub.Put(Manifests.Pod("prod", $"p{at}", "nginx:1"));
        }

        cluster.Stub.Put(Manifests.Node("n1"));
        var pods = await Kubectl(cluster, "get", "pods", "-A", "--chunk-size=2");
        Assert.All(["NAMESPACE", "p0", "p2"], word => Assert.Contains(word, pods, StringComparison.Ordinal));
        Assert.Equal(2, cluster.Stub.Requests.Count(request => request.StartsWith("/api/v1/pods?", StringComparison.Ordinal)));
        Assert.Contains("n1", await Kubectl(cluster, "get", "nodes"), StringComparison.Ordinal);

        await using var watch = await ChildProcess.Start("kubectl", ["--kubeconfig", cluster.Kubeconfig, "get", "pods", "-A", "-w"], Home(cluster));
        await watch.Log.WaitFor(line => line.Contains("p2", StringComparison.Ordinal));
        await cluster.Stub.Watches.WaitFor(resource => resource == "pods");
        cluster.Stub.Put(Manifests.Pod("prod", "late", "nginx:1"));
        await watch.Log.WaitFor(line => line.Contains("late", StringComparison.Ordinal));
    }

    [Fact]
    public async Task What_it_prints_as_JSON_is_the_same_inventory_as_the_API_gives()
    {
        await using var cluster = await Cluster.Start();
        cluster.Stub.Put(Manifests.Pod("prod", "a", "nginx:1").OwnedBy("ReplicaSet", "a"));
        cluster.Stub.Put(Manifests.Workload("Deployment", "prod", "b", "quay.io/a/b:1", "Bad Image"));
        cluster.Stub.Put(Manifests.CronJob("prod", "c", "quay.io/a/c:1"));
        cluster.Stub.Put(Manifests.Node("n1"));
        var json = await Kubectl(cluster, "get", "pods,deploy,sts,ds,rs,rc,jobs,cronjobs", "-A", "-o", "json");
        var nodes = await Kubectl(cluster, "get", "nodes", "-o", "json");
        using var input = new MemoryStream(System.Text.Encoding.UTF8.GetBytes(json + nodes));
        var listed = Assert.IsType<InventoryOutcome.Taken>(await new ListSource(TimeProvider.System).Take(input, withRelated: false, TestContext.Current.CancellationToken)).Inventory;
        var asked = (await cluster.Taken()).Inventory;
        Assert.True(InventoryChange.IsSame(asked, listed with { Source = asked.Source }), JsonSerializer.Serialize(listed));
    }

    [Fact]
    public async Task It_is_refused_what_is_forbidden()
    {
        await using var cluster = await Cluster.Start();
        cluster.Stub.Forbidden.Add("pods");
        var result = await Command.Run("kubectl", ["--kubeconfig", cluster.Kubeconfig, "get", "pods", "-A"], Home(cluster));
        Assert.Contains($"Error from server (Forbidden): pods is forbidden: User \"{KubernetesStub.User}\" cannot list", result.Error, StringComparison.Ordinal);
    }

    [Fact]
    public async Task It_takes_the_role_that_is_told()
    {
        await using var cluster = await Cluster.Start();
        await File.WriteAllTextAsync(cluster.Folder["role.yaml"], Roadstead.Inventory.Kubernetes.KubernetesPermissions.For(null), TestContext.Current.CancellationToken);

        // The stub has no such objects; that both documents are read is what it says of each.
        var result = await Command.Run("kubectl", ["--kubeconfig", cluster.Kubeconfig, "apply", "--validate=false", "--dry-run=client", "-f", cluster.Folder["role.yaml"]], Home(cluster));
        Assert.All(["\"ClusterRole\" in version", "\"ClusterRoleBinding\" in version"], words => Assert.Contains(words, result.Error, StringComparison.Ordinal));
    }

    private static async Task<string> Kubectl(Cluster cluster, params string[] words) => (await Command.Run("kubectl", ["--kubeconfig", cluster.Kubeconfig, .. words], Home(cluster))).OrThrow().Output;

    // It keeps what it discovered there.
    private static Dictionary<string, string?> Home(Cluster cluster) => new() { ["HOME"] = cluster.Folder.Path, ["KUBECONFIG"] = null };
}
