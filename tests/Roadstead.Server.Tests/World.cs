using System.Net;
using System.Net.Http.Headers;
using System.Security.Cryptography;
using Roadstead.Testing.Images;
using Roadstead.Testing.Server;
using Roadstead.Testing.Upstream;

namespace Roadstead.Server.Tests;

/// <summary>A real server between a client and an upstream that does as it is told.</summary>
internal sealed class World : IAsyncDisposable
{
    private World(FakeUpstream upstream, TestServer server) => (Upstream, Server) = (upstream, server);

    /// <summary>Answers for docker.io, as project <c>dockerhub</c>.</summary>
    public FakeUpstream Upstream { get; }

    public TestServer Server { get; }

    /// <param name="freshFor">0s: every tag is asked for again at once.</param>
    /// <param name="configure">Further endpoints, projects and keys.</param>
    /// <param name="project">Further keys of the project; null: none.</param>
    /// <param name="endpoint">Further keys of the endpoint.</param>
    public static async Task<World> Start(string freshFor = "1h", Action<ServerConfig, FakeUpstream>? configure = null, (string, object)[]? project = null, params (string, object)[] endpoint)
    {
        var upstream = await FakeUpstream.Start();
        var server = await TestServer.Start(config =>
        {
            config.FreshFor = freshFor;
            config.AddEndpoint("docker-hub", "docker.io", upstream.Address, [("allowPrivateAddresses", true), .. endpoint]);
            config.AddProject("dockerhub", "docker-hub", [("public", true), .. project ?? []]);
            configure?.Invoke(config, upstream);
        });
        return new World(upstream, server);
    }

    /// <summary>Every tag is asked for again at once, and copies are served so much longer when upstream brings none.</summary>
    public static Task<World> StartWithStaleFor(string staleFor) => Start(configure: (config, _) =>
        (config.FreshFor, config.Extra) = (null, $"defaults: {{freshFor: 0s, staleFor: {staleFor}}}"));

    /// <summary>A request to the server, by a path under <c>/v2/</c>.</summary>
    public Task<HttpResponseMessage> Get(string path, HttpMethod? method = null, RangeHeaderValue? range = null)
    {
        var request = new HttpRequestMessage(method ?? HttpMethod.Get, "/v2/" + path);
        request.Headers.Range = range;
        return Server.Client.SendAsync(request, HttpCompletionOption.ResponseHeadersRead, TestContext.Current.CancellationToken);
    }

    /// <summary>What a client gets of a manifest or blob: status, cache outcome and the digest of the body.</summary>
    public async Task<Got> Read(string path)
    {
        using var response = await Get(path);
        var body = await response.Content.ReadAsByteArrayAsync(TestContext.Current.CancellationToken);
        return new Got(response.StatusCode, CacheOf(response), "sha256:" + Convert.ToHexStringLower(SHA256.HashData(body)));
    }

    /// <summary>Pulls an image as a node does: manifest, then config and layers.</summary>
    public async Task Pull(string repository, string reference, ForgedManifest image)
    {
        Assert.Equal(image.Digest, (await Read($"{repository}/manifests/{reference}")).Digest);
        foreach (var blob in image.Blobs)
        {
            Assert.Equal(blob.Digest, (await Read($"{repository}/blobs/{blob.Digest}")).Digest);
        }
    }

    /// <summary>Waits until the server has written that it stored these blobs.</summary>
    public async Task Stored(params IEnumerable<string> digests)
    {
        foreach (var digest in digests)
        {
            await Server.WaitForLog(line => line.Contains("stored blob", StringComparison.Ordinal) && line.Contains(digest, StringComparison.Ordinal)
                && !line.Contains("not stored", StringComparison.Ordinal));
        }
    }

    public static string CacheOf(HttpResponseMessage response) => response.Headers.GetValues("X-Roadstead-Cache").Single();

    public async ValueTask DisposeAsync()
    {
        await Server.DisposeAsync();
        await Upstream.DisposeAsync();
    }
}

/// <summary>An answer, read to its end.</summary>
internal sealed record Got(HttpStatusCode Status, string Cache, string Digest);
