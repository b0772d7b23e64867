using Roadstead.Testing.Cli;
using Roadstead.Testing.Images;
using Roadstead.Testing.Server;
using Roadstead.Testing.Upstream;

namespace Roadstead.Cli.Tests.Commands;

/// <summary>The commands on images and the store against a running server.</summary>
public sealed class ManageImagesTests : IAsyncLifetime
{
    private FakeUpstream _upstream = null!;
    private TestServer _server = null!;

    private static CancellationToken Stops => TestContext.Current.CancellationToken;

    public async ValueTask InitializeAsync()
    {
        _upstream = await FakeUpstream.Start();
        _server = await TestServer.Start(config => config
            .AddEndpoint("hub", "docker.io", _upstream.Address, ("allowPrivateAddresses", true)).AddProject("other", "hub").AddProject("dockerhub", "hub", ("primary", true), ("quota", "1GiB")));
    }

    public async ValueTask DisposeAsync()
    {
        await _server.DisposeAsync();
        await _upstream.DisposeAsync();
    }

    [Fact]
    public async Task Images_are_listed_the_next_to_go_first_of_all_of_a_project_or_of_a_repository()
    {
        var nginx = await Pull("library/nginx", 1);
        await Pull("org/app", 2, project: "other");
        var table = (await _server.Type("image", "list")).OrThrow().Output.Split('\n');
        Assert.Matches("^IMAGE +TAGS +DIGEST +SIZE +PULLED +PIN$", table[0]);
        Assert.Matches($"^dockerhub/library/nginx +1, latest +{nginx.Digest} +[0-9.]+ (B|KiB) +[0-9]+[sm] ago +-$", table[1]);
        Assert.Matches("^other/org/app +1, latest ", table[2]);

        Assert.Equal(["library/nginx", "org/app"], await Held());
        Assert.Equal(["org/app"], await Held("--project", "other"));
        Assert.Equal(["library/nginx"], await Held("--project", "dockerhub", "--repository", "library/nginx"));

        // As in pulls: the registry is its primary project, and an official image has one word.
        Assert.Equal(["library/nginx"], await Held("--project", "docker.io", "--repository", "nginx"));
        Assert.Empty(await Held("--project", "other", "--repository", "nginx"));
        Assert.Equal("No image is held.\n", (await _server.Type("image", "list", "--project", "other", "--repository", "none")).OrThrow().Output);
    }

    [Fact]
    public async Task All_pages_are_listed()
    {
        const int Count = Api.ImageList.MostAtOnce + 1;
        for (var i = 0; i < Count; i++)
        {
            _upstream.Add("org/many", $"{i}", ImageForge.Image([], $"linux/amd64/v{i}"));
        }

        await Parallel.ForAsync(0, Count, Stops, async (i, _) => await Get($"dockerhub/org/many/manifests/{i}"));
        Assert.Equal(Count, (await Held()).Count);
    }

    [Theory]
    [InlineData("dockerhub/library/nginx:1")]
    [InlineData("dockerhub/nginx:1")]
    [InlineData("docker.io/library/nginx:latest")]
    [InlineData("docker.io/nginx:1")]
    [InlineData("index.docker.io/nginx@{digest}")]
    [InlineData("dockerhub/nginx:whatever@{digest}")]
    public async Task An_image_is_shown_by_every_name_that_it_is_pulled_by(string name)
    {
        var image = await Pull("library/nginx", 1);
        name = name.Replace("{digest}", image.Digest, StringComparison.Ordinal);
        var shown = (await _server.Type("image", "show", name)).OrThrow().Output;
        Assert.Matches($"^image +dockerhub/library/nginx\nregistry +docker.io\ndigest +{image.Digest}\ntags +1, latest\nsize +.*\npulled +.* ago\npinned +no\n$", shown);
        var json = await _server.Json("image", "show", name);
        Assert.Equal(image.Digest, Assert.Single(json.GetProperty("images").EnumerateArray()).GetProperty("digest").GetString());
    }

    [Fact]
    public async Task Images_are_pinned_unpinned_and_deleted_all_that_can_be()
    {
        await Pull("library/a", 1);
        await Pull("library/b", 2);

        // What was pulled seconds ago counts as being pulled; a server that starts anew knows of no such pull.
        await _server.Restart();
        Assert.Equal("", (await _server.Type("image", "pin", "dockerhub/a:1")).OrThrow().Output);
        Assert.True((await _server.Json("image", "show", "dockerhub/a:1")).GetProperty("images")[0].GetProperty("pinned").GetBoolean());
        Assert.Matches("dockerhub/library/a .* pinned\n", (await _server.Type("image", "list")).OrThrow().Output);

        var part = await _server.Type("image", "delete", "dockerhub/a:1", "dockerhub/b:latest");
        Assert.Equal((3, ""), (part.ExitCode, part.Output));
        Assert.Matches("^roadstead: dockerhub/library/a:1: The image is pinned, in use by a cluster, or being pulled[^\n]*\n$", part.Error);
        Assert.Equal(["library/a"], await Held());

        await _server.Fails("Nothing of that name is pinned", "image", "unpin", "dockerhub/a:latest");
        (await _server.Type("image", "unpin", "docker.io/a:1")).OrThrow();
        (await _server.Type("image", "delete", "dockerhub/a:1")).OrThrow();
        Assert.Empty(await Held());
        await _server.Fails("No image of that name is held", "image", "delete", "dockerhub/a:1");
        await _server.Fails("No image of that name is held", "image", "pin", "dockerhub/a:1", "dockerhub/b:1");
        await _server.Fails("dockerhub/library/a:1 is not held", "image", "show", "dockerhub/a:1");
    }

    [Fact]
    public async Task A_quota_that_is_less_than_what_is_held_is_noted_with_what_stays()
    {
        (await _server.Type("project", "set", "mine", "--endpoint", "hub")).OrThrow();
        await Pull("library/a", 1, project: "mine");
        await Pull("library/b", 2, project: "mine");
        Assert.Equal("", (await _server.Type("quota", "set", "mine", "1GiB")).OrThrow().Error);

        // What is not pinned would go in the middle of this.
        (await _server.Type("image", "pin", "mine/a:1", "mine/b:1")).OrThrow();
        var over = (await _server.Type("quota", "set", "mine", "15KB")).OrThrow();
        Assert.Contains("\nquota         15KB\n", over.Output, StringComparison.Ordinal);
        Assert.Matches(
            """^note: mine holds 2[0-9](\.[0-9])? KiB, which is [5-9](\.[0-9])? KiB too much: .* time\. 2 of its images are pinned or used by clusters and stay whatever the quota, 2[0-9](\.[0-9])? KiB in all\.\n$""",
            over.Error);
    }

    [Fact]
    public async Task A_place_that_is_not_mirrored_is_told_with_those_that_are()
    {
        await _server.Fails("ghcr.io is neither a project nor a registry that the server mirrors; it has other (docker.io), dockerhub (docker.io).", "image", "show", "ghcr.io/org/app:1");
        await _server.Fails("--project: ghcr.io is neither", "image", "list", "--project", "ghcr.io");
        await _server.Fails("--project: .. is neither", "image", "list", "--project", "..");
    }

    [Fact]
    public async Task The_store_tells_how_full_it_is_and_is_cleaned()
    {
        var image = await Pull("library/a", 1);
        var bytes = image.Blobs.Sum(blob => (long)blob.Size);
        var status = await _server.Json("cache", "status");
        Assert.Equal((bytes, 1L << 30), (status.GetProperty("bytes").GetInt64(), status.GetProperty("projects")[0].GetProperty("quota").GetInt64()));
        Assert.Matches("^held +[0-9.]+ KiB\nquota +unlimited\nwatermark +none\ndockerhub +[0-9.]+ KiB of 1 GiB\nother +0 B of unlimited\n$", (await _server.Type("cache", "status")).OrThrow().Output);

        // A blob whose manifest never came; a cleaning that does not only count notes it, and deletes it when it is one for long enough.
        var stray = _upstream.AddBlob("org/stray", new byte[2048]);
        await Get($"dockerhub/org/stray/blobs/{stray}");
        await Stored(stray);
        Assert.Equal("0 of 1 blobs that no image names would be deleted, 0 B. The others are in use, or have belonged to no image for less than ten minutes: their manifest may still come. They go before any image does where room is wanted.\n", (await _server.Type("cache", "clean", "--dry-run")).OrThrow().Output);
        Assert.Equal("0 of 1 blobs that no image names were deleted, 0 B. The others are in use, or have belonged to no image for less than ten minutes: their manifest may still come. They go before any image does where room is wanted.\n", (await _server.Type("cache", "clean")).OrThrow().Output);
        Assert.Equal(1, (await _server.Json("cache", "clean")).GetProperty("strays").GetInt32());
        Assert.Equal("strays: 1\ndeleted: 0\nbytes: 0\n", (await _server.Type("cache", "clean", "--output", "yaml")).OrThrow().Output);
    }

    [Theory]
    [InlineData("image show nginx:1", "must begin with a project or a registry")]
    [InlineData("image show dockerhub/nginx", "must end with a tag or a digest")]
    [InlineData("image pin dockerhub/nginx:1 dockerhub/nginx", "must end with a tag or a digest")]
    [InlineData("image delete dockerhub/Nginx:1", "names no repository that there can be")]
    [InlineData("image delete dockerhub/nginx@sha256:12", "has no digest that there can be")]
    [InlineData("image unpin", "argument missing for command: 'unpin'")]
    [InlineData("image list --repository nginx", "--repository needs --project")]
    [InlineData("image list --project a --repository ../a", "is no repository that there can be")]
    [InlineData("image list --project a --repository", "--repository")]
    [InlineData("cache clean now", "now")]
    public async Task Wrong_usage_is_2(string line, string words)
    {
        var result = await RoadsteadCli.Run([line.Split(' ')[0], line.Split(' ')[1], "--server", "http://127.0.0.1:1", "--password-file", "a", .. line.Split(' ')[2..]]);
        Assert.Equal((2, ""), (result.ExitCode, result.Output));
        Assert.Contains(words, result.Error, StringComparison.Ordinal);
    }

    private async Task<IReadOnlyList<string?>> Held(params string[] options) =>
        [.. (await _server.Json(["image", "list", .. options])).GetProperty("images").EnumerateArray().Select(image => image.GetProperty("repository").GetString())];

    /// <summary>Has the server hold an image under two tags.</summary>
    private async Task<ForgedManifest> Pull(string repository, int seed, string project = "dockerhub")
    {
        var image = _upstream.AddImage(repository, "1", LayerForge.Random(10_000, seed));
        _upstream.Add(repository, "latest", image);
        foreach (var path in new[] { "manifests/1", "manifests/latest" }.Concat(image.Blobs.Select(blob => $"blobs/{blob.Digest}")))
        {
            await Get($"{project}/{repository}/{path}");
        }

        foreach (var blob in image.Blobs)
        {
            await Stored(blob.Digest);
        }

        return image;
    }

    private Task<string> Stored(string digest) => _server.WaitForLog(line => line.Contains("stored blob", StringComparison.Ordinal) && line.Contains(digest, StringComparison.Ordinal));

    private async Task Get(string path)
    {
        using var response = await _server.Client.GetAsync(new Uri("/v2/" + path, UriKind.Relative), Stops);
        Assert.True(response.IsSuccessStatusCode, $"{path}: {response.StatusCode}");
        await response.Content.CopyToAsync(Stream.Null, Stops);
    }
}
