using Roadstead.Testing;
using Roadstead.Testing.Clients;
using Roadstead.Testing.Images;
using Roadstead.Testing.Registries;
using Roadstead.Testing.Server;

namespace Roadstead.E2E.Pulls;

/// <summary>
/// Docker Hub and Quay as real registries with the images that every client must get, and a server before them that clients
/// reach by HTTP and HTTPS, on listeners of all projects and of Docker Hub's alone.
/// </summary>
internal sealed class MirroredRegistries : IAsyncDisposable
{
    private const string Secret = "canary-secret";

    private readonly ImageSet images;
    private readonly LoopbackPort secure = LoopbackPort.Claim();
    private readonly LoopbackPort docker = LoopbackPort.Claim();
    private readonly LoopbackPort secureDocker = LoopbackPort.Claim();
    private DockerRegistry? hub;
    private DockerRegistry? quay;
    private TestServer? server;

    private MirroredRegistries(ImageSet images) => this.images = images;

    /// <summary>By tag and by digest, of one platform and of several with attestations, from both registries.</summary>
    public IReadOnlyList<PulledImage> Images =>
    [
        new("docker.io", "dockerhub", "library/plain", "1", images.Plain.Digest),
        new("docker.io", "dockerhub", "library/multi", images.MultiPlatform.Digest, images.MultiPlatform.Digest),
        new("quay.io", "quay", "org/plain", images.Plain.Digest, images.Plain.Digest),
        new("quay.io", "quay", "org/multi", "2", images.MultiPlatform.Digest),
    ];

    /// <summary>The layer of every image above.</summary>
    public string Layer => images.Plain.LastLayer().Digest;

    public DockerRegistry Hub => hub!;

    public TestServer Server => server!;

    /// <summary>Path of the certificate of the authority that the server made for itself.</summary>
    public string Authority => Path.Combine(Server.StoragePath, "tls", "ca.crt");

    public static async Task<MirroredRegistries> Start()
    {
        var world = new MirroredRegistries(await ImageSet.Get());
        try
        {
            await world.StartAll();
            return world;
        }
        catch
        {
            await world.DisposeAsync();
            throw;
        }
    }

    /// <summary>Where the server answers for all projects.</summary>
    /// <param name="scheme">http or https.</param>
    public Uri Address(string scheme) => Of(scheme, Server.Address, secure);

    /// <summary>Where the server answers for Docker Hub at the root.</summary>
    public Uri DockerHubAddress(string scheme) => Of(scheme, docker.Address, secureDocker);

    /// <summary>The drop-in of CRI-O, Podman, Buildah and Skopeo.</summary>
    public Mirror[] Mirrors(string scheme) =>
    [
        new("docker.io", $"{Address(scheme).Authority}/dockerhub", Insecure: scheme == "http"),
        new("quay.io", $"{Address(scheme).Authority}/quay", Insecure: scheme == "http"),
    ];

    /// <summary>Has a tool trust the server's authority, if it needs to.</summary>
    public T Trusted<T>(string scheme, T tool) where T : ContainerTool
    {
        if (scheme == "https")
        {
            tool.Trust(Address(scheme).Authority, Authority);
        }

        return tool;
    }

    /// <summary>
    /// Pulls each image with a client that holds nothing; stops the registries, starts the server again, with nothing that it
    /// would still call fresh; pulls them again. Every manifest and the layer must have been asked of the server, and it must
    /// never have been at fault.
    /// </summary>
    public async Task PullWithAndWithoutUpstream(IReadOnlyList<PulledImage> wanted, Func<PulledImage, Task> pull)
    {
        foreach (var image in wanted)
        {
            await Pull(image, pull, image.Reference == image.Digest ? "hit|miss" : "miss|hit");
        }

        await LoseUpstream();
        foreach (var image in wanted)
        {
            await Pull(image, pull, image.Reference == image.Digest ? "hit" : "stale");
        }

        await AssertNoFault();
    }

    public async Task LoseUpstream()
    {
        await Hub.Stop();
        await quay!.Stop();
        await Server.Restart();
    }

    /// <summary>Stops the server, so that its log is whole.</summary>
    public async Task AssertNoFault()
    {
        Assert.Equal(0, await Server.Stop());
        Assert.DoesNotContain(Server.Log.Items, line => line.Contains("status=5", StringComparison.Ordinal));
        Assert.DoesNotContain(Server.Log.Items, line => line.Contains(Secret, StringComparison.Ordinal));
    }

    public async ValueTask DisposeAsync()
    {
        foreach (var part in new IAsyncDisposable?[] { server, hub, quay })
        {
            if (part is not null)
            {
                await part.DisposeAsync();
            }
        }

        secure.Dispose();
        docker.Dispose();
        secureDocker.Dispose();
    }

    private static Uri Of(string scheme, Uri plain, LoopbackPort secure) => scheme == "http" ? plain : Https(secure);

    private static Uri Https(LoopbackPort port) => new($"https://{port.Authority}");

    private async Task StartAll()
    {
        hub = await DockerRegistry.Start();
        quay = await DockerRegistry.Start(new Credential("robot", Secret));
        var (plain, multi) = (images.Plain.Read(), images.MultiPlatform.Read());
        await hub.Push("library/plain", "1", plain);
        await hub.Push("library/multi", "1", multi);
        await quay.Push("org/plain", "2", plain);
        await quay.Push("org/multi", "2", multi);
        server = await TestServer.Start(config =>
        {
            config.FreshFor = "0s";
            config.Extra = "tls: auto";
            config.AddListener(Https(secure)).AddListener(docker.Address, "dockerhub").AddListener(Https(secureDocker), "dockerhub");
            config.AddEndpoint("docker-hub", "docker.io", hub.Address, ("allowPrivateAddresses", true));
            config.AddEndpoint("quay", "quay.io", quay.Address, ("allowPrivateAddresses", true), ("username", "robot"), ("password", Secret));
            config.AddProject("dockerhub", "docker-hub");
            config.AddProject("quay", "quay", ("public", true));
        });
    }

    private async Task Pull(PulledImage image, Func<PulledImage, Task> pull, string outcomes)
    {
        var expected = outcomes.Split('|').Select(outcome => $"reference={image.Reference} outcome={outcome} status=200 ").ToArray();
        bool OfManifest(string line) => IsOf(line, image, "manifest") && expected.Any(words => line.Contains(words, StringComparison.Ordinal));
        bool OfLayer(string line) => IsOf(line, image, "blob") && line.Contains($"reference={Layer} ", StringComparison.Ordinal);
        var (manifests, layers) = (Server.Log.Count(OfManifest), Server.Log.Count(OfLayer));
        await pull(image);
        // A request is logged when its answer has gone out, which may be after its client has ended.
        await Server.WaitForLog(OfManifest, manifests + 1);
        await Server.WaitForLog(OfLayer, layers + 1);
    }

    private static bool IsOf(string line, PulledImage image, string kind) =>
        line.Contains($" {kind} project={image.Project} repository={image.Repository} ", StringComparison.Ordinal);
}
