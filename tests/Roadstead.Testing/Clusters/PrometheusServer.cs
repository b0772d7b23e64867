using Roadstead.Testing.Processes;

namespace Roadstead.Testing.Clusters;

/// <summary>Debian's Prometheus, which scrapes one exporter every second.</summary>
public sealed class PrometheusServer : IAsyncDisposable
{
    private readonly TemporaryFolder _folder = new("prometheus");
    private readonly LoopbackPort _port = LoopbackPort.Claim();
    private ChildProcess? _process;

    public Uri Address => _port.Address;

    /// <param name="exporter">What is scraped; null: nothing is.</param>
    /// <param name="password">What the user <c>reader</c> logs in with; null: nobody is asked.</param>
    /// <param name="honorLabels">As kube-state-metrics wants it; else its labels are called exported_… where Prometheus has such labels itself.</param>
    public static async Task<PrometheusServer> Start(Uri? exporter, string? password = null, bool honorLabels = true)
    {
        var server = new PrometheusServer();
        try
        {
            var jobs = exporter is null ? "[]" : $$"""
                [{job_name: kube-state-metrics, honor_labels: {{(honorLabels ? "true" : "false")}}, static_configs: [{targets: ['{{exporter.Authority}}'], labels: {namespace: monitoring, pod: kube-state-metrics-0} }]}]
                """;
            await File.WriteAllTextAsync(server._folder["prometheus.yml"], $"global: {{scrape_interval: 1s, scrape_timeout: 1s}}\nscrape_configs: {jobs}\n");
            string[] guarded = [];
            if (password is not null)
            {
                var hashed = (await Command.Run("htpasswd", ["-nbB", "reader", password])).OrThrow().Output.Trim();
                await File.WriteAllTextAsync(server._folder["web.yml"], $"basic_auth_users: {{reader: '{hashed[(hashed.IndexOf(':', StringComparison.Ordinal) + 1)..]}'}}\n");
                guarded = ["--web.config.file=" + server._folder["web.yml"]];
            }

            server._process = await ChildProcess.Start(
                "prometheus",
                ["--config.file=" + server._folder["prometheus.yml"], "--storage.tsdb.path=" + server._folder["series"], "--web.listen-address=" + server._port.Authority, .. guarded],
                workingFolder: server._folder.Path);
            await server._process.Log.WaitFor(line => line.Contains("Server is ready to receive web requests", StringComparison.Ordinal), timeout: TimeSpan.FromMinutes(1));
            return server;
        }
        catch
        {
            await server.DisposeAsync();
            throw;
        }
    }

    public async ValueTask DisposeAsync()
    {
        if (_process is not null)
        {
            await _process.DisposeAsync();
        }

        _port.Dispose();
        _folder.Dispose();
    }
}
