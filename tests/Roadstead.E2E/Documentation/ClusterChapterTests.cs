using System.Text.RegularExpressions;
using Roadstead.Testing;
using Roadstead.Testing.Processes;
using Roadstead.Testing.Server;

namespace Roadstead.E2E.Documentation;

/// <summary>What the README and the alert rules say of clusters, held against the server and Prometheus's own check.</summary>
public partial class ClusterChapterTests
{
    private static readonly string Rules = Path.Combine(Readme.Root, "deploy", "prometheus", "roadstead.rules.yaml");

    [Fact]
    public async Task The_configuration_of_clusters_is_one()
    {
        using var folder = new TemporaryFolder("clusters");
        foreach (var name in new[] { "prod.kubeconfig", "edge.token" })
        {
            await File.WriteAllTextAsync(folder[name], "canary", TestContext.Current.CancellationToken);
            (await Command.Run("chmod", ["0400", folder[name]])).OrThrow();
        }

        var result = await TestServer.RunToExit(config => config.Extra = Readme.Block("yaml", "clusters:").Replace("/etc/roadstead", folder.Path, StringComparison.Ordinal), "--check");
        Assert.True(result.Succeeded, result.ToString());
    }

    [Fact]
    public async Task The_alert_rules_are_Prometheus_rules_over_metrics_that_there_are()
    {
        (await Command.Run("promtool", ["check", "rules", Rules])).OrThrow();
        await using var server = await TestServer.Start(config => config.AddEndpoint("docker-hub", "docker.io", new Uri("http://127.0.0.1:9"), ("allowPrivateAddresses", true)).AddProject("dockerhub", "docker-hub"));
        Assert.True((int)(await server.Ask("PUT", "/roadstead/clusters/prod", """{"takenAt": "2026-01-01T00:00:00Z", "source": "list", "images": [{"image": "app:1", "uses": 1}], "platforms": []}""")).Status < 300);
        Assert.True((int)(await server.Ask("POST", "/roadstead/clusters/prod/drill")).Status < 300);
        await server.Ask("POST", "/roadstead/endpoints/docker-hub/test");
        var names = Metric().Matches(await File.ReadAllTextAsync(Rules, TestContext.Current.CancellationToken)).Select(match => match.Value).Distinct().ToList();
        Assert.Equal(4, names.Count);
        var late = DateTime.UtcNow.AddMinutes(1);
        foreach (var name in names)
        {
            string metrics;
            while (!(metrics = await server.Client.GetStringAsync(new Uri("/metrics", UriKind.Relative), TestContext.Current.CancellationToken)).Contains($"\n{name}{{", StringComparison.Ordinal))
            {
                Assert.True(DateTime.UtcNow < late, $"{name} is not in:\n{metrics}");
                await Task.Delay(50, TestContext.Current.CancellationToken);
            }
        }
    }

    [GeneratedRegex(@"\broadstead_\w+")]
    private static partial Regex Metric();
}
