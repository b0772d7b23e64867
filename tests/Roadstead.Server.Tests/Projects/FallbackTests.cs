using System.Net;
using System.Security.Cryptography;
using Roadstead.Testing.Images;
using Roadstead.Testing.Registries;
using Roadstead.Testing.Server;
using Roadstead.Testing.Upstream;

namespace Roadstead.Server.Tests.Projects;

/// <summary>A registry that is asked under several URLs: which of them brings an image, and what is said when none does.</summary>
public sealed class FallbackTests : IAsyncLifetime
{
    private static readonly ForgedManifest Image = ImageForge.Image([LayerForge.Random(1_000_000)]);

    private FakeUpstream _first = null!;
    private DockerRegistry _second = null!;
    private TestServer? _server;

    private static CancellationToken Stops => TestContext.Current.CancellationToken;

    private TestServer Server => _server ?? throw new InvalidOperationException("There is no server yet.");

    public async ValueTask InitializeAsync()
    {
        (_first, _second) = (await FakeUpstream.Start(), await DockerRegistry.Start());
        _first.Add("org/app", "1", Image);
        await _second.Push("org/app", "1", Image);
    }

    public async ValueTask DisposeAsync()
    {
        if (_server is not null)
        {
            await _server.DisposeAsync();
        }

        await _second.DisposeAsync();
        await _first.DisposeAsync();
    }

    [Fact]
    public async Task While_the_first_brings_what_is_wanted_the_others_are_not_asked()
    {
        await Start();
        await PullWhole();
        Assert.DoesNotContain(await _second.Requests("/v2/org/"), line => line.Contains("\"GET ", StringComparison.Ordinal) || line.Contains("\"HEAD ", StringComparison.Ordinal));
    }

    [Theory]
    [InlineData("away")]
    [InlineData("hung")]
    [InlineData("failing")]
    [InlineData("throttling")]
    [InlineData("denying")]
    [InlineData("a web page")]
    [InlineData("without the image")]
    public async Task What_the_first_does_not_bring_the_next_does(string fault)
    {
        await Start();
        await Break(fault);
        await PullWhole();
        Assert.Equal("up", (string)(await Status())["health"]!["state"]!);
        Assert.Contains("roadstead_endpoint_up{endpoint=\"mine\"} 1", await Server.Client.GetStringAsync(new Uri("/metrics", UriKind.Relative), Stops), StringComparison.Ordinal);
    }

    [Fact]
    public async Task Each_URL_s_state_is_told_and_one_that_is_back_is_preferred_again()
    {
        await Start();
        await Break("away");
        await PullWhole();
        var urls = (await Status())["urls"]!.AsArray();
        Assert.Equal(
            [(_first.Address.ToString().TrimEnd('/'), "down"), (_second.Address.ToString().TrimEnd('/'), "up")],
            urls.Select(url => ((string)url!["url"]!, (string)url["health"]!["state"]!)));
        Assert.Contains(Server.Log.Items, line => line.Contains("url down endpoint=mine", StringComparison.Ordinal));
        await _first.StartAgain();
        await Server.WaitForLog(line => line.Contains("url up endpoint=mine", StringComparison.Ordinal));
        _first.Add("org/other", "1", ImageForge.Image([LayerForge.Random(1000, seed: 2)]));
        Assert.Equal(HttpStatusCode.OK, (await Get("org/other/manifests/1")).Status);
    }

    /// <summary>That the others have no such image says nothing of the one that could not be asked.</summary>
    [Theory]
    [InlineData("away", HttpStatusCode.ServiceUnavailable)]
    [InlineData("failing", HttpStatusCode.ServiceUnavailable)]
    [InlineData("throttling", HttpStatusCode.ServiceUnavailable)]
    [InlineData("denying", HttpStatusCode.Forbidden)]
    [InlineData("without the image", HttpStatusCode.NotFound)]
    public async Task Only_if_all_of_them_say_so_there_is_no_such_image(string fault, HttpStatusCode status)
    {
        await Start();
        _first.Add("org/alone", "1", Image);
        Assert.Equal(HttpStatusCode.OK, (await Get("org/alone/manifests/1")).Status);
        await WaitForBlobs();
        await Break(fault);
        Assert.Equal(status, (await Get("org/missing/manifests/1")).Status);

        // The copy is served as stale for the reason that counts.
        using var stale = await Server.Client.GetAsync(new Uri("/v2/mine/org/alone/manifests/1", UriKind.Relative), Stops);
        Assert.Equal(HttpStatusCode.OK, stale.StatusCode);
        Assert.Equal("stale", World.CacheOf(stale));
        Assert.Equal(fault == "without the image", stale.Headers.GetValues("Warning").Single().Contains("no longer has it", StringComparison.Ordinal));
    }

    [Theory]
    [InlineData("breaks")]
    [InlineData("stalls")]
    [InlineData("another size")]
    public async Task A_body_that_breaks_is_gone_on_with_by_the_next(string fault)
    {
        await Start(("idleTimeout", "1s"));
        var gate = new Gate();
        var blob = Image.Blobs.MaxBy(blob => blob.Bytes.Length)!;
        _first.Fault(On.Blob(digest: blob.Digest), fault switch { "breaks" => Faults.ResetAfter(300_000), "stalls" => Faults.StallAfter(300_000, gate), _ => Faults.Shorter() });
        await PullWhole();
        Assert.Equal(1, await _second.CountBlobGets("org/app", blob.Digest));
        Assert.Single(_first.Requests.Items, request => request.Kind == RequestKind.Blob && request.Reference == blob.Digest && request.Method == "GET");
        gate.Open();
    }

    [Fact]
    public async Task A_blob_whose_bytes_were_another_s_is_brought_by_the_next_the_next_time()
    {
        await Start();
        var blob = Image.Blobs.MaxBy(blob => blob.Bytes.Length)!;
        _first.Fault(On.Blob(digest: blob.Digest), Faults.WrongLastByte());
        using (await Server.Client.SendAsync(new HttpRequestMessage(HttpMethod.Head, "/v2/mine/org/app/manifests/1"), Stops))
        {
            await Assert.ThrowsAnyAsync<Exception>(() => Get($"org/app/blobs/{blob.Digest}"));
        }

        Assert.Equal(blob.Digest, (await Get($"org/app/blobs/{blob.Digest}")).Digest);
    }

    [Fact]
    public async Task A_saved_password_is_not_sent_to_a_URL_that_it_was_not_saved_for()
    {
        _server = await TestServer.Start();
        string Body(string fallbacks, string more = "") => $$"""{"registry": "a.example", "url": "https://a.example", "fallbackUrls": [{{fallbacks}}], "username": "robot"{{more}}}""";
        Assert.Equal(HttpStatusCode.Created, (await Server.Ask("PUT", "/roadstead/endpoints/mine", Body("\"https://b.example\", \"https://c.example\"", ", \"password\": \"canary\""))).Status);
        Assert.StartsWith("password: is missing", Assert.Single((await Server.Ask("PUT", "/roadstead/endpoints/mine", Body("\"https://evil.example\""))).Errors), StringComparison.Ordinal);
        Assert.Equal(HttpStatusCode.OK, (await Server.Ask("PUT", "/roadstead/endpoints/mine", Body("\"https://c.example\""))).Status);
        await Server.Restart();
        Assert.True((bool)(await Status())["hasPassword"]!);
        Assert.StartsWith("password: is missing", Assert.Single((await Server.Ask("PUT", "/roadstead/endpoints/mine", Body("\"https://c.example\", \"https://b.example\""))).Errors), StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_test_asks_them_all_and_names_the_one_that_fails()
    {
        await Start();
        Assert.Equal($"{_first.Authority} answers as a registry. {_second.Authority} answers as a registry.", (string)(await Server.Ask("POST", "/roadstead/endpoints/mine/test")).Json["message"]!);
        await _second.Stop();
        var test = (await Server.Ask("POST", "/roadstead/endpoints/mine/test")).Json;
        Assert.Equal("unreachable", (string)test["result"]!);
        Assert.Contains($"{_second.Authority} cannot be reached", (string)test["message"]!, StringComparison.Ordinal);
    }

    private async Task Break(string fault)
    {
        switch (fault)
        {
            case "away":
                await _first.Stop();
                break;
            case "hung":
                _first.Freeze();
                break;
            default:
                _first.Fault(On.Any, fault switch
                {
                    "failing" => Faults.Status(500),
                    "throttling" => Faults.TooManyRequests("3600"),
                    "denying" => Faults.Error(403, "DENIED"),
                    "a web page" => Faults.HtmlPage(),
                    _ => Faults.Error(404, "MANIFEST_UNKNOWN"),
                });
                break;
        }
    }

    private async Task Start(params (string, object)[] keys) => _server = await TestServer.Start(config =>
    {
        config.FreshFor = "0s";
        config.AddEndpoint("mine", "registry.example", _first.Address, [("fallbackUrls", new[] { _second.Address.ToString().TrimEnd('/') }), ("allowPrivateAddresses", true), .. keys]);
        config.AddProject("mine", "mine", ("public", true));
    });

    private async Task PullWhole()
    {
        Assert.Equal(Image.Digest, (await Get("org/app/manifests/1")).Digest);
        foreach (var blob in Image.Blobs)
        {
            Assert.Equal(blob.Digest, (await Get($"org/app/blobs/{blob.Digest}")).Digest);
        }
    }

    private async Task WaitForBlobs()
    {
        foreach (var blob in Image.Blobs)
        {
            await Server.WaitForLog(line => line.Contains("stored blob", StringComparison.Ordinal) && line.Contains(blob.Digest, StringComparison.Ordinal));
        }
    }

    private async Task<(HttpStatusCode Status, string Digest)> Get(string path)
    {
        using var response = await Server.Client.GetAsync(new Uri($"/v2/mine/{path}", UriKind.Relative), Stops);
        return (response.StatusCode, "sha256:" + Convert.ToHexStringLower(SHA256.HashData(await response.Content.ReadAsByteArrayAsync(Stops))));
    }

    private async Task<System.Text.Json.Nodes.JsonNode> Status() => (await Server.Ask("GET", "/roadstead/endpoints/mine")).Json;
}
