using System.Collections;
using Roadstead.Testing.Processes;

namespace Roadstead.Testing.Registries;

/// <summary>Debian's docker-registry on a port of its own, as an upstream that behaves.</summary>
public sealed class DockerRegistry : IAsyncDisposable
{
    private readonly TemporaryFolder folder = new("registry");
    private readonly LoopbackPort port = LoopbackPort.Claim();
    private ChildProcess? process;
    private int marks;

    private DockerRegistry(Credential? credential)
    {
        Credential = credential;
        Client = LoopbackClient.For(port.Address);
        if (credential is not null)
        {
            Client.DefaultRequestHeaders.Add("Authorization", credential.Basic);
        }
    }

    public Uri Address => port.Address;

    /// <summary><c>127.0.0.1:port</c>.</summary>
    public string Authority => port.Authority;

    public Credential? Credential { get; private set; }

    /// <summary>Presents the credential, if the registry asks for one.</summary>
    public HttpClient Client { get; }

    /// <summary>What the registry logs, access log included, over all its runs.</summary>
    public Journal<string> Log { get; } = new("log of docker-registry");

    /// <param name="credential">If given, the registry asks for it with Basic authentication, to pull and to push.</param>
    public static async Task<DockerRegistry> Start(Credential? credential = null)
    {
        var registry = new DockerRegistry(credential);
        try
        {
            await File.WriteAllTextAsync(registry.folder["config.yml"], await registry.Configuration());
            await registry.StartAgain();
            return registry;
        }
        catch
        {
            await registry.DisposeAsync();
            throw;
        }
    }

    /// <summary>After <see cref="Stop"/>: the same content, the same port.</summary>
    public async Task StartAgain()
    {
        process = await ChildProcess.Start(
            "docker-registry", ["serve", folder["config.yml"]], WithoutOverrides(), folder.Path, Log);
        await process.Log.WaitFor(line => line.Contains("listening on", StringComparison.Ordinal));
    }

    public async Task Stop() => await process!.Kill();

    public async Task Restart()
    {
        await Stop();
        await StartAgain();
    }

    /// <summary>Accepts connections and answers none, until <see cref="Thaw"/>.</summary>
    public void Freeze() => process!.Pause();

    public void Thaw() => process!.Continue();

    /// <summary>How many requests for the blob's bytes the registry has answered.</summary>
    public Task<int> CountBlobGets(string repository, string digest) => CountRequests("GET", $"/v2/{repository}/blobs/{digest}");

    /// <summary>How many requests with this method and path (the query aside) the registry has answered.</summary>
    public async Task<int> CountRequests(string method, string path)
    {
        await CatchUp();
        return Log.Count(line => line.Contains($"\"{method} {path} HTTP", StringComparison.Ordinal)
            || line.Contains($"\"{method} {path}?", StringComparison.Ordinal));
    }

    /// <summary>Lines of the access log that contain <paramref name="text"/>.</summary>
    public async Task<IReadOnlyList<string>> Requests(string text)
    {
        await CatchUp();
        return [.. Log.Items.Where(line => line.Contains("HTTP/1.", StringComparison.Ordinal) && line.Contains(text, StringComparison.Ordinal))];
    }

    public async ValueTask DisposeAsync()
    {
        Client.Dispose();
        if (process is not null)
        {
            await process.DisposeAsync();
        }

        port.Dispose();
        folder.Dispose();
    }

    // A line is logged after its answer went out and read after that. What comes behind the line of a request made now
    // had not been answered before it.
    private async Task CatchUp()
    {
        if (process!.Exited.IsCompleted)
        {
            return;
        }

        var mark = $"/v2/?mark={Interlocked.Increment(ref marks)}";
        using (await Client.GetAsync(new Uri(mark, UriKind.Relative)))
        {
            await Log.WaitFor(line => line.Contains($"\"GET {mark} ", StringComparison.Ordinal));
        }
    }

    /// <summary>From now on another user name and password are the right ones.</summary>
    public async Task Rotate(Credential credential)
    {
        Credential = credential;
        await WritePassword();
        Client.DefaultRequestHeaders.Remove("Authorization");
        Client.DefaultRequestHeaders.Add("Authorization", credential.Basic);
    }

    private async Task WritePassword()
    {
        // docker-registry takes bcrypt hashes alone.
        var hash = await Command.Run("htpasswd", ["-nbB", Credential!.Username, Credential.Password]);
        await File.WriteAllTextAsync(folder["htpasswd"], hash.OrThrow().Output);
    }

    private async Task<string> Configuration()
    {
        var auth = "";
        if (Credential is not null)
        {
            await WritePassword();
            auth = $"auth: {{htpasswd: {{realm: upstream, path: '{folder["htpasswd"]}'}}}}";
        }

        return $$"""
            version: 0.1
            log: {level: info, accesslog: {disabled: false} }
            storage:
              filesystem: {rootdirectory: '{{folder["storage"]}}' }
              delete: {enabled: true}
              maintenance: {uploadpurging: {enabled: false} }
            http: {addr: '{{Authority}}', secret: the-same-after-a-restart}
            {{auth}}
            """;
    }

    // REGISTRY_* variables override the file.
    private static Dictionary<string, string?> WithoutOverrides() => Environment.GetEnvironmentVariables().Cast<DictionaryEntry>()
        .Select(variable => (string)variable.Key)
        .Where(name => name.StartsWith("REGISTRY_", StringComparison.Ordinal) || name.StartsWith("OTEL_", StringComparison.Ordinal))
        .ToDictionary(name => name, _ => (string?)null);
}
