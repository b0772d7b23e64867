using System.Net;
using Roadstead.Testing;
using Roadstead.Testing.Cli;
using Roadstead.Testing.Images;
using Roadstead.Testing.Processes;
using Roadstead.Testing.Server;
using Roadstead.Testing.Upstream;

namespace Roadstead.Cli.Tests.Commands;

/// <summary>Images that the server is told to fetch, before anyone pulls them.</summary>
public sealed class ImageFetchTests : IAsyncLifetime
{
    private FakeUpstream _upstream = null!;
    private TestServer _server = null!;

    private static CancellationToken Stops => TestContext.Current.CancellationToken;

    public async ValueTask InitializeAsync()
    {
        _upstream = await FakeUpstream.Start();
        _server = await TestServer.Start(config => config
            .AddEndpoint("hub", "docker.io", _upstream.Address, ("allowPrivateAddresses", true)).AddProject("dockerhub", "hub", ("platforms", new[] { "linux/amd64" }))
            .AddProject("small", "hub", ("quota", "100KB"), ("exclude", new[] { "secret/**" })));
    }

    public async ValueTask DisposeAsync()
    {
        await _server.DisposeAsync();
        await _upstream.DisposeAsync();
    }

    [Fact]
    public async Task What_is_fetched_is_pulled_with_upstream_gone_and_is_held_the_next_time()
    {
        var image = _upstream.AddImage("library/app", "1", LayerForge.Random(200_000), LayerForge.Random(100_000, seed: 2));
        var fetched = (await _server.Type("image", "fetch", "docker.io/library/app:1")).OrThrow();
        Assert.Matches($"^IMAGE +STATE +HELD +DIGEST\ndocker.io/library/app:1 +fetched +[0-9.]+ KiB +{image.Digest}\n$", fetched.Output);
        Assert.Equal("", fetched.Error);

        // By another name of it.
        var held = Assert.Single((await _server.Json("image", "fetch", "dockerhub/app:1", "--pin")).GetProperty("images").EnumerateArray());
        Assert.Equal(("held", image.Digest, true, image.Blobs.Sum(blob => (long)blob.Size)), (held.GetProperty("state").GetString(), held.GetProperty("digest").GetString(), held.GetProperty("pinned").GetBoolean(), held.GetProperty("bytes").GetInt64()));
        Assert.True((await _server.Json("image", "show", "dockerhub/app:1")).GetProperty("images")[0].GetProperty("pinned").GetBoolean());
        Assert.All(image.Blobs, blob => Assert.Equal(1, _upstream.CountBlobGets("library/app", blob.Digest)));

        _upstream.Fault(_ => true, Faults.Status(500));
        Assert.Equal(image.Digest, await Get("library/app/manifests/1"));
        foreach (var blob in image.Blobs)
        {
            Assert.Equal(blob.Digest, await Get($"library/app/blobs/{blob.Digest}"));
        }

        // A tag that cannot be confirmed is held all the same.
        Assert.Contains(" held ", (await _server.Type("image", "fetch", "dockerhub/app:1")).OrThrow().Output, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Of_an_index_come_the_platforms_that_are_wanted_and_a_pull_finds_them_whole()
    {
        var (amd64, arm64) = (ImageForge.Image([LayerForge.Random(20_000)]), ImageForge.Image([LayerForge.Random(30_000, seed: 2)]));
        var s390x = ImageForge.Image([LayerForge.Random(30_000, seed: 3)]);
        var index = ImageForge.Index(("linux/amd64", amd64), ("linux/arm64", arm64), ("linux/s390x", s390x));
        foreach (var repository in new[] { "org/usual", "org/other", "org/all" })
        {
            _upstream.Add(repository, "1", index);
        }

        (await _server.Type("image", "fetch", "dockerhub/org/usual:1")).OrThrow();
        Assert.Equal((true, false, false), (Came("org/usual", amd64), Came("org/usual", arm64), Came("org/usual", s390x)));
        (await _server.Type("image", "fetch", "dockerhub/org/other:1", "--platform", "linux/arm64", "--platform", "linux/s390x")).OrThrow();
        Assert.Equal((false, true, true), (Came("org/other", amd64), Came("org/other", arm64), Came("org/other", s390x)));
        (await _server.Type("image", "fetch", "dockerhub/org/all:1", "--all-platforms")).OrThrow();

        var none = await _server.Type("image", "fetch", "dockerhub/org/all:1", "--platform", "windows/amd64");
        Assert.Equal(1, none.ExitCode);
        Assert.Contains("dockerhub/org/all:1: it has no windows/amd64; it has linux/amd64, linux/arm64, linux/s390x\n", none.Output, StringComparison.Ordinal);

        _upstream.Fault(_ => true, Faults.Status(500));
        Assert.Equal(index.Digest, await Get("org/other/manifests/1"));
        Assert.Equal(arm64.Digest, await Get($"org/other/manifests/{arm64.Digest}"));
        Assert.Equal(index.Digest, await Get("org/usual/manifests/1"));
        foreach (var image in new[] { amd64, arm64, s390x })
        {
            Assert.Equal(image.Digest, await Get($"org/all/manifests/{image.Digest}"));
            Assert.Equal(image.Blobs[^1].Digest, await Get($"org/all/blobs/{image.Blobs[^1].Digest}"));
        }
    }

    [Fact]
    public async Task Of_several_each_is_told_what_became_of_it()
    {
        _upstream.AddImage("org/fine", "1", LayerForge.Random(1000));
        _upstream.AddImage("org/large", "1", LayerForge.Random(200_000, seed: 2));
        var hole = _upstream.AddImage("org/hole", "1", LayerForge.Random(1000, seed: 3));
        _upstream.Fault(On.Blob("org/hole", hole.Blobs[^1].Digest), Faults.Error(404, "BLOB_UNKNOWN"));
        _upstream.Fault(On.Manifest("org/denied"), Faults.Error(403, "DENIED"));
        _upstream.Fault(On.Manifest("org/ill"), Faults.Status(500));
        using var folder = new TemporaryFolder("list");
        await File.WriteAllTextAsync(
            folder["images"], "\uFEFF# what the cluster needs\r\nsmall/org/fine:1\r\n\r\n  small/org/large:1\nsmall/org/none:1\nsmall/org/denied:1\nsmall/org/hole:1\nsmall/org/ill:1\nghcr.io/org/app:1\nsmall/secret/app:1\nsmall/org/fine:1\n", Stops);
        var result = await _server.Type("image", "fetch", "--file", folder["images"], "--output", "json");
        Assert.Equal((3, ""), (result.ExitCode, result.Error));
        var images = System.Text.Json.JsonDocument.Parse(result.Output).RootElement.GetProperty("images").EnumerateArray().ToDictionary(image => image.GetProperty("image").GetString()!);
        Assert.Equal(
            [
                ("small/org/fine:1", "fetched", ""), ("small/org/large:1", "no-room", "the quota of project small is 100000"), ("small/org/none:1", "not-found", "docker.io/org/none 1 is unknown"), ("small/org/denied:1", "denied", "403"),
                ("small/org/hole:1", "not-found", "upstream lacks 1 of the manifests and blobs that it names"), ("small/org/ill:1", "unavailable", "500"), ("ghcr.io/org/app:1", "not-mirrored", "ghcr.io is neither a project nor a registry"),
                ("small/secret/app:1", "not-mirrored", "does not have secret/app"),
            ],
            images.Select(image => (image.Key, image.Value.GetProperty("state").GetString()!, image.Value.TryGetProperty("message", out var message) ? Words(message.GetString()!) : "")));

        Assert.Equal(1, (await _server.Type("image", "fetch", "small/org/none:1", "small/org/none:2")).ExitCode);
        Assert.Equal(0, (await _server.Type("image", "fetch", "small/org/fine:1")).ExitCode);

        static string Words(string message) => new[]
        {
            "the quota of project small is 100000", "docker.io/org/none 1 is unknown", "upstream lacks 1 of the manifests and blobs that it names", "ghcr.io is neither a project nor a registry", "does not have secret/app", "403", "500",
        }.FirstOrDefault(words => message.Contains(words, StringComparison.Ordinal)) ?? message;
    }

    [Fact]
    public async Task An_upstream_that_asks_for_rest_is_told_with_its_end()
    {
        _upstream.AddImage("org/app", "1", LayerForge.Random(1000));
        _upstream.Fault(On.Manifest("org/app"), Faults.TooManyRequests("120"));
        var result = await _server.Type("image", "fetch", "dockerhub/org/app:1");
        Assert.Equal(1, result.ExitCode);
        Assert.Matches("dockerhub/org/app:1 +throttled [\\s\\S]*; again from 20[0-9-]+ [0-9:]+Z\n$", result.Output);
    }

    [Fact]
    public async Task One_that_is_stopped_goes_on_where_it_was()
    {
        var gate = new Gate();
        var image = _upstream.AddImage("org/app", "1", LayerForge.Random(100_000), LayerForge.Random(300_000, seed: 2));
        _upstream.Fault(On.Blob("org/app", image.Blobs[^1].Digest).Get(), Faults.StallAfter(200_000, gate));
        using var request = new HttpRequestMessage(HttpMethod.Post, "/api/v2.0/roadstead/images/fetch?project=dockerhub&repository=org/app&reference=1");
        request.Headers.Authorization = _server.Admin();
        using (var response = await _server.Client.SendAsync(request, HttpCompletionOption.ResponseHeadersRead, Stops))
        {
            using var reader = new StreamReader(await response.Content.ReadAsStreamAsync(Stops));
            string? line;
            do
            {
                line = await reader.ReadLineAsync(Stops);
            }
            while (line is not null && !(line.Contains("\"blobs\":2,\"totalBlobs\":3", StringComparison.Ordinal) && System.Text.Json.JsonDocument.Parse(line).RootElement.GetProperty("bytes").GetInt64() > 250_000));

            Assert.NotNull(line);
        }

        // Whoever asked is gone; what is under way comes to its end, and is not asked for again.
        gate.Open();
        await _server.WaitForLog(text => text.Contains("stored blob", StringComparison.Ordinal) && text.Contains(image.Blobs[^1].Digest, StringComparison.Ordinal));
        Assert.Contains(" held ", (await _server.Type("image", "fetch", "dockerhub/org/app:1")).OrThrow().Output, StringComparison.Ordinal);
        Assert.All(image.Blobs, blob => Assert.Equal(1, _upstream.CountBlobGets("org/app", blob.Digest)));
    }

    [Fact]
    public async Task One_that_is_interrupted_says_what_goes_on()
    {
        var gate = new Gate();
        var image = _upstream.AddImage("org/app", "1", LayerForge.Random(300_000));
        _upstream.Fault(On.Blob("org/app", image.Layers[0].Digest).Get(), Faults.StallAfter(200_000, gate));
        await using var fetch = await ChildProcess.Start(
            "bash", ["-c", $"exec {RoadsteadCli.ShellWords} image fetch dockerhub/org/app:1 --server {_server.Address} --password-file {_server.StoragePath}/admin-password"]);
        await gate.Reached(timeout: TimeSpan.FromMinutes(2));
        fetch.Interrupt();
        Assert.Equal(1, await fetch.Exited);
        Assert.Contains(fetch.Log.Items, line => line.StartsWith("roadstead: dockerhub/org/app:1: stopped. What has come is held", StringComparison.Ordinal));
        gate.Open();
        await _server.WaitForLog(text => text.Contains("stored blob", StringComparison.Ordinal) && text.Contains(image.Layers[0].Digest, StringComparison.Ordinal));
    }

    [Fact]
    public async Task On_a_terminal_it_shows_how_far_it_is_and_leaves_nothing_of_that()
    {
        _upstream.AddImage("org/app", "1", LayerForge.Random(1000));
        var line = $"{RoadsteadCli.ShellWords} image fetch dockerhub/org/app:1 --server {_server.Address} --password-file {_server.StoragePath}/admin-password";
        var output = (await Command.Run("script", ["-qec", $"TERM=xterm {line}", "/dev/null"], timeout: TimeSpan.FromMinutes(1))).OrThrow().Output;
        Assert.Contains("\r\x1b[Kdockerhub/org/app:1: its manifest…\r\x1b[K", output, StringComparison.Ordinal);
        Assert.Matches("\x1b\\[Kdockerhub/org/app:1: [0-9.]+ (?:Ki)?B of [0-9.]+ KiB.*, 2 of 2 blobs\r\x1b\\[KIMAGE ", output);

        // And the terminal's keys as they were.
        Assert.EndsWith("\x1b[?1l\x1b>", output, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("", "no IMAGE is named, and no --file with names.")]
    [InlineData("nginx", "nginx must begin with a project or a registry")]
    [InlineData("dockerhub/nginx:1 --platform amd64", "--platform amd64 is no platform")]
    [InlineData("dockerhub/nginx:1 --platform linux/amd64 --all-platforms", "--platform is given, and --all-platforms too.")]
    public async Task Wrong_usage_is_2(string line, string words)
    {
        var result = await RoadsteadCli.Run(["image", "fetch", .. line.Split(' ', StringSplitOptions.RemoveEmptyEntries), "--server", "http://127.0.0.1:1", "--password-file", "a"]);
        Assert.Equal((2, ""), (result.ExitCode, result.Output));
        Assert.Contains(words, result.Error, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_list_with_a_name_that_is_none_fetches_nothing()
    {
        using var folder = new TemporaryFolder("list");
        await File.WriteAllTextAsync(folder["images"], "dockerhub/org/app:1\nnginx\n", Stops);
        await _server.Fails($"{folder["images"]}:2: nginx must begin with a project or a registry", "image", "fetch", "-f", folder["images"]);
        await _server.Fails("--file: ", "image", "fetch", "-f", folder["none"]);
        Assert.DoesNotContain(_upstream.Requests.Items, request => request.Repository == "org/app");
    }

    [Theory]
    [InlineData("?project=dockerhub", HttpStatusCode.BadRequest)]
    [InlineData("?project=dockerhub&repository=org/app&reference=..", HttpStatusCode.BadRequest)]
    [InlineData("?project=dockerhub&repository=org/app&reference=1%3Fns=quay.io", HttpStatusCode.BadRequest)]
    [InlineData("?project=dockerhub&repository=../../x&reference=1", HttpStatusCode.BadRequest)]
    [InlineData("?project=none&repository=org/app&reference=1", HttpStatusCode.NotFound)]
    [InlineData("?project=dockerhub&repository=roadstead/verify&reference=1", HttpStatusCode.NotFound)]
    [InlineData("?project=dockerhub&repository=org/app&reference=1&platform=a", HttpStatusCode.BadRequest)]
    public async Task What_names_no_image_is_refused(string query, HttpStatusCode expected) =>
        Assert.Equal(expected, (await _server.Ask("POST", "/roadstead/images/fetch" + query)).Status);

    private bool Came(string repository, ForgedManifest image) => _upstream.CountBlobGets(repository, image.Blobs[^1].Digest) > 0;

    /// <returns>The digest of what came.</returns>
    private async Task<string> Get(string path)
    {
        using var response = await _server.Client.GetAsync(new Uri("/v2/dockerhub/" + path, UriKind.Relative), Stops);
        Assert.True(response.IsSuccessStatusCode, $"{path}: {(int)response.StatusCode}");
        return "sha256:" + Convert.ToHexStringLower(System.Security.Cryptography.SHA256.HashData(await response.Content.ReadAsByteArrayAsync(Stops)));
    }
}
