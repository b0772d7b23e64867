using Roadstead.Testing.Processes;

namespace Roadstead.Testing.Registries;

/// <summary>Debian's tinyproxy on a port of its own: an HTTP proxy that behaves.</summary>
public sealed class Tinyproxy : IAsyncDisposable
{
    private readonly TemporaryFolder folder = new("proxy");
    private readonly LoopbackPort port = LoopbackPort.Claim();
    private ChildProcess? process;

    public Uri Address => port.Address;

    public string Authority => port.Authority;

    /// <summary>A line for each request, as <c>Request (file descriptor 4): CONNECT 127.0.0.1:443 HTTP/1.1</c>.</summary>
    public Journal<string> Log { get; } = new("log of tinyproxy");

    /// <param name="credential">What it asks for; null: it serves anybody.</param>
    public static async Task<Tinyproxy> Start(Credential? credential = null)
    {
        var proxy = new Tinyproxy();
        try
        {
            await File.WriteAllTextAsync(proxy.folder["tinyproxy.conf"], $"""
                Port {proxy.port.Number}
                Listen 127.0.0.1
                Timeout 60
                LogLevel Info
                {(credential is null ? "" : $"BasicAuth {credential.Username} {credential.Password}")}

                """);
            await proxy.StartAgain();
            return proxy;
        }
        catch
        {
            await proxy.DisposeAsync();
            throw;
        }
    }

    public async Task StartAgain()
    {
        process = await ChildProcess.Start("tinyproxy", ["-d", "-c", folder["tinyproxy.conf"]], new Dictionary<string, string?>(), folder.Path, Log);
        await process.Log.WaitFor(line => line.Contains("Accepting connections", StringComparison.Ordinal));
    }

    public Task Stop() => process!.Kill();

    /// <summary>Takes connections and answers none, until <see cref="Thaw"/>.</summary>
    public void Freeze() => process!.Pause();

    public void Thaw() => process!.Continue();

    /// <summary>What it was asked for, as <c>CONNECT 127.0.0.1:443</c>.</summary>
    public IEnumerable<string> Requests => Log.Items.Where(line => line.Contains("Request (file", StringComparison.Ordinal)).Select(line => line[(line.IndexOf("): ", StringComparison.Ordinal) + 3)..]);

    public async ValueTask DisposeAsync()
    {
        if (process is not null)
        {
            await process.DisposeAsync();
        }

        port.Dispose();
        folder.Dispose();
    }
}
