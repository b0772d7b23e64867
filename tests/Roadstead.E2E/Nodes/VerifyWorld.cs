using System.Text.Json;
using Roadstead.Testing;
using Roadstead.Testing.Cli;
using Roadstead.Testing.Images;
using Roadstead.Testing.Processes;
using Roadstead.Testing.Server;
using Roadstead.Testing.Upstream;

namespace Roadstead.E2E.Nodes;

/// <summary>
/// A server over HTTP and HTTPS whose upstream has nothing: the image that nodes verify themselves by is the server's own. The registries that it mirrors have names of
/// this machine at which nobody listens: a runtime that goes around the mirror is refused there, and never leaves the machine.
/// </summary>
internal sealed class VerifyWorld : IAsyncDisposable
{
    private readonly LoopbackPort _secure = LoopbackPort.Claim();
    private readonly LoopbackPort _root = LoopbackPort.Claim();
    private readonly LoopbackPort _first = LoopbackPort.Claim();
    private readonly LoopbackPort _second = LoopbackPort.Claim();
    private readonly TemporaryFolder _folder = new("verify");
    private TestServer? _server;
    private FakeUpstream? _upstream;

    private VerifyWorld()
    {
    }

    /// <summary>What the server mirrors as <c>first</c>.</summary>
    public string Registry => _first.Authority;

    /// <summary>What the server mirrors as <c>second</c>.</summary>
    public string Other => _second.Authority;

    public TestServer Server => _server!;

    /// <summary>What is upstream of all projects, for tests that give it something.</summary>
    public FakeUpstream Upstream => _upstream!;

    /// <summary>Where rendered files are, below their paths on the node.</summary>
    public TemporaryFolder Rendered => _folder;

    /// <summary>The options by which rendering and verifying learn of the mirror over HTTP.</summary>
    public IReadOnlyList<string> Http => ["--mirror", Server.Address.ToString(), "--insecure", .. Registries];

    /// <summary>The same over HTTPS.</summary>
    public IReadOnlyList<string> Https => ["--mirror", $"https://{_secure.Authority}", "--ca", Path.Combine(Server.StoragePath, "tls", "ca.crt"), .. Registries];

    /// <summary>As image references have it.</summary>
    public string SecureAuthority => _secure.Authority;

    /// <summary>A URL of Docker Hub's own.</summary>
    public Uri DockerHub => _root.Address;

    /// <summary>The options of commands that ask the server, for a shell; of its projects only those whose registries are on this machine.</summary>
    public string ServerOptions(string scheme) => (scheme == "http" ? $"--server {Server.Address.ToString().TrimEnd('/')} --insecure" : $"--server https://{SecureAuthority} --ca '{Path.Combine(Server.StoragePath, "tls", "ca.crt")}'") + " --project first --project second";

    public IReadOnlyList<string> Registries => ["--registry", $"{Registry}=first", "--registry", $"{Other}=second"];

    public static async Task<VerifyWorld> Start()
    {
        var world = new VerifyWorld();
        try
        {
            var upstream = world._upstream = await FakeUpstream.Start();
            world._server = await TestServer.Start(config =>
            {
                config.Extra = "tls: auto\n";
                config.AddListener(new Uri($"https://{world._secure.Authority}")).AddListener(world._root.Address, "dockerhub");
                foreach (var (project, registry) in new[] { ("first", world.Registry), ("second", world.Other), ("dockerhub", "docker.io") })
                {
                    config.AddEndpoint(project, registry, upstream.Address, ("allowPrivateAddresses", true)).AddProject(project, project);
                }
            });
            return world;
        }
        catch
        {
            await world.DisposeAsync();
            throw;
        }
    }

    /// <summary>As the server has it, for a mirror that is none: an index of two platforms, of one small layer, under any tag.</summary>
    public static ForgedManifest AddVerifyImage(FakeUpstream upstream, string repository)
    {
        var layer = LayerForge.Layer(("verify", "verify\n"u8.ToArray()));
        return upstream.AddEveryTag(repository, ImageForge.Index(("linux/amd64", ImageForge.Image([layer])), ("linux/arm64", ImageForge.Image([layer], "linux/arm64"))));
    }

    /// <summary>Renders a runtime's files below <see cref="Rendered"/>.</summary>
    public async Task Render(string runtime, params IReadOnlyList<string> words) => (await RoadsteadCli.Run(["node", "render", "--runtime", runtime, "--directory", _folder.Path, .. words])).OrThrow();

    /// <summary>The server comes back with a certificate of an authority that nobody was told of.</summary>
    public async Task ReplaceCertificate(TestAuthority authority, int from = -1, int to = 1, string? name = null)
    {
        using var certificate = authority.Issue(from, to, name);
        await File.WriteAllTextAsync(_folder["server.crt"], certificate.ExportCertificatePem(), TestContext.Current.CancellationToken);
        using var key = System.Security.Cryptography.X509Certificates.ECDsaCertificateExtensions.GetECDsaPrivateKey(certificate)!;
        await File.WriteAllTextAsync(_folder["server.key"], key.ExportPkcs8PrivateKeyPem(), TestContext.Current.CancellationToken);
        await Server.Restart(config => config.Extra = $"tls: {{certificate: {_folder["server.crt"]}, key: {_folder["server.key"]}}}\n");
    }

    /// <summary>The words of a command line that a shell takes.</summary>
    public static string Script(IEnumerable<string> words) => RoadsteadCli.ShellFunction + "roadstead " + string.Join(' ', words.Select(word => $"'{word}'"));

    public static JsonElement Json(CommandResult result)
    {
        Assert.True(result.Output.StartsWith('{'), result.ToString());
        return JsonDocument.Parse(result.Output).RootElement;
    }

    /// <summary>Asserts that nothing was verified, and why; what is told about it has all of the words.</summary>
    public static void AssertCause(CommandResult result, string kind, params string[] words)
    {
        Assert.Equal(1, result.ExitCode);
        var runtime = Json(result).GetProperty("runtimes")[0];
        var cause = runtime.GetProperty("cause") is { ValueKind: JsonValueKind.Object } whole ? whole : runtime.GetProperty("registries")[0].GetProperty("cause");
        Assert.True(kind == cause.GetProperty("kind").GetString(), result.ToString());
        Assert.All(words, word => Assert.Contains(word, $"{cause.GetProperty("what")} {cause.GetProperty("where")} {cause.GetProperty("toDo")} {cause.GetProperty("evidence")}", StringComparison.Ordinal));
    }

    public async ValueTask DisposeAsync()
    {
        foreach (var part in new IAsyncDisposable?[] { _server, _upstream })
        {
            if (part is not null)
            {
                await part.DisposeAsync();
            }
        }

        foreach (var port in new[] { _secure, _root, _first, _second })
        {
            port.Dispose();
        }

        _folder.Dispose();
    }
}
