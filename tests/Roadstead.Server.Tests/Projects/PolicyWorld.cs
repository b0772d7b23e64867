using System.Net;
using System.Security.Cryptography;
using System.Text.Json.Nodes;
using Roadstead.Testing.Images;
using Roadstead.Testing.Server;
using Roadstead.Testing.Upstream;

namespace Roadstead.Server.Tests.Projects;

/// <summary>A server with the project <c>mine</c>, made by its API so that it can be changed while it serves.</summary>
internal sealed class PolicyWorld : IAsyncDisposable
{
    private PolicyWorld(FakeUpstream upstream, TestServer server) => (Upstream, Server) = (upstream, server);

    public FakeUpstream Upstream { get; }

    public TestServer Server { get; }

    private static CancellationToken Stops => TestContext.Current.CancellationToken;

    /// <param name="project">Further members of the project, as JSON.</param>
    /// <param name="endpoint">Further members of its endpoint.</param>
    public static async Task<PolicyWorld> Start(string project, string endpoint = "")
    {
        var upstream = await FakeUpstream.Start();
        var world = new PolicyWorld(upstream, await TestServer.Start(config => config.FreshFor = "0s"));
        var made = await world.Server.Ask("PUT", "/roadstead/endpoints/mine", $$"""{"registry": "registry.example", "url": "{{upstream.Address.ToString().TrimEnd('/')}}", "allowPrivateAddresses": true{{endpoint}}}""");
        Assert.Equal(HttpStatusCode.Created, made.Status);
        await world.Change(project);
        return world;
    }

    /// <summary>Changes the project, which is in force when this returns.</summary>
    public async Task<JsonNode> Change(string project, string name = "mine")
    {
        var answer = await Server.Ask("PUT", $"/roadstead/projects/{name}", $$"""{"endpoint": "mine"{{(project.Length == 0 ? "" : ", " + project)}}}""");
        Assert.True(answer.Status is HttpStatusCode.OK or HttpStatusCode.Created, answer.Text);
        return answer.Json;
    }

    public async Task<(HttpStatusCode Status, string Cache, string? Warning, string Body)> Get(string path)
    {
        using var response = await Server.Client.GetAsync(new Uri("/v2/" + path, UriKind.Relative), Stops);
        return (response.StatusCode, World.CacheOf(response), response.Headers.TryGetValues("Warning", out var warning) ? warning.Single() : null, await response.Content.ReadAsStringAsync(Stops));
    }

    /// <summary>Pulls an image as a node does.</summary>
    public async Task Pull(string repository, string reference, ForgedManifest image)
    {
        Assert.Equal(HttpStatusCode.OK, (await Get($"{repository}/manifests/{reference}")).Status);
        foreach (var blob in image.Blobs)
        {
            Assert.Equal(blob.Digest, await DigestOf($"{repository}/blobs/{blob.Digest}"));
        }
    }

    public async Task<string> DigestOf(string path) => "sha256:" + Convert.ToHexStringLower(SHA256.HashData(await Server.Client.GetByteArrayAsync(new Uri("/v2/" + path, UriKind.Relative), Stops)));

    public int Asked(string repository, string reference) => Upstream.Requests.Count(On.Manifest(repository, reference));

    public async ValueTask DisposeAsync()
    {
        await Server.DisposeAsync();
        await Upstream.DisposeAsync();
    }
}
