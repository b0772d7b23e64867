using System.Text.Json;
using Roadstead.Testing;
using Roadstead.Testing.Cli;
using Roadstead.Testing.Clients;
using Roadstead.Testing.Clusters;
using Roadstead.Testing.Processes;
using YamlDotNet.RepresentationModel;

namespace Roadstead.Cli.Tests.Commands;

/// <summary><c>roadstead inventory</c> against a stub of a cluster, a list and a Prometheus, without a server.</summary>
public class InventoryTests
{
    private static CancellationToken Stops => TestContext.Current.CancellationToken;

    [Fact]
    public async Task What_a_cluster_runs_is_shown_by_registry_and_image_with_the_preset_that_covers_it()
    {
        await using var cluster = await Started();
        var table = (await cluster.Run()).OrThrow();
        Assert.Equal("", table.Error);
        Assert.Matches(
            """
            ^REGISTRY +IMAGES +USES +PROJECT
            docker\.io +2 +4 +dockerhub
            harbor\.corp:5000 +1 +1 +not covered
            quay\.io +1 +1 +quay

            IMAGE +USES +PROJECT +USED BY
            docker\.io/istio/proxyv2:1 +2 +dockerhub +prod/ReplicaSet/web-7f
            docker\.io/library/nginx:1 +2 +dockerhub +prod/Deployment/web, prod/Pod/alone
            harbor\.corp:5000/team/app:1 +1 +not covered +prod/Deployment/web
            quay\.io/a/backup:2 +1 +quay +prod/CronJob/nightly

            nodes: linux/amd64, linux/arm64
            3 of 4 images are of registries that a server mirrors without being told to; --server asks one what it has\.
            no image: Bad Image .+ \(prod/Pod/bad\)
            $
            """.ReplaceLineEndings("\n"),
            table.Output);

        using var json = JsonDocument.Parse((await cluster.Run("--output", "json")).OrThrow().Output);
        Assert.Equal(("kubernetes", "docker.io", 2), (json.RootElement.GetProperty("source").GetString(), json.RootElement.GetProperty("registries")[0].GetProperty("registry").GetString(), json.RootElement.GetProperty("images")[1].GetProperty("uses").GetInt32()));
        Assert.False(json.RootElement.GetProperty("images")[2].TryGetProperty("project", out _));
        var yaml = new YamlStream();
        yaml.Load(new StringReader((await cluster.Run("--output", "yaml")).OrThrow().Output));
        Assert.Equal("quay", (string?)yaml.Documents[0].RootNode["images"][3]["project"]);
    }

    [Fact]
    public async Task The_kubeconfig_is_the_named_one_or_those_of_KUBECONFIG_or_the_one_at_home()
    {
        await using var cluster = await Started();
        Assert.Equal(0, (await RoadsteadCli.Run([], NoKubeconfig(cluster), "inventory", "--kubeconfig", cluster.Kubeconfig, "--context", "stub")).ExitCode);
        Directory.CreateDirectory(cluster.Folder[".kube"]);
        File.Copy(cluster.Kubeconfig, cluster.Folder[".kube/config"]);
        Assert.Equal(0, (await RoadsteadCli.Run([], NoKubeconfig(cluster), "inventory")).ExitCode);

        // Of several the first that has a name counts, and one that is not there is none.
        await File.WriteAllTextAsync(cluster.Folder["first"], "current-context: stub\n", Stops);
        var several = new Dictionary<string, string?>(NoKubeconfig(cluster)) { ["HOME"] = "/none", ["KUBECONFIG"] = $"{cluster.Folder["none"]}:{cluster.Folder["first"]}:{cluster.Kubeconfig}" };
        Assert.Equal(0, (await RoadsteadCli.Run([], several, "inventory")).ExitCode);

        var nowhere = await RoadsteadCli.Run([], new Dictionary<string, string?>(NoKubeconfig(cluster)) { ["HOME"] = "/none" }, "inventory");
        Assert.Equal((1, ""), (nowhere.ExitCode, nowhere.Output));
        Assert.Matches("There is no kubeconfig: .*/none/.kube/config.* --file name other sources", nowhere.Error);
    }

    [Fact]
    public async Task In_a_pod_its_account_is_shown_to_the_cluster_around_it()
    {
        using var authority = new TestAuthority();
        using var folder = new TemporaryFolder("pod");
        await using var stub = await KubernetesStub.Start(authority);
        stub.Put(Manifests.Pod("prod", "a", "nginx:1"));
        await File.WriteAllTextAsync(folder["token"], stub.Token + "\n", Stops);
        await File.WriteAllTextAsync(folder["ca.crt"], authority.Pem, Stops);
        var inPod = new Dictionary<string, string?> { ["HOME"] = "/none", ["KUBECONFIG"] = null, ["HTTPS_PROXY"] = "http://127.0.0.1:1", ["NO_PROXY"] = "127.0.0.0/8", ["KUBERNETES_SERVICE_HOST"] = stub.Address.Host, ["KUBERNETES_SERVICE_PORT"] = stub.Address.Port.ToString(System.Globalization.CultureInfo.InvariantCulture) };
        string[] pod =
        [
            "unshare", "--mount", "--", "sh", "-ec",
            $"mount -t tmpfs none /run && mkdir -p /run/secrets/kubernetes.io/serviceaccount && cp {folder["token"]} {folder["ca.crt"]} /run/secrets/kubernetes.io/serviceaccount && exec \"$@\"", "sh",
        ];
        foreach (var options in new[] { Array.Empty<string>(), ["--in-cluster"] })
        {
            Assert.Contains("prod/Pod/a", (await RoadsteadCli.Run(pod, inPod, ["inventory", .. options])).OrThrow().Output, StringComparison.Ordinal);
        }
    }

    [Fact]
    public async Task What_may_not_be_seen_is_told_with_the_role_and_the_rest_is_shown_as_a_part()
    {
        await using var cluster = await Started();
        cluster.Stub.Forbidden.Add("cronjobs");
        var part = await cluster.Run();
        Assert.Equal(3, part.ExitCode);
        Assert.DoesNotContain("backup", part.Output, StringComparison.Ordinal);
        Assert.Matches("^note: system:serviceaccount:mirror:roadstead may not list cronjobs [\\s\\S]*\napiVersion: rbac.authorization.k8s.io/v1\nkind: ClusterRole\n[\\s\\S]*kind: ClusterRoleBinding\n", part.Error);
        cluster.Stub.Forbidden.UnionWith(StubKind.All.Select(kind => kind.Resource));
        var none = await cluster.Run();
        Assert.Equal((1, ""), (none.ExitCode, none.Output));
        Assert.Matches("^roadstead: system:serviceaccount:mirror:roadstead may not list pods, [\\s\\S]*\nkind: ClusterRole\n", none.Error);
    }

    [Fact]
    public async Task A_list_is_read_from_standard_input_or_a_file()
    {
        using var folder = new TemporaryFolder("inventory");
        using var shell = new Shell();
        var counted = (await shell.Type(RoadsteadCli.ShellFunction + "printf 'nginx\\nnginx\\nquay.io/a/b:1\\nBad Image x\\n' | sort | uniq -c | roadstead inventory --file -")).OrThrow();
        Assert.Matches("\ndocker.io/library/nginx:latest +2 +dockerhub +line 2\nquay.io/a/b:1 +1 +quay +line 3\n[\\s\\S]*no image: 1 Bad Image x .*\\(line 1\\)\n$", counted.Output);
        await File.WriteAllTextAsync(folder["list.json"], Manifests.Pod("prod", "a", "nginx:1").ToJsonString(), Stops);
        Assert.Contains("prod/Pod/a", (await RoadsteadCli.Run("inventory", "--file", folder["list.json"])).OrThrow().Output, StringComparison.Ordinal);

        foreach (var (path, words) in new[] { (folder["none"], "Could not find file"), ("-", "(standard input): It is empty") })
        {
            var result = await RoadsteadCli.Run("inventory", "-f", path);
            Assert.Equal((1, ""), (result.ExitCode, result.Output));
            Assert.Contains(words, result.Error, StringComparison.Ordinal);
        }
    }

    [Fact]
    public async Task A_Prometheus_is_asked_as_whom_the_options_say()
    {
        using var folder = new TemporaryFolder("inventory");
        await File.WriteAllTextAsync(folder["password"], "canary-password\n", Stops);
        await using var metrics = await StateMetrics.Start();
        metrics.Add("prod", "web-1", "web", "nginx:1", "docker.io/library/nginx:1");
        await using var prometheus = await PrometheusServer.Start(metrics.Host.Address, password: "canary-password");
        await metrics.Scraped();
        string[] command = ["inventory", "--prometheus", prometheus.Address.ToString(), "--since", "1h"];
        var shown = (await RoadsteadCli.Run([.. command, "--prometheus-username", "reader", "--prometheus-password-file", folder["password"]])).OrThrow();
        Assert.Matches("\ndocker.io/library/nginx:1 +1 +dockerhub +prod\n", shown.Output);
        Assert.Matches("^note: Prometheus knows ", shown.Error);
        var refused = await RoadsteadCli.Run([.. command, "--prometheus-token-file", folder["password"]]);
        Assert.Equal((1, ""), (refused.ExitCode, refused.Output));
        Assert.Contains("asks for a credential", refused.Error, StringComparison.Ordinal);
        Assert.DoesNotContain("canary", refused.Error, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("give one source", "--file", "-", "--in-cluster")]
    [InlineData("give one source", "--prometheus", "http://127.0.0.1:1", "--context", "a")]
    [InlineData("--since is for --prometheus", "--since", "14d")]
    [InlineData("--since two weeks is no time span", "--prometheus", "http://127.0.0.1:1", "--since", "two weeks")]
    [InlineData("go together", "--prometheus", "http://127.0.0.1:1", "--prometheus-username", "a")]
    [InlineData("--prometheus has a name or password in it", "--prometheus", "http://a:b@127.0.0.1:1")]
    [InlineData("Prometheus knows no variables", "--prometheus", "http://127.0.0.1:1", "--related-images")]
    [InlineData("--cluster names a cluster of a server's", "--cluster", "prod")]
    public async Task Options_that_contradict_each_other_are_wrong_usage(string words, params string[] options)
    {
        var result = await RoadsteadCli.Run(["inventory", .. options]);
        Assert.Equal((2, ""), (result.ExitCode, result.Output));
        Assert.Contains(words, result.Error, StringComparison.Ordinal);
    }

    private static Dictionary<string, string?> NoKubeconfig(StubbedCluster cluster) => new() { ["HOME"] = cluster.Folder.Path, ["KUBECONFIG"] = null, ["KUBERNETES_SERVICE_HOST"] = null };

    private static async Task<StubbedCluster> Started()
    {
        var cluster = new StubbedCluster(await KubernetesStub.Start());
        var stub = cluster.Stub;
        stub.Put(Manifests.Pod("prod", "web-7f-1", "istio/proxyv2:1").OwnedBy("ReplicaSet", "web-7f"));
        stub.Put(Manifests.Pod("prod", "web-7f-2", "istio/proxyv2:1").OwnedBy("ReplicaSet", "web-7f"));
        stub.Put(Manifests.Pod("prod", "alone", "docker.io/nginx:1"));
        stub.Put(Manifests.Workload("Deployment", "prod", "web", "nginx:1", "harbor.corp:5000/team/app:1"));
        stub.Put(Manifests.CronJob("prod", "nightly", "quay.io/a/backup:2"));
        stub.Put(Manifests.Pod("prod", "bad", "Bad Image"));
        stub.Put(Manifests.Node("n1"));
        stub.Put(Manifests.Node("n2", "arm64"));
        await File.WriteAllTextAsync(cluster.Kubeconfig, stub.Kubeconfig(), Stops);
        return cluster;
    }

    private sealed class StubbedCluster(KubernetesStub stub) : IAsyncDisposable
    {
        public KubernetesStub Stub => stub;

        public TemporaryFolder Folder { get; } = new("cluster");

        public string Kubeconfig => Folder["config"];

        public Task<CommandResult> Run(params string[] options) => RoadsteadCli.Run(["inventory", "--kubeconfig", Kubeconfig, .. options]);

        public async ValueTask DisposeAsync()
        {
            await stub.DisposeAsync();
            Folder.Dispose();
        }
    }
}
