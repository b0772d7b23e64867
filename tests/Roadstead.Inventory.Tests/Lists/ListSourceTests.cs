using System.Text;
using Roadstead.Api;
using Roadstead.Inventory.Lists;
using Roadstead.Testing.Clusters;

namespace Roadstead.Inventory.Tests.Lists;

public class ListSourceTests
{
    private static CancellationToken Stops => TestContext.Current.CancellationToken;

    [Fact]
    public async Task Lines_of_uniq_and_plain_ones_are_read_and_junk_is_told_with_its_line()
    {
        var inventory = await Taken("""

            # by hand
                 12 docker.io/library/nginx:1.25
            nginx:1.25
              "quay.io/a/b:1"
            99999999999999999999 quay.io/a/c
            NAMESPACE   NAME   READY
            Upper
            """);
        Assert.Equal(["docker.io/library/nginx:1.25 13", "quay.io/a/b:1 1", $"quay.io/a/c:latest {int.MaxValue}"], Told(inventory));
        Assert.Equal(["NAMESPACE   NAME   READY (line 7)", "Upper (line 8)"], inventory.Malformed!.Select(wrong => $"{wrong.Text} ({wrong.UsedBy![0]})"));
        Assert.Equal("list", inventory.Source);
        Assert.Empty(inventory.Platforms);
    }

    [Fact]
    public async Task All_images_in_one_long_line_are_told_as_that()
    {
        var inventory = await Taken(string.Join(' ', Enumerable.Repeat("docker.io/library/nginx:1.25", 10_000)) + "\nnginx");
        Assert.Equal(["docker.io/library/nginx:latest 1"], Told(inventory));
        Assert.Equal(["line 2"], inventory.Images[0].UsedBy!);
        Assert.Contains("longer", inventory.Malformed!.Single().Fault, StringComparison.Ordinal);
    }

    [Fact]
    public async Task What_kubectl_prints_is_read_whatever_it_is_a_list_of()
    {
        var pod = Manifests.Pod("prod", "web-1", "nginx:1", "istio/proxyv2:1").OwnedBy("ReplicaSet", "web");
        pod["spec"]!["initContainers"] = new System.Text.Json.Nodes.JsonArray(new System.Text.Json.Nodes.JsonObject { ["name"] = "i", ["image"] = "busybox" });
        var deployment = Manifests.Workload("Deployment", "prod", "web", "nginx:1");
        var inventory = await Taken($$"""
            {
              "apiVersion": "v1",
              "items": [ {{pod}}, {{deployment}}, {{Manifests.CronJob("prod", "nightly", "quay.io/a/backup:2")}},
                {{Manifests.Node("n1", "arm64")}}, {"kind": "Service", "spec": {"template": "no object"} } ],
              "kind": "List", "metadata": {"resourceVersion": ""}
            }
            """, out var notes);
        Assert.Equal(["docker.io/istio/proxyv2:1 1", "docker.io/library/busybox:latest 1", "docker.io/library/nginx:1 2", "quay.io/a/backup:2 1"], Told(inventory));
        Assert.Equal(["prod/Deployment/web", "prod/ReplicaSet/web"], inventory.Images[2].UsedBy!);
        Assert.Equal(["linux/arm64"], inventory.Platforms);
        Assert.Contains("1 Service", Assert.Single(notes), StringComparison.Ordinal);
    }

    [Fact]
    public async Task Single_objects_several_one_after_the_other_lists_of_one_kind_and_bare_arrays_are_read_too()
    {
        var pod = Manifests.Pod("prod", "a", "nginx:1");
        var bare = pod.DeepClone().AsObject();
        bare.Remove("kind");
        Assert.Equal(["docker.io/library/nginx:1 1"], Told(await Taken(pod.ToString())));
        Assert.Equal(["docker.io/library/nginx:1 2"], Told(await Taken($"{pod}\n{pod}\n")));
        Assert.Equal(["docker.io/library/nginx:1 1"], Told(await Taken($$"""{"kind": "PodList", "apiVersion": "v1", "items": [{{bare}}]}""")));
        Assert.Equal(["docker.io/library/nginx:1 2", "quay.io/a/b:latest 1"], Told(await Taken($$"""[{{pod}}, "nginx:1", "quay.io/a/b"]""")));
    }

    [Fact]
    public async Task An_object_that_is_none_is_told_with_its_line_and_costs_no_other()
    {
        var inventory = await Taken($$"""
            {"kind": "List", "items": [
            {"kind": "Pod", "spec": {"containers": "none"} },
            {{Manifests.Pod("prod", "a", "nginx:1").ToJsonString()}}]}
            """);
        Assert.Equal(["docker.io/library/nginx:1 1"], Told(inventory));
        Assert.Equal(["line 2"], inventory.Malformed!.Single().UsedBy!);
    }

    [Theory]
    [InlineData("", "empty")]
    [InlineData("\n \n", "empty")]
    [InlineData("# nothing\n", "empty")]
    [InlineData("{\"kind\": \"List\", \"items\": [{\"kind\": \"Pod\"", "line 1")]
    [InlineData("\n{\n\"kind\": nonsense}", "line 3")]
    [InlineData("{\"kind\": \"List\", \"items\": []}", "not one")]
    [InlineData("[]", "not one")]
    [InlineData("      9 \n", "not one")]
    [InlineData("\nNAMESPACE   NAME   READY\ndefault   web   1/1\n", "line 2")]
    [InlineData("apiVersion: v1\nitems:\n- apiVersion: v1\n", "-o json")]
    public async Task What_is_no_list_or_ends_in_the_midst_is_no_inventory(string text, string words) =>
        Assert.Contains(words, Assert.IsType<InventoryOutcome.Failed>(await Take(new MemoryStream(Encoding.UTF8.GetBytes(text)))).Message, StringComparison.Ordinal);

    [Fact]
    public async Task A_hundred_megabytes_are_read_in_bounded_memory()
    {
        var pod = Manifests.Pod("prod", "a", "nginx:1");
        pod["metadata"]!["annotations"] = new System.Text.Json.Nodes.JsonObject { ["padding"] = new string('x', 100_000) };
        const int Pods = 1000;
        await using var json = new RepeatedStream("{\"kind\": \"List\", \"items\": [", pod.ToJsonString() + ",", Pods, pod.ToJsonString() + "]}");
        Assert.Equal([$"docker.io/library/nginx:1 {Pods + 1}"], Told(Assert.IsType<InventoryOutcome.Taken>(await Take(json)).Inventory));

        const int Lines = 4_000_000;
        await using var lines = new RepeatedStream("", "  1 docker.io/library/nginx:1\n", Lines, "nginx:2");
        Assert.Equal([$"docker.io/library/nginx:1 {Lines}", "docker.io/library/nginx:2 1"], Told(Assert.IsType<InventoryOutcome.Taken>(await Take(lines)).Inventory));
        Assert.True(Environment.WorkingSet < 600 << 20, $"{Environment.WorkingSet >> 20} MiB");
    }

    private static string[] Told(ClusterInventory inventory) => [.. inventory.Images.Select(image => $"{image.Image} {image.Uses}")];

    private static Task<InventoryOutcome> Take(Stream input) => new ListSource(TimeProvider.System).Take(input, withRelated: false, Stops);

    private static Task<ClusterInventory> Taken(string text) => Taken(text, out _);

    private static Task<ClusterInventory> Taken(string text, out List<string> notes)
    {
        var told = notes = [];
        return Run();

        async Task<ClusterInventory> Run()
        {
            var taken = Assert.IsType<InventoryOutcome.Taken>(await Take(new MemoryStream(Encoding.UTF8.GetBytes(text))));
            told.AddRange(taken.Notes);
            return taken.Inventory;
        }
    }
}
