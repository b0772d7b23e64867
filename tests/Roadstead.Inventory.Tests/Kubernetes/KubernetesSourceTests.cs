using System.Globalization;
using System.Text.Json.Nodes;
using Roadstead.Testing.Clusters;

namespace Roadstead.Inventory.Tests.Kubernetes;

public class KubernetesSourceTests
{
    private const string Digest = "sha256:e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855";

    [Fact]
    public async Task Every_kind_of_container_volume_and_template_counts()
    {
        await using var cluster = await Cluster.Start();
        var pod = Manifests.Pod("prod", "web-1", "nginx:1").OwnedBy("ReplicaSet", "web-7f").WithImageIds($"docker.io/library/nginx@{Digest}");
        pod["spec"]!["initContainers"] = new JsonArray(new JsonObject { ["name"] = "i", ["image"] = "busybox:1" });
        pod["spec"]!["ephemeralContainers"] = new JsonArray(new JsonObject { ["name"] = "e", ["image"] = "debug:1" });
        pod["spec"]!["volumes"] = new JsonArray(new JsonObject { ["name"] = "v", ["image"] = new JsonObject { ["reference"] = "quay.io/models/small:1" } }, new JsonObject { ["name"] = "w", ["emptyDir"] = new JsonObject() });
        cluster.Stub.Put(pod);
        cluster.Stub.Put(Manifests.Workload("ReplicaSet", "prod", "web-7f", "nginx:1").OwnedBy("Deployment", "web"));
        cluster.Stub.Put(Manifests.Workload("ReplicaSet", "prod", "web-old", "nginx:0").OwnedBy("Deployment", "web"));
        cluster.Stub.Put(Manifests.Workload("Deployment", "prod", "web", "docker.io/nginx:1"));
        foreach (var kind in new[] { "StatefulSet", "DaemonSet", "Job", "ReplicationController" })
        {
            cluster.Stub.Put(Manifests.Workload(kind, "prod", "x", $"quay.io/of/{kind.ToLowerInvariant()}:1"));
        }

        cluster.Stub.Put(Manifests.CronJob("prod", "nightly", "quay.io/of/cronjob:1"));
        cluster.Stub.Put(Manifests.Node("n1"));
        cluster.Stub.Put(Manifests.Node("n2", "arm64"));
        cluster.Stub.Put(Manifests.Node("n3"));

        var taken = await cluster.Taken();
        Assert.Equal(
            [
                "docker.io/library/busybox:1 1", "docker.io/library/debug:1 1", "docker.io/library/nginx:0 1", "docker.io/library/nginx:1 3", "quay.io/models/small:1 1", "quay.io/of/cronjob:1 1", "quay.io/of/daemonset:1 1",
                "quay.io/of/job:1 1", "quay.io/of/replicationcontroller:1 1", "quay.io/of/statefulset:1 1",
            ],
            Cluster.Told(taken.Inventory));
        var nginx = taken.Inventory.Images[3];
        Assert.Equal(["prod/Deployment/web", "prod/ReplicaSet/web-7f"], nginx.UsedBy!);
        Assert.Equal([Digest], nginx.Digests!);
        Assert.Equal(["linux/amd64", "linux/arm64"], taken.Inventory.Platforms);
        Assert.Equal(("kubernetes", false, 0, null), (taken.Inventory.Source, taken.IsPartial, taken.Notes.Count, taken.Permissions));
    }

    [Fact]
    public async Task What_is_over_does_not_count_nor_what_is_put_in_later_and_what_operators_are_told_only_if_wanted()
    {
        await using var cluster = await Cluster.Start();
        foreach (var phase in new[] { "Succeeded", "Failed", "Pending" })
        {
            var pod = Manifests.Pod("prod", phase.ToLowerInvariant(), $"quay.io/a/{phase.ToLowerInvariant()}:1");
            pod["status"]!["phase"] = phase;
            cluster.Stub.Put(pod);
        }

        cluster.Stub.Put(Manifests.Workload("Deployment", "istio", "gateway", "auto", ""));
        var @operator = Manifests.Workload("Deployment", "prod", "operator", "quay.io/a/operator:1");
        @operator["spec"]!["template"]!["spec"]!["containers"]![0]!["env"] = new JsonArray(
            new JsonObject { ["name"] = "RELATED_IMAGE_DB", ["value"] = "quay.io/a/db:1" }, new JsonObject { ["name"] = "RELATED_IMAGE_NONE", ["value"] = "" }, new JsonObject { ["name"] = "OTHER", ["value"] = "quay.io/a/other:1" },
            new JsonObject { ["name"] = "RELATED_IMAGE_REF", ["valueFrom"] = new JsonObject() });
        cluster.Stub.Put(@operator);
        cluster.Stub.Put(Manifests.Pod("prod", "bad", "Bad Image"));
        var taken = await cluster.Taken();
        Assert.Equal(["quay.io/a/operator:1 1", "quay.io/a/pending:1 1"], Cluster.Told(taken.Inventory));
        Assert.Equal("prod/Pod/bad", taken.Inventory.Malformed!.Single().UsedBy!.Single());
        Assert.Equal(["quay.io/a/db:1 1", "quay.io/a/operator:1 1", "quay.io/a/pending:1 1"], Cluster.Told((await cluster.Taken(withRelated: true)).Inventory));
    }

    [Fact]
    public async Task Lists_come_in_pages_and_one_whose_state_was_forgotten_begins_again()
    {
        await using var cluster = await Cluster.Start();
        for (var at = 0; at < 1200; at++)
        {
            cluster.Stub.Put(Manifests.Pod("prod", $"p{at}", "nginx:1"));
        }

        Assert.Equal(["docker.io/library/nginx:1 1200"], Cluster.Told((await cluster.Taken()).Inventory));
        Assert.Equal(3, Pages(cluster));

        // It goes away while the second page is asked for, and one pod with it.
        cluster.Stub.BeforeNextPage = () =>
        {
            cluster.Stub.BeforeNextPage = null;
            cluster.Stub.Delete("Pod", "prod", "p7");
            cluster.Stub.Compact();
        };
        Assert.Equal(["docker.io/library/nginx:1 1199"], Cluster.Told((await cluster.Taken()).Inventory));
        Assert.Equal(3 + 2 + 3, Pages(cluster));

        // One that can never be read to its end is no inventory.
        cluster.Stub.BeforeNextPage = cluster.Stub.Compact;
        Assert.Contains("no longer knows", await cluster.Fails(), StringComparison.Ordinal);
        cluster.Stub.BeforeNextPage = null;
        cluster.Stub.RepeatsPages = true;
        Assert.Contains("lists pods without end", await cluster.Fails(), StringComparison.Ordinal);
    }

    [Fact]
    public async Task An_API_server_that_has_too_much_to_do_is_given_time()
    {
        await using var cluster = await Cluster.Start();
        cluster.Stub.Put(Manifests.Pod("prod", "a", "nginx:1"));
        cluster.Stub.Busy = 1;
        Assert.Equal(["docker.io/library/nginx:1 1"], Cluster.Told((await cluster.Taken()).Inventory));
        Assert.Equal(2, Pages(cluster));
    }

    [Fact]
    public async Task What_is_not_allowed_is_told_with_the_role_that_allows_it_and_the_rest_is_taken()
    {
        await using var cluster = await Cluster.Start();
        cluster.Stub.Put(Manifests.Pod("prod", "a", "nginx:1"));
        cluster.Stub.Put(Manifests.Node("n1"));
        cluster.Stub.Forbidden.UnionWith(["deployments", "cronjobs"]);
        var taken = await cluster.Taken();
        Assert.True(taken.IsPartial);
        Assert.Equal(["docker.io/library/nginx:1 1"], Cluster.Told(taken.Inventory));
        Assert.Contains("system:serviceaccount:mirror:roadstead may not list deployments, cronjobs", Assert.Single(taken.Notes), StringComparison.Ordinal);
        Assert.All(
            [
                "  - apiGroups: [\"\"]\n    resources: [pods, replicationcontrollers, nodes]\n    verbs: [list, watch]\n", "resources: [deployments, statefulsets, daemonsets, replicasets]", "resources: [jobs, cronjobs]",
                "  - kind: ServiceAccount\n    name: \"roadstead\"\n    namespace: \"mirror\"\n",
            ],
            words => Assert.Contains(words, taken.Permissions!, StringComparison.Ordinal));

        cluster.Stub.Forbidden.Clear();
        cluster.Stub.Forbidden.Add("nodes");
        taken = await cluster.Taken();
        Assert.Equal((false, 0), (taken.IsPartial, taken.Inventory.Platforms.Count));
        Assert.Contains("platforms", Assert.Single(taken.Notes), StringComparison.Ordinal);
        Assert.NotNull(taken.Permissions);

        cluster.Stub.Forbidden.UnionWith(StubKind.All.Select(kind => kind.Resource).Where(resource => resource != "nodes"));
        var failed = Assert.IsType<InventoryOutcome.Failed>(await cluster.Take());
        Assert.Contains("pods", failed.Message, StringComparison.Ordinal);
        Assert.NotNull(failed.Permissions);
    }

    [Fact]
    public async Task A_cluster_without_a_kind_has_none_of_it()
    {
        await using var cluster = await Cluster.Start();
        cluster.Stub.Put(Manifests.Pod("prod", "a", "nginx:1"));
        cluster.Stub.Absent.Add("cronjobs");
        var taken = await cluster.Taken();
        Assert.False(taken.IsPartial);
        Assert.Contains("cronjobs", Assert.Single(taken.Notes), StringComparison.Ordinal);
        cluster.Stub.Absent.Add("pods");
        Assert.Contains("knows no such thing", await cluster.Fails(), StringComparison.Ordinal);
    }

    /// <summary>How long it takes, and how much memory, is measured elsewhere: docs/performance.md.</summary>
    [Fact]
    public async Task Ten_thousand_pods_with_fifteen_hundred_images_are_all_there()
    {
        await using var cluster = await Cluster.Start();
        for (var at = 0; at < 10_000; at++)
        {
            cluster.Stub.Put(Manifests.Pod($"ns{at % 50}", $"p{at}", $"registry{at % 1500 % 7}.example/team/app{at % 1500}:v1", "istio/proxyv2:1").OwnedBy("ReplicaSet", $"rs{at % 3000}"));
        }

        var inventory = (await cluster.Taken()).Inventory;
        var expected = Enumerable.Range(0, 10_000).GroupBy(at => $"registry{at % 1500 % 7}.example/team/app{at % 1500}:v1").Select(image => (image.Key, Uses: image.Count())).Append(("docker.io/istio/proxyv2:1", 10_000));
        Assert.Equal(expected.OrderBy(image => image.Item1, StringComparer.Ordinal).Select(image => string.Create(CultureInfo.InvariantCulture, $"{image.Item1} {image.Item2}")), Cluster.Told(inventory));
    }

    private static int Pages(Cluster cluster) => cluster.Stub.Requests.Count(request => request.StartsWith("/api/v1/pods", StringComparison.Ordinal));
}
