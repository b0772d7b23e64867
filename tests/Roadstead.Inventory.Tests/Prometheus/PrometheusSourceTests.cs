using Roadstead.Inventory.Prometheus;
using Roadstead.Testing.Clusters;
using Roadstead.Testing.Upstream;

namespace Roadstead.Inventory.Tests.Prometheus;

public class PrometheusSourceTests
{
    private const string Digest = "sha256:e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855";

    [Fact]
    public async Task What_runs_now_and_what_ran_are_told_by_a_real_one()
    {
        await using var metrics = await StateMetrics.Start();
        metrics.Add("prod", "web-1", "web", "nginx:1", "docker.io/library/nginx:1", $"docker.io/library/nginx@{Digest}");
        metrics.Add("prod", "web-2", "web", "nginx:1", "docker.io/library/nginx:1", $"docker.io/library/nginx@{Digest}");
        metrics.Add("test", "web-1", "web", "docker.io/nginx:1", "sha256:0123", "sha256:0123");

        // The same labels as a container has: of two metrics, both count.
        metrics.Add("prod", "web-1", "web", "busybox:1", "docker.io/library/busybox:1", isInit: true);
        metrics.Add("prod", "bad", "bad", "Bad Image", "");
        metrics.Add("kube_node_labels{node=\"n1\",label_kubernetes_io_os=\"linux\",label_kubernetes_io_arch=\"arm64\"} 1");
        await using var prometheus = await PrometheusServer.Start(metrics.Host.Address);
        await metrics.Scraped();
        var taken = await Taken(new PrometheusAccess(prometheus.Address));
        Assert.Equal(["docker.io/library/busybox:1 1", "docker.io/library/nginx:1 3"], Told(taken));
        Assert.Equal(["prod", "test"], taken.Inventory.Images[1].UsedBy!);
        Assert.Equal([Digest], taken.Inventory.Images[1].Digests!);
        Assert.Equal("Bad Image", taken.Inventory.Malformed!.Single().Text);
        Assert.Equal(("prometheus", "linux/arm64"), (taken.Inventory.Source, taken.Inventory.Platforms.Single()));
        Assert.Contains("image volumes", Assert.Single(taken.Notes), StringComparison.Ordinal);

        // Started again, it has another container_id and counts once; what is gone is in the history alone.
        metrics.Clear();
        metrics.Add("prod", "web-1", "web", "nginx:1", "docker.io/library/nginx:1");
        await metrics.Scraped();
        Assert.Equal(["docker.io/library/nginx:1 1"], Told(await Taken(new PrometheusAccess(prometheus.Address))));
        Assert.Equal(["docker.io/library/busybox:1 1", "docker.io/library/nginx:1 3"], Told(await Taken(new PrometheusAccess(prometheus.Address) { Since = "1h" })));
        metrics.Clear();
        await metrics.Scraped();
        Assert.Contains("--since 1h", await Fails(new PrometheusAccess(prometheus.Address)), StringComparison.Ordinal);
    }

    [Fact]
    public async Task An_old_kube_state_metrics_tells_what_statuses_say_and_labels_that_stand_aside_are_found()
    {
        await using var metrics = await StateMetrics.Start();
        metrics.Add("prod", "web-1", "web", null, "docker.io/library/nginx:1");
        metrics.Add("prod", "web-2", "web", "quay.io/a/b:1", "docker.io/library/other:1");
        await using var prometheus = await PrometheusServer.Start(metrics.Host.Address, honorLabels: false);
        await metrics.Scraped();
        var taken = await Taken(new PrometheusAccess(prometheus.Address));
        Assert.Equal(["docker.io/library/nginx:1 1", "quay.io/a/b:1 1"], Told(taken));
        Assert.Equal(["prod"], taken.Inventory.Images[0].UsedBy!);
        Assert.Contains(taken.Notes, note => note.Contains("older than 2.3", StringComparison.Ordinal));
    }

    [Fact]
    public async Task One_that_asks_for_a_password_gets_it_and_its_refusal_names_no_secret()
    {
        await using var metrics = await StateMetrics.Start();
        metrics.Add("prod", "web-1", "web", "nginx:1", "");
        await using var prometheus = await PrometheusServer.Start(metrics.Host.Address, password: "canary-password");
        await metrics.Scraped();
        Assert.Equal(["docker.io/library/nginx:1 1"], Told(await Taken(new PrometheusAccess(prometheus.Address) { Username = "reader", Password = "canary-password" })));
        Assert.Contains("asks for a credential", await Fails(new PrometheusAccess(prometheus.Address)), StringComparison.Ordinal);
        var message = await Fails(new PrometheusAccess(prometheus.Address) { Username = "reader", Password = "canary-wrong" });
        Assert.Contains("asks for a credential", message, StringComparison.Ordinal);
        Assert.DoesNotContain("canary", message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Without_kube_state_metrics_that_is_told()
    {
        await using var prometheus = await PrometheusServer.Start(null);
        Assert.Contains("no series kube_pod_container_info at the moment: it does not scrape kube-state-metrics", await Fails(new PrometheusAccess(prometheus.Address)), StringComparison.Ordinal);
        Assert.Contains("of the last 14d", await Fails(new PrometheusAccess(prometheus.Address) { Since = "14d" }), StringComparison.Ordinal);
        Assert.Contains("400", await Fails(new PrometheusAccess(prometheus.Address) { Since = "0" }), StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_bearer_token_is_shown_below_the_path_of_the_URL()
    {
        await using var host = new FakeHost("Prometheus behind a proxy", request => request.Authorization == "Bearer secret" && request.Path == "/prometheus/api/v1/query"
            ? FakeResponse.Text(200, "application/json", """{"status": "success", "data": {"resultType": "vector", "result": [{"metric": {"image_spec": "nginx", "image": "nginx"}, "value": [1.5, "2"]}]}, "warnings": ["a store was away"]}""")
            : FakeResponse.Text(403, "text/html", "<html>"));
        await host.Start();
        var access = new PrometheusAccess(new Uri(host.Address, "/prometheus/")) { BearerToken = "secret" };
        Assert.Contains((await Taken(access)).Notes, note => note.Contains("a store was away", StringComparison.Ordinal));
        Assert.Contains("does not allow", await Fails(access with { BearerToken = "other" }), StringComparison.Ordinal);
    }

    [Theory]
    [InlineData(200, "text/html", "<html>Log in</html>", "text/html")]
    [InlineData(200, "application/json", "{}", "instead of")]
    [InlineData(200, "application/json", "{\"status\": \"success\", \"data\": {\"result\": \"none\"}}", "instead of")]
    [InlineData(503, "application/json", "{\"status\": \"error\", \"errorType\": \"timeout\", \"error\": \"query timed out\"}", "503: query timed out")]
    [InlineData(502, "text/html", "<html>", "502")]
    [InlineData(404, "text/plain", "", "/api/v1/query")]
    [InlineData(302, "text/plain", "", "sends the question on")]
    public async Task What_is_no_answer_of_Prometheus_is_told_as_what_it_is(int status, string type, string body, string words)
    {
        await using var host = new FakeHost("something else", _ => FakeResponse.Text(status, type, body));
        await host.Start();
        Assert.Contains(words, await Fails(new PrometheusAccess(host.Address)), StringComparison.Ordinal);
    }

    [Fact]
    public async Task An_answer_without_end_and_no_answer_are_told()
    {
        await using var host = new FakeHost("endless", _ => FakeResponse.Text(200, "application/json", "{\"status\": \"success\", \"padding\": \"" + new string('x', 65 << 20) + "\"}"));
        await host.Start();
        Assert.Contains("more than 64 MiB", await Fails(new PrometheusAccess(host.Address)), StringComparison.Ordinal);
        await host.Stop();
        Assert.Contains("cannot be reached", await Fails(new PrometheusAccess(host.Address)), StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("14d", true)]
    [InlineData("1h30m", true)]
    [InlineData("", false)]
    [InlineData("d", false)]
    [InlineData("14 d", false)]
    [InlineData("1m1h", false)]
    [InlineData("1d]) or vector(1", false)]
    public void A_time_span_is_one_of_Prometheus_s(string text, bool isOne) => Assert.Equal(isOne, PrometheusAccess.IsTimeSpan(text));

    [Theory]
    [InlineData("prometheus:9090")]
    [InlineData("http://user:secret@prometheus:9090")]
    [InlineData("http://prometheus:9090/?query=1")]
    [InlineData("file:///etc/passwd")]
    public void A_URL_that_can_be_none_is_refused(string text)
    {
        Assert.False(PrometheusAccess.TryParseUrl(text, out _, out var fault));
        Assert.DoesNotContain("secret", fault, StringComparison.Ordinal);
    }

    private static string[] Told(InventoryOutcome.Taken taken) => [.. taken.Inventory.Images.Select(image => $"{image.Image} {image.Uses}")];

    private static Task<InventoryOutcome> Take(PrometheusAccess access) => new PrometheusSource(access, "roadstead-test", TimeProvider.System).Take(null, TestContext.Current.CancellationToken);

    private static async Task<InventoryOutcome.Taken> Taken(PrometheusAccess access)
    {
        var outcome = await Take(access);
        return outcome as InventoryOutcome.Taken ?? throw new InvalidOperationException(outcome.ToString());
    }

    private static async Task<string> Fails(PrometheusAccess access) => Assert.IsType<InventoryOutcome.Failed>(await Take(access)).Message;
}
